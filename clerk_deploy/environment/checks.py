"""Checks of one value by itself. No finding ever holds the value."""

import base64
import binascii
import re
import unicodedata
from typing import Final

from clerk_deploy.environment.keys import (
    MalformedKeyError,
    decode_publishable_key,
    secret_key_instance,
)
from clerk_deploy.environment.variable import Finding
from clerk_deploy.secret_value import secret_shape

LONGEST: Final = 5_500
"""Amplify's limit of a variable's value, in characters."""

PEM_BEGIN: Final = "-----BEGIN "

_PEM_PUBLIC: Final = re.compile(r"-----BEGIN PUBLIC KEY-----\n([A-Za-z0-9+/=\n]+)\n-----END PUBLIC KEY-----")
_RSA: Final = bytes.fromhex("06092a864886f70d010101")
"""The object identifier of RSA keys: Clerk signs with RS256."""

_INTERPOLATION: Final = re.compile(r"\$\{[^}]*\}")
_TENANT: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,127}")
_WEBHOOK_SECRET: Final = re.compile(r"whsec_[A-Za-z0-9+/]{16,}={0,2}")


def written_out(value: str) -> Finding | None:
    """The value is there, and no mark from a template or an editor stands in it."""
    if not value.strip():
        return Finding(
            expected="it is blank",
            next_step="write the value, or remove the line if the variable is optional",
        )
    if value != value.strip():
        return Finding(
            expected="it must not begin or end with a space", next_step="remove the spaces inside the quotes"
        )
    if is_placeholder(value):
        return Finding(
            expected="it is still a placeholder from the guide", next_step="write the real value in its place"
        )
    return _printable(value)


def is_placeholder(value: str) -> bool:
    """Whether a value was left as a template has it."""
    host = value.partition("://")[2]
    return (
        "..." in value
        or "…" in value
        or "***" in value
        or value.lower().startswith(("your_", "your-"))
        or host.lower().startswith(("your_", "your-"))
        or (value.startswith("<") and value.endswith(">"))
    )


def seen_by_others(value: str) -> Finding | None:
    """A public or plain value holds no secret, and nothing that a program would replace."""
    if shape := secret_shape(value):
        return Finding(
            expected=f"it holds {shape}, and this variable's value is no secret: builds and pages show it",
            next_step="remove it here; if this file was built or pushed before, replace that secret where it "
            "was issued",
        )
    if _INTERPOLATION.search(value):
        return Finding(
            expected="it must be written out: ${NAME} is not replaced", next_step="write the value itself"
        )
    return _short_enough(value)


def is_secret_key(value: str) -> Finding | None:
    """Clerk's secret key."""
    if secret_key_instance(value):
        return None
    mistaken = "this is the publishable key" if value.startswith("pk_") else "the key is mistyped or cut off"
    return Finding(
        expected=f"it must be sk_live_ or sk_test_ and at least ten letters and digits; {mistaken}",
        next_step="copy it from Clerk's dashboard, Configure > API keys > Secret keys",
    )


def is_publishable_key(value: str) -> Finding | None:
    """Clerk's publishable key."""
    try:
        decode_publishable_key(value)
    except MalformedKeyError as error:
        return Finding(
            expected=str(error), next_step="copy it from Clerk's dashboard, Configure > API keys, once more"
        )
    return None


def is_webhook_secret(value: str) -> Finding | None:
    """The signing secret of a webhook's endpoint."""
    if _WEBHOOK_SECRET.fullmatch(value):
        return None
    return Finding(
        expected="it must be whsec_ and at least 16 characters of Base64",
        next_step="copy it from Clerk's dashboard, Configure > Webhooks > the endpoint > Signing Secret",
    )


def unfold_pem(value: str) -> str:
    r"""A PEM key with real line ends: dashboards and CI systems hand it on with `\n` in words."""
    if not value.lstrip().startswith(PEM_BEGIN):
        return value
    lines = value.replace("\\r", "").replace("\\n", "\n").splitlines()
    return "\n".join(line.strip() for line in lines if line.strip())


