"""The edge's configuration: TLS, headers, caching, old releases' files, and the way to the app.

Directives as in Caddy 2.6 to 2.10 (caddyserver.com/docs/caddyfile); no plugin.
"""

from collections.abc import Sequence
from typing import Final

from clerk_deploy.secret_value import SecretValue
from clerk_deploy.settings.containers import EdgeSettings

APP_PORT: Final = 3000
STATUS_PORT: Final = 9180
"""Metrics, health and the running configuration's version; reached inside the network alone."""

RELEASES_TARGET: Final = "/srv/_releases"
"""Where the edge mounts the releases' static files."""

LIVE_FOLDER: Final = "/config/live"
"""Where the running configuration is, in memory."""

ORIGIN_FILE: Final = "origin"
VERSION_FILE: Final = "version"

_STATIC: Final = r"^/_releases/[0-9A-Za-z]+-[0-9A-Za-z]+(/_next/static/.+)$"

_PAGE: Final = (
    "<!doctype html><html lang=en><meta charset=utf-8><meta name=robots content=noindex>"
    "<title>Unavailable</title><p>This site is not available right now. Please try again in a minute.</p>"
)


def caddyfile(settings: EdgeSettings, *, domains: Sequence[str], app: str) -> str:
    """The configuration; the origin token and the version stand in files that it imports.

    Args:
        settings: The edge's settings.
        domains: Host names of the site.
        app: Name of the app's service.
    """
    return "\n".join((_options(settings), _app(settings, app=app), _status(), _site(settings, domains)))


def origin_file(token: SecretValue) -> str:
    """The imported file with the token that tells the app that a request came through the edge."""
    return f"header_up x-origin-token {token.reveal()}\n"


def _options(settings: EdgeSettings) -> str:
    # After a reload the configuration before serves on for a moment; see `@leaving`.
    lines = ["admin off", "shutdown_delay 2s", "grace_period 10s"]
    if settings.acme_email:
        lines.append(f"email {settings.acme_email}")
    if settings.acme_directory:
        lines.append(f"acme_ca {settings.acme_directory}")
    servers = ["metrics"]
    if settings.trusted_proxies:
        servers.append(f"trusted_proxies static {' '.join(settings.trusted_proxies)}")
    return _block("", lines + _block("servers", servers).rstrip("\n").splitlines())


def _app(settings: EdgeSettings, *, app: str) -> str:
    # Without trusted proxies Caddy takes nobody's word for the client's address.
    address = "{client_ip}" if settings.trusted_proxies else "{remote_host}"
    seconds = settings.response_seconds
    limit = f"\n\t\t\tresponse_header_timeout {seconds}s" if seconds else ""
    return f"""(app) {{
	reverse_proxy {{
		dynamic a tasks.{app} {APP_PORT} {{
			refresh 1s
		}}
		lb_policy round_robin
		# Dialling again is safe; a request that was sent is repeated only if it is a GET without an answer.
		# So long it may take a busy machine to start the tasks that replace crashed ones.
		lb_try_duration 15s
		lb_try_interval 50ms
		fail_duration 2s
		header_up x-client-address {address}
		header_up x-release-slot containers
		header_up -x-release-token
		import {ORIGIN_FILE}
		header_down -Server
		header_down -X-Powered-By
		transport http {{
			dial_timeout 1s
			# Shorter than the app keeps idle connections: it never closes one that is being written to.
			keepalive 30s{limit}
		}}
	}}
}}
"""


def _status() -> str:
    return f"""http://:{STATUS_PORT} {{
	handle /metrics {{
		metrics
	}}
	handle /version {{
		import {VERSION_FILE}
	}}
	handle {{
		respond 200
	}}
}}
"""


def _site(settings: EdgeSettings, domains: Sequence[str]) -> str:
    certificates = "\ttls internal\n" if settings.certificates == "internal" else ""
    return f"""{", ".join(domains)} {{
{certificates}	# Clients are to connect anew: none writes into a connection that a reload or stop is closing.
	@leaving vars {{http.shutting_down}} true
	header @leaving Connection close
	encode zstd gzip
	request_body {{
		max_size 1MB
	}}
	header {{
		?Strict-Transport-Security "max-age=31536000"
		-Server
	}}
	log {{
		output stdout
		format filter {{
			wrap json
			fields {{
				request>headers>Authorization delete
				request>headers>Cookie delete
				request>headers>X-Release-Token delete
				request>headers>X-Origin-Token delete
				request>headers>X-Verification delete
				resp_headers>Set-Cookie delete
				request>uri query {{
					delete code
					delete state
					delete token
					delete ticket
					delete rotating_token_nonce
					delete __clerk_ticket
					delete __clerk_status
				}}
			}}
		}}
	}}

	@static {{
		method GET HEAD
		path_regexp release {_STATIC}
	}}
	handle @static {{
		root * /srv
		@kept file
		handle @kept {{
			header Cache-Control "public, max-age=31536000, immutable"
			header X-Content-Type-Options nosniff
			file_server
		}}
		# A task of this release on another machine has it.
		handle {{
			rewrite * {{re.release.1}}
			import app
		}}
	}}
	@nothing path /_releases /_releases/* /_slots /_slots/*
	handle @nothing {{
		header Cache-Control no-store
		respond "Not found." 404
	}}
	handle {{
		import app
	}}

	handle_errors {{
		header Cache-Control no-store
		header Retry-After 5
		@api path /api/*
		handle @api {{
			header Content-Type application/json
			respond `{{"error":"unavailable"}}` {{err.status_code}}
		}}
		handle {{
			header Content-Type "text/html; charset=utf-8"
			header Content-Security-Policy "default-src 'none'"
			respond "{_PAGE}" {{err.status_code}}
		}}
	}}
}}
"""


def _block(name: str, lines: Sequence[str]) -> str:
    head = f"{name} {{" if name else "{"
    return "\n".join((head, *(f"\t{line}" for line in lines), "}", ""))
