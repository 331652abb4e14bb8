"""What the edge's two services run: Caddy, and the task that hands it its configuration.

A port of the host is bound by one task only, so a new Caddy cannot start before the old one has stopped.
The configuration therefore does not come with Caddy's task: a second service checks it and puts it into a
volume in memory, and the running Caddy reloads it without closing its port.
"""

from typing import Final

from clerk_deploy.containers.caddyfile import LIVE_FOLDER, ORIGIN_FILE, STATUS_PORT, VERSION_FILE

CONFIG_FOLDER: Final = "/config"
GIVEN_CADDYFILE: Final = "/etc/clerk-deploy/Caddyfile"
GIVEN_ORIGIN: Final = "/run/secrets/origin"

SERVE: Final = f"""\
until [ -s {LIVE_FOLDER}/Caddyfile ]; do sleep 0.2; done
exec caddy run --watch --adapter caddyfile --config {LIVE_FOLDER}/Caddyfile
"""

# The Caddyfile last: what it imports has to be there.
CONFIGURE: Final = f"""\
set -eu
next={CONFIG_FOLDER}/next
rm -rf $next
mkdir -p $next {LIVE_FOLDER}
cp {GIVEN_ORIGIN} $next/{ORIGIN_FILE}
cp {GIVEN_CADDYFILE} $next/Caddyfile
version=$(cat $next/Caddyfile $next/{ORIGIN_FILE} | sha256sum | cut -c1-16)
printf 'respond "%s" 200\\n' "$version" >$next/{VERSION_FILE}
caddy validate --adapter caddyfile --config $next/Caddyfile
mv $next/{ORIGIN_FILE} $next/{VERSION_FILE} {LIVE_FOLDER}/
mv $next/Caddyfile {LIVE_FOLDER}/
printf '%s' "$version" >/tmp/version
exec tail -f /dev/null
"""

SERVES: Final = f"wget -q -O /dev/null http://127.0.0.1:{STATUS_PORT}/"


def is_configured(edge: str) -> str:
    """A shell's condition: the running edge has the configuration of this task.

    Args:
        edge: Name of the edge's service.
    """
    return f'[ "$(wget -q -O - http://tasks.{edge}:{STATUS_PORT}/version)" = "$(cat /tmp/version)" ]'
