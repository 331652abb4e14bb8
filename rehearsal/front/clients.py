"""How clients are told about the front, by the variables and flags that they define themselves."""

from collections.abc import Sequence
from pathlib import Path

from rehearsal.front.certificates import BUNDLE_FILE


def environment(
    *, proxy_port: int, certificates: Path, no_proxy: Sequence[str] = ("127.0.0.1",)
) -> dict[str, str]:
    """Environment variables for a process that is to see the production names.

    Args:
        proxy_port: The forward proxy's port.
        certificates: The folder of the run's certificate authority.
        no_proxy: Hosts that are reached directly. `localhost` must not be among them: Python takes
            `123456789012.localhost`, an AWS SDK's name for its endpoint, for a part of it, and no
            resolver knows that name.
    """
    proxy = f"http://127.0.0.1:{proxy_port}"
    bundle = str(certificates / BUNDLE_FILE)
    both_cases = {"HTTP_PROXY": proxy, "HTTPS_PROXY": proxy, "NO_PROXY": ",".join(no_proxy)}
    return {
        **both_cases,
        **{name.lower(): value for name, value in both_cases.items()},
        "SSL_CERT_FILE": bundle,
        "REQUESTS_CA_BUNDLE": bundle,
        "CURL_CA_BUNDLE": bundle,
        "AWS_CA_BUNDLE": bundle,
        "GIT_SSL_CAINFO": bundle,
        # The whole bundle: Node's own roots need not hold what this machine trusts.
        "NODE_EXTRA_CA_CERTS": bundle,
        "NODE_USE_ENV_PROXY": "1",
    }


def browser_flags(*, proxy_port: int, key_hash: str) -> list[str]:
    """Chromium's flags. The list of keys is heeded only together with `--user-data-dir`.

    Args:
        proxy_port: The forward proxy's port.
        key_hash: The authority's `key_hash`.
    """
    return [
        f"--proxy-server=http://127.0.0.1:{proxy_port}",
        f"--ignore-certificate-errors-spki-list={key_hash}",
    ]