def is_public_key_pem(value: str) -> Finding | None:
    """Clerk's public key, as PEM."""
    expected = "it must be a whole PEM public key, from BEGIN PUBLIC KEY to END PUBLIC KEY"
    next_step = (
        "copy it from Clerk's dashboard, Configure > API keys > JWKS Public Key > PEM, in double quotes "
        r"and with its line ends (or \n in their place)"
    )
    if "PRIVATE KEY" in value:
        return Finding(
            expected="it is a private key, which nobody but Clerk may have",
            next_step="remove it, and replace that key where it is used; " + next_step,
        )
    match = _PEM_PUBLIC.fullmatch(value)
    if not match:
        return Finding(expected=expected, next_step=next_step)
    try:
        der = base64.b64decode(match[1].replace("\n", ""), validate=True)
    except binascii.Error:
        return Finding(expected=f"{expected}; its Base64 is damaged", next_step=next_step)
    if not _is_whole_der(der) or _RSA not in der[:40]:
        return Finding(
            expected=f"{expected}, of type RSA; this one is cut off or another", next_step=next_step
        )
    return None


def is_tenant(value: str) -> Finding | None:
    """The id or the slug of a Clerk organization."""
    if _TENANT.fullmatch(value):
        return None
    return Finding(
        expected="it must be the id (org_2abc) or the slug (tenant-one) of an organization: letters, digits, "
        "_ and -, at most 128",
        next_step="copy it from Clerk's dashboard, Organizations",
    )


def is_google_client_id(value: str) -> Finding | None:
    """The client id of a Google OAuth client."""
    return _client_id(
        value, r"[0-9a-z-]+\.apps\.googleusercontent\.com", "end with .apps.googleusercontent.com", "Google"
    )


def is_facebook_app_id(value: str) -> Finding | None:
    """The id of a Facebook app."""
    return _client_id(
        value, r"\d{5,20}", "be a number (the app secret is not: never put it here)", "Facebook"
    )


def is_github_client_id(value: str) -> Finding | None:
    """The client id of a GitHub OAuth app or GitHub App; its client secret is longer."""
    return _client_id(
        value, r"[A-Za-z0-9.]{8,32}", "be 8 to 32 letters and digits (the secret is longer)", "GitHub"
    )


def _printable(value: str) -> Finding | None:
    is_pem = value.startswith(PEM_BEGIN)
    for character in value:
        if character == "\n" and is_pem:
            continue
        if character in "\n\r":
            return Finding(
                expected="it must be one line: a quote is probably missing here or on a line before",
                next_step="close the quotes at the end of the line",
            )
        if unicodedata.category(character) in ("Cc", "Cf", "Cs", "Zl", "Zp") or (
            character.isspace() and character != " "
        ):
            return Finding(
                expected=f"it holds an invisible character (U+{ord(character):04X})",
                next_step="type the value again, or paste it as plain text",
            )
        if character in "\u201c\u201d\u2018\u2019":
            return Finding(
                expected="it holds a typographic quote",
                next_step="use straight quotes around the value, or none",
            )
    return None


def _short_enough(value: str) -> Finding | None:
    if len(value) <= LONGEST:
        return None
    return Finding(
        expected=f"it has {len(value)} characters; Amplify takes {LONGEST}",
        next_step="shorten it, or keep it in a store of your own and pass its address",
    )


def _is_whole_der(der: bytes) -> bool:
    """Whether a DER sequence's own length is its real one."""
    if len(der) < 4 or der[0] != 0x30:
        return False
    if der[1] < 0x80:
        return len(der) == 2 + der[1]
    octets = der[1] & 0x7F
    return len(der) == 2 + octets + int.from_bytes(der[2 : 2 + octets], "big")


def _client_id(value: str, pattern: str, must: str, provider: str) -> Finding | None:
    if re.fullmatch(pattern, value):
        return None
    return Finding(
        expected=f"{provider}'s client id must {must}",
        next_step=f"copy the client id, not the secret, from Clerk's dashboard, SSO connections > {provider}",
    )
