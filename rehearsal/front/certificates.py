"""A certificate authority for one run, and certificates made on demand for the names that clients ask for."""

import base64
import hashlib
import ssl
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path

import certifi
import trustme
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

AUTHORITY_FILE = "authority.pem"
BUNDLE_FILE = "bundle.pem"
LIFETIME = timedelta(days=90)


def system_roots(environ: Mapping[str, str]) -> Path:
    """Where this machine keeps the roots it trusts.

    Args:
        environ: The process environment: SSL_CERT_FILE wins, as it does for OpenSSL.

    Returns:
        A PEM file; the bundle of certifi where the system has none.
    """
    candidates = (environ.get("SSL_CERT_FILE"), ssl.get_default_verify_paths().cafile)
    for candidate in (*candidates, "/etc/ssl/certs/ca-certificates.crt"):
        if candidate and Path(candidate).is_file():
            return Path(candidate)
    return Path(certifi.where())


class Authority:
    """The run's certificate authority. Its private key, and those of the certificates, stay in memory.

    Args:
        folder: Where the PEM files for clients are written; made when missing.
        roots: PEM file with the roots that clients trust besides.
    """

    def __init__(self, *, folder: Path, roots: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._ca = trustme.CA(organization_name="clerk-deploy rehearsal")
        self._contexts: dict[str, ssl.SSLContext] = {}
        self.certificate_file = folder / AUTHORITY_FILE
        self.bundle_file = folder / BUNDLE_FILE
        pem = self._ca.cert_pem.bytes()
        self.certificate_file.write_bytes(pem)
        self.bundle_file.write_bytes(roots.read_bytes().rstrip() + b"\n" + pem)
        public = x509.load_pem_x509_certificate(pem).public_key()
        digest = hashlib.sha256(public.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)).digest()
        self.key_hash = base64.b64encode(digest).decode()
        """Base64 of the SHA-256 of the authority's public key, for browsers' flags."""

    def context(self, name: str) -> ssl.SSLContext:
        """The server's side of TLS for one host name; made once per name."""
        name = name.lower()
        if name not in self._contexts:
            now = datetime.now(UTC)
            leaf = self._ca.issue_cert(name, not_before=now - timedelta(days=1), not_after=now + LIFETIME)
            context = _server_context()
            leaf.configure_cert(context)
            # The root goes along: Chromium looks for a trusted key among the certificates that it is sent.
            chain = [blob.bytes() for blob in leaf.cert_chain_pems] + [self._ca.cert_pem.bytes()]
            with trustme.Blob(leaf.private_key_pem.bytes() + b"".join(chain)).tempfile() as path:
                context.load_cert_chain(path)
            self._contexts[name] = context
        return self._contexts[name]

    def listener(self, *, default: str, known: Callable[[str], bool]) -> ssl.SSLContext:
        """A context for a listening socket that answers with the certificate of the name asked for.

        Args:
            default: The name whose certificate clients get that name none.
            known: Says whether a name has a certificate; others are refused with `unrecognized_name`.
        """
        listener = _server_context()
        for_default = self.context(default)

        def choose(connection: ssl.SSLObject, name: str | None, _: ssl.SSLContext) -> int | None:
            if name is not None and not known(name):
                return int(ssl.ALERT_DESCRIPTION_UNRECOGNIZED_NAME)
            connection.context = for_default if name is None else self.context(name)
            return None

        listener.sni_callback = choose
        return listener


def _server_context() -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.set_alpn_protocols(["http/1.1"])
    return context
