import pytest

from clerk_deploy.containers.problems import RolledBackError, explain
from clerk_deploy.errors import (
    CheckFailedError,
    DeployError,
    Exit,
    RefusedError,
    UnreachableError,
    UnusableInputError,
)

BY_SSH = (
    'error during connect: Get "http://docker.example.com/v1.50/info": command [ssh -o ConnectTimeout=30 -T '
    "-l deploy -- box docker system dial-stdio] has exited with exit status 255, make sure the URL is valid, "
    "and Docker 18.09 or later is installed on the remote host: stderr="
)
REGISTRY = '"https://registry.yourapp.com/v2/'


@pytest.mark.parametrize(
    ("output", "kind", "next_step"),
    [
        (
            "Cannot connect to the Docker daemon at unix:///var/run/docker.sock.",
            UnreachableError,
            "systemctl start docker",
        ),
        (
            "Error response from daemon: This node is not a swarm manager. Use ...",
            UnusableInputError,
            "swarm init",
        ),
        ("error: service rollback completed", RolledBackError, "docker service logs"),
        (f"{BY_SSH}ssh: connect to host box port 9: Connection refused", UnreachableError, "engine.host"),
        (f"{BY_SSH}ssh: Could not resolve hostname box: Name or service not known", UnreachableError, "host"),
        (f"{BY_SSH}deploy@box: Permission denied (publickey).", UnreachableError, "authorized_keys"),
        (f"{BY_SSH}Host key verification failed.", UnreachableError, "known_hosts"),
        (f"{BY_SSH}bash: line 1: docker: command not found", UnreachableError, "docker version"),
        ("error: the stack is currently locked by 1 lock(s).", RefusedError, "pulumi cancel"),
        (
            "error: get stack secrets manager: incorrect passphrase",
            UnusableInputError,
            "PULUMI_CONFIG_PASSPHRASE",
        ),
        ("write /var/lib/docker/x: no space left on device", CheckFailedError, "docker builder prune"),
        (
            "error reading push output: unauthorized: authentication required",
            UnusableInputError,
            "registryPass",
        ),
        (
            f'Get {REGISTRY}your-org/app/manifests/1": no basic auth credentials',
            UnusableInputError,
            "registryPass",
        ),
        (
            f'error reading push output: Get {REGISTRY}": dial tcp 10.0.0.9:443: connect: refused',
            UnreachableError,
            "registry.address",
        ),
        (f'Get {REGISTRY}": x509: certificate signed by unknown authority', UnreachableError, "/v2/"),
        ("manifest for box/app:1 not found: manifest unknown: manifest unknown", CheckFailedError, "--to"),
        (
            "driver failed: Bind for 0.0.0.0:443 failed: port is already allocated",
            UnusableInputError,
            "ss -ltnp",
        ),
        ("host-mode port already in use on 1 node", UnusableInputError, "ss -ltnp"),
        ("no match for platform in manifest", UnusableInputError, "engine.platform"),
        ("exec /usr/bin/node: exec format error", UnusableInputError, "engine.platform"),
        (
            "error: PULUMI_ACCESS_TOKEN must be set for login during non-interactive CLI sessions",
            UnusableInputError,
            "pulumi login",
        ),
        ("error: no resource plugin 'pulumi-resource-docker' found", UnusableInputError, "plugin install"),
        ("something nobody has seen\nerror: the moon is full", CheckFailedError, "read the output"),
    ],
)
def test_tool_output_is_told_with_a_next_step(output: str, kind: type[DeployError], next_step: str) -> None:
    error = explain(output)
    assert type(error) is kind
    assert next_step in error.next_step


def test_engine_that_went_back_has_its_own_exit_code() -> None:
    assert explain("service rollback completed").exit_code is Exit.ROLLED_BACK


def test_unknown_output_is_quoted_without_secrets() -> None:
    error = explain("error: bad key sk_live_abcdefghijklmnopqrstuv")
    assert "sk_live" not in str(error)
    assert "bad key" in str(error)
