"""urllib3's pool with time limits, by the proxy that the environment names."""

import ssl
from collections.abc import Mapping
from typing import Any

import urllib3

from clerk_deploy.http import Http

CONNECT_SECONDS = 5.0
READ_SECONDS = 30.0
"""Amplify's own limit of a request."""


def open_pool(environ: Mapping[str, str]) -> Http:
    """A pool that trusts the machine's authorities (SSL_CERT_FILE is heeded) and follows no redirect.

    Args:
        environ: Variables such as HTTPS_PROXY.
    """
    timeout = urllib3.Timeout(connect=CONNECT_SECONDS, read=READ_SECONDS)
    proxy = environ.get("https_proxy") or environ.get("HTTPS_PROXY")
    trust = ssl.create_default_context()
    pool: Any = (
        urllib3.ProxyManager(proxy, timeout=timeout, retries=False, ssl_context=trust)
        if proxy
        else urllib3.PoolManager(timeout=timeout, retries=False, ssl_context=trust)
    )
    made: Http = pool
    return made
