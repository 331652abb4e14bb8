"""Google, Facebook and GitHub, as far as a browser meets them when it signs in."""

from html import escape
from urllib.parse import parse_qsl, urlencode

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.routing import Host, Route, Router

from rehearsal.clerk.social import PROVIDERS, Provider, Providers

DECISION_PATH = "/standin/decision"

PAGE = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>Sign in with {title}</title></head>
<body><main><h1>Sign in with {title}</h1><p>A stand-in of the rehearsal. Signed in as {email}.</p>
<form method="post" action="{action}">
<input type="hidden" name="redirect_uri" value="{redirect_uri}">
<input type="hidden" name="client_id" value="{client_id}">
<input type="hidden" name="state" value="{state}">
<button name="decision" value="continue">Continue</button>
<button name="decision" value="cancel">Cancel</button>
</form></main></body></html>
"""


def _refusal(state: Providers, fields: dict[str, str]) -> Response | None:
    """The provider's own error page, when client or redirect URI are not registered."""
    allowed = state.redirect_uris.get(fields.get("client_id", ""))
    if allowed is None:
        return HTMLResponse("<h1>Error 401: invalid_client</h1><p>The OAuth client was not found.</p>", 401)
    if fields.get("redirect_uri") not in allowed:
        return HTMLResponse("<h1>Error 400: redirect_uri_mismatch</h1>", 400)
    return None


def _back(fields: dict[str, str], answer: dict[str, str]) -> Response:
    query = urlencode({**answer, "state": fields.get("state", "")})
    return RedirectResponse(f"{fields['redirect_uri']}?{query}", 303)


def _provider_routes(state: Providers, provider: Provider) -> list[Route]:
    async def authorize(request: Request) -> Response:
        fields = dict(request.query_params)
        refused = _refusal(state, fields)
        if refused:
            return refused
        if fields.get("response_type", "code") != "code":
            return _back(fields, {"error": "unsupported_response_type"})
        if state.consent == "immediate":
            return _back(fields, {"code": state.new_code(provider.name), "scope": provider.scope})
        shown = {key: escape(fields.get(key, "")) for key in ("redirect_uri", "client_id", "state")}
        email = escape(state.account(provider.name).email)
        return HTMLResponse(PAGE.format(title=provider.title, email=email, action=DECISION_PATH, **shown))

    async def decide(request: Request) -> Response:
        fields = dict(parse_qsl((await request.body()).decode("utf-8", "replace")))
        refused = _refusal(state, fields)
        if refused:
            return refused
        if fields.get("decision") != "continue":
            return _back(fields, {"error": "access_denied"})
        return _back(fields, {"code": state.new_code(provider.name), "scope": provider.scope})

    return [Route(provider.path, authorize), Route(DECISION_PATH, decide, methods=["POST"])]


def create_providers(state: Providers) -> Starlette:
    """The providers' pages, by host.

    Args:
        state: Accounts, registered clients and whether a page asks first.
    """
    return Starlette(
        routes=[
            Host(provider.host, app=Router(_provider_routes(state, provider)), name=provider.name)
            for provider in PROVIDERS.values()
        ]
    )
