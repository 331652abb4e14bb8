"""What Docker and Pulumi say when something is wrong, as errors with a next step."""

import re
from dataclasses import dataclass
from typing import Final

from clerk_deploy.errors import (
    CheckFailedError,
    DeployError,
    Exit,
    RefusedError,
    UnreachableError,
    UnusableInputError,
)
from clerk_deploy.secret_value import SecretValue

SWARM_INIT: Final = "docker swarm init (on several machines with --advertise-addr ADDRESS)"


class RolledBackError(DeployError):
    """The release was not good, and the one before serves again."""

    exit_code = Exit.ROLLED_BACK


@dataclass(frozen=True, kw_only=True)
class _Known:
    words: str
    kind: type[DeployError]
    message: str
    next_step: str


# The first that fits is told: what stands further up is the cause of what stands further down.
_KNOWN: Final = (
    _Known(
        words=r"rollback.?(?:completed|started)|rolled back|rollback_completed",
        kind=RolledBackError,
        message="The new tasks did not stay healthy; the engine went back to the release before.",
        next_step="see why: docker service ps --no-trunc SERVICE, docker service logs SERVICE",
    ),
    _Known(
        words=r"not a swarm manager|swarm mode|swarm is not active",
        kind=UnusableInputError,
        message="The Docker engine is not in swarm mode.",
        next_step=SWARM_INIT,
    ),
    _Known(
        words=r"host key verification failed|remote host identification has changed",
        kind=UnreachableError,
        message="ssh does not know the key of the engine's machine, or knows another one.",
        next_step="compare `ssh-keyscan HOST` with what the owner tells, and put it into known_hosts",
    ),
    _Known(
        words=r"permission denied \((?:publickey|password|keyboard-interactive)",
        kind=UnreachableError,
        message="The engine's machine refused the ssh key.",
        next_step="try `ssh USER@HOST docker version`: the user's authorized_keys must have the key that "
        "ssh-agent or ~/.ssh offers here",
    ),
    _Known(
        words=r"could not resolve hostname|ssh: |connection to .* port 22|"
        r"docker system dial-stdio\] has exited",
        kind=UnreachableError,
        message="The engine's machine cannot be reached by ssh.",
        next_step="try `ssh USER@HOST docker version`, or correct engine.host in the stack's file",
    ),
    _Known(
        words=r"cannot connect to the docker daemon|is the docker daemon running|docker\.sock: connect|"
        r"no such file or directory.*docker\.sock|failed to connect to any docker daemon",
        kind=UnreachableError,
        message="No Docker engine answers.",
        next_step="start it (systemctl start docker), or correct engine.host in the stack's file",
    ),
    _Known(
        words=r"currently locked|another update is currently in progress|conflict: \[409\]",
        kind=RefusedError,
        message="Somebody else is updating this stack; nothing was changed.",
        next_step="wait for it; if its machine is gone, `pulumi cancel` gives the lock back",
    ),
    _Known(
        words=r"PULUMI_ACCESS_TOKEN must be set|pulumi login",
        kind=UnusableInputError,
        message="Pulumi does not know where the state is.",
        next_step="pulumi login s3://YOUR-BUCKET (or another), or set PULUMI_BACKEND_URL",
    ),
    _Known(
        words=r"no resource plugin|could not find plugin|failed to load language plugin|no language plugin|"
        r"unable to find (?:resource|language) plugin",
        kind=UnusableInputError,
        message="A plugin of Pulumi's is missing.",
        next_step="pulumi plugin install resource docker; the Python plugin comes with Pulumi's CLI",
    ),
    _Known(
        words=r"incorrect passphrase|passphrase must be set|decrypt",
        kind=UnusableInputError,
        message="The stack's secrets cannot be read with this passphrase.",
        next_step="set PULUMI_CONFIG_PASSPHRASE or PULUMI_CONFIG_PASSPHRASE_FILE to the team's",
    ),
    _Known(
        words=r"no space left on device",
        kind=CheckFailedError,
        message="The engine's disk is full; what ran before still runs.",
        next_step="docker system df shows what takes the room, docker builder prune frees the build cache",
    ),
    _Known(
        words=r"unauthorized|denied: requested access|authentication required|login refused|"
        r"no basic auth credentials",
        kind=UnusableInputError,
        message="The registry refused the login; what ran before still runs.",
        next_step="set it again: pulumi config set --secret registryPassword (it asks); may "
        "registry.username push there?",
    ),
    _Known(
        words=r"manifest unknown|manifest for \S+ not found|repository does not exist",
        kind=CheckFailedError,
        message="The registry does not have the image (any more).",
        next_step="name another release with --to, or build it anew: clerk-deploy release COMMIT",
    ),
    _Known(
        words=r"\"https?://\S+/v2/\S*\": ",
        kind=UnreachableError,
        message="The registry does not answer, or is not trusted; what ran before still runs.",
        next_step="is registry.address right? On the engine's machine: curl -v https://REGISTRY/v2/",
    ),
    _Known(
        words=r"port is already allocated|address already in use|host-mode port already in use",
        kind=UnusableInputError,
        message="A port of the edge is taken by something else.",
        next_step="ss -ltnp shows by what; end it, or set edge.httpPort and edge.httpsPort",
    ),
    _Known(
        words=r"no match for platform|exec format error|does not match the (?:detected|specified) .*platform|"
        r"unsupported platform",
        kind=UnusableInputError,
        message="The image is for another architecture than the engine's nodes.",
        next_step="set engine.platform to linux/amd64 or linux/arm64; docker info shows the engine's",
    ),
    _Known(
        words=r"did not converge|timeout while waiting for state|service .* failed to converge",
        kind=CheckFailedError,
        message="The service did not settle in time; tasks that are healthy go on serving.",
        next_step="docker service ps --no-trunc SERVICE shows which task waits for what",
    ),
)


def explain(output: str) -> DeployError:
    """The error that a tool's output means.

    Args:
        output: What Docker or Pulumi printed.
    """
    text = SecretValue.hide_in(output)
    for known in _KNOWN:
        if re.search(known.words, text, re.IGNORECASE):
            return known.kind(known.message, next_step=known.next_step)
    return CheckFailedError(
        f"It failed: {_first_error(text)}", next_step="read the output above; what ran before still runs"
    )


def _first_error(text: str) -> str:
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    told = [line for line in lines if re.search(r"\berror\b", line, re.IGNORECASE)]
    return (told or lines or ["no reason was given"])[0][:300]
