"""What a TLS handshake shows: chain, host name, validity, protocol versions."""

import http.client
import socket
import ssl
import warnings
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import urlsplit

from clerk_deploy.verification.http import Client, NoAnswerError

NO_CHECK_TIME: Final = 0x200000
"""OpenSSL's X509_V_FLAG_NO_CHECK_TIME, which the ssl module has no name for."""


@dataclass(frozen=True, kw_only=True)
class Certificate:
    """What a server showed.

    Args:
        chain_error: Why its chain is not trusted; empty when it is.
        name_error: Why it is not for the host; empty when it is.
        expires: End of its validity in seconds since the epoch; 0 when the chain is not trusted.
        lifetime: How long it is valid in all, in seconds; 0 when the chain is not trusted.
        issuer: Who issued it.
        protocol: The TLS version agreed on.
    """

    chain_error: str
    name_error: str
    expires: float
    lifetime: float
    issuer: str
    protocol: str


def read_certificate(client: Client, host: str, port: int) -> Certificate:
    """What a server shows, each property judged by itself: an expired certificate may have a good chain.

    Args:
        client: Its routes and authorities are used.
        host: Host name.
        port: Port.

    Raises:
        NoAnswerError: There is no TLS handshake at all.
    """
    context = client.ssl_context()
    context.verify_flags |= ssl.VerifyFlags(NO_CHECK_TIME)
    context.check_hostname = False
    try:
        shown, protocol = _handshake(client, host, port, context)
    except ssl.SSLCertVerificationError as error:
        return Certificate(
            chain_error=error.verify_message, name_error="", expires=0, lifetime=0, issuer="", protocol=""
        )
    context.check_hostname = True
    name_error = ""
    try:
        _handshake(client, host, port, context)
    except ssl.SSLCertVerificationError as error:
        name_error = error.verify_message
    expires = ssl.cert_time_to_seconds(shown["notAfter"])
    return Certificate(
        chain_error="",
        name_error=name_error,
        expires=expires,
        lifetime=expires - ssl.cert_time_to_seconds(shown["notBefore"]),
        issuer=_name(shown.get("issuer", ())),
        protocol=protocol,
    )


def speaks(client: Client, host: str, port: int, version: ssl.TLSVersion) -> bool | None:
    """Whether a server accepts one version of TLS; None when this machine cannot speak it itself.

    Args:
        client: Its routes are used.
        host: Host name.
        port: Port.
        version: The only version offered.

    Raises:
        NoAnswerError: The server is not reached at all.
    """
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        try:
            # OpenSSL 3 speaks TLS 1.0 and 1.1 only at its lowest security level.
            context.set_ciphers("DEFAULT:@SECLEVEL=0")
            context.minimum_version = version
            context.maximum_version = version
        except (ssl.SSLError, ValueError):
            return None
    try:
        _handshake(client, host, port, context)
    except ssl.SSLError as error:
        # The library itself may be built without the version.
        return None if "NO_PROTOCOLS_AVAILABLE" in str(error) else False
    except ConnectionError:
        return False
    return True


def _handshake(client: Client, host: str, port: int, context: ssl.SSLContext) -> tuple[dict[str, Any], str]:
    plain = _connect(client, host, port)
    try:
        with context.wrap_socket(plain, server_hostname=host) as secure:
            return dict(secure.getpeercert() or {}), secure.version() or ""
    except (TimeoutError, socket.gaierror) as error:
        raise NoAnswerError(f"{host}:{port} did not finish a TLS handshake: {error}", host=host) from None
    finally:
        plain.close()


def _connect(client: Client, host: str, port: int) -> socket.socket:
    timeout = client.remaining()
    try:
        if proxy := client.routes.proxy("https", host, port):
            parts = urlsplit(proxy)
            tunnel = http.client.HTTPConnection(parts.hostname or "", parts.port or 80, timeout=timeout)
            tunnel.set_tunnel(host, port)
            tunnel.connect()
            return tunnel.sock
        detour = client.routes.detour(host, port)
        address = (detour.address, detour.to_port) if detour else (host, port)
        return socket.create_connection(address, timeout=timeout)
    except (OSError, http.client.HTTPException) as error:
        raise NoAnswerError(f"{host}:{port} cannot be reached: {error}", host=host) from None


def days_left(certificate: Certificate, now: float) -> float:
    """Days until a certificate expires; negative afterwards."""
    return (certificate.expires - now) / 86_400


def _name(parts: Any) -> str:
    found = {key: value for pairs in parts for key, value in pairs}
    return str(found.get("organizationName") or found.get("commonName") or "unknown")
