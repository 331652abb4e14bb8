"""Publishable keys, secret keys, ids and the key that signs an instance's tokens."""

import base64
import secrets
from dataclasses import dataclass
from typing import Any

from joserfc.jwk import RSAKey

ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"


def new_id(prefix: str) -> str:
    """An id of Clerk's shape: a prefix and 27 letters and digits."""
    return f"{prefix}_2" + "".join(secrets.choice(ALPHABET) for _ in range(26))


def publishable_key(*, frontend_host: str, production: bool) -> str:
    """The publishable key of an instance: its Frontend API's host and `$`, in unpadded base64.

    Args:
        frontend_host: Such as clerk.yourapp.com.
        production: pk_live, else pk_test.
    """
    encoded = base64.b64encode(f"{frontend_host}$".encode()).decode().rstrip("=")
    return f"pk_{'live' if production else 'test'}_{encoded}"


def frontend_host_of(key: str) -> str:
    """The Frontend API's host in a publishable key.

    Args:
        key: pk_live_... or pk_test_...

    Raises:
        ValueError: It is not a publishable key.
    """
    kind, _, encoded = key.removeprefix("pk_").partition("_")
    try:
        decoded = base64.b64decode(encoded + "=" * (-len(encoded) % 4), validate=True).decode()
    except ValueError:
        decoded = ""
    host = decoded[:-1]
    if kind not in ("live", "test") or not decoded.endswith("$") or "." not in host or "$" in host:
        raise ValueError(f"{key!r} is not a publishable key: pk_live_ or pk_test_ and base64 of host$")
    return host


def secret_key(*, production: bool) -> str:
    """A new secret key."""
    return f"sk_{'live' if production else 'test'}_" + "".join(secrets.choice(ALPHABET) for _ in range(42))


@dataclass(frozen=True, kw_only=True)
class SigningKey:
    """The RSA key that signs an instance's tokens.

    Args:
        kid: The key's id, which is the instance's id.
        key: The key.
    """

    kid: str
    key: RSAKey

    @classmethod
    def generate(cls, *, kid: str) -> "SigningKey":
        """A new key."""
        return cls(kid=kid, key=RSAKey.generate_key(2048, {"kid": kid}, private=True))

    @classmethod
    def from_pem(cls, pem: str, *, kid: str) -> "SigningKey":
        """A given key.

        Args:
            pem: The private key in PEM.
            kid: The key's id.
        """
        return cls(kid=kid, key=RSAKey.import_key(pem, {"kid": kid}))

    def jwks(self) -> dict[str, Any]:
        """The JSON Web Key Set that both APIs publish."""
        public = self.key.as_dict(private=False)
        return {
            "keys": [
                {
                    "use": "sig",
                    "kty": "RSA",
                    "kid": self.kid,
                    "alg": "RS256",
                    "n": public["n"],
                    "e": public["e"],
                }
            ]
        }

    def public_pem(self) -> str:
        """The public key in PEM, as the dashboard shows it for CLERK_JWT_KEY."""
        return self.key.as_pem(private=False).decode()
