"""Tokens that must be refused, made from a genuine one. Nothing here can make a valid token."""

import base64
import hashlib
import hmac
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

# A key pair that nobody trusts, written out so that the package needs no cryptography library and no time to
# find primes. It is public on purpose: a server that accepts what it signs accepts anybody's signature.
FOREIGN_MODULUS: Final = int(
    "b194122382fa759bc7db96ade826a3674a599c57c5b51ca29ce77076fa6cdebf6c629d9d41c31ed8100ef016b13834d7"
    "f91d38c2bef7152af56167f87243abfd83e29d3b18b402c538aa36c5a6f16fa2c70d04ecbde7639fa66aa03fd5063de7"
    "a953be00a0cc758272fdb0abb2d509598f8d7b7112383c54627e23d80778d2355e4ecc8103c56941c5b70a513f5534a1"
    "acf3c957fc685d43a8dbe0ed906fbc0859b3f4c7ff85d3c11f052873789b7db7507be129ce4de1bbefbd7242a0f0c30a"
    "b94fe7e000f2c05f4fe3e7df94c25de6deb5e184b2e05da3fb6e33d1008f35d2740f9c6d9cff87e253c16258adcf38f2"
    "a2bacf928b9d8799ed34cec1f4c2955d",
    16,
)
FOREIGN_EXPONENT: Final = int(
    "025c58d26289205ba2104c04435812278b203e59175e85432f294f80316b95997f601f3eca33451b73b9331d661d3c6c"
    "9b99f51977aef2b7d7bbc40554458c898a018efc0c63c63ea77671d47657f2d73be4b32a4f8afe32cee44f7d91c02bbe"
    "02ed0353604fdf870caecd34b723a86469a96498f7f849eb08452b8651711c8045f5a9dbedeb2d0a2661a1b64c74883a"
    "63b89238e157826f969811004ed7cd763b10b87657a19ca9909bae37fc867ad6c6a7ac2800c3acc2e16115a3f25b2535"
    "2de65e066939345df5e70000bc4093dfaf5d29d900eb992aa37704af137c843aa9ef463642f24efd6d5e08f1c5cf28ad"
    "70426e1427512885ca39b41006261e39",
    16,
)
_SHA256_INFO: Final = bytes.fromhex("3031300d060960864801650304020105000420")
_KEY_BYTES: Final = 256
_RSA_INFO: Final = bytes.fromhex("300d06092a864886f70d0101010500")

FOREIGN_KID: Final = "ins_2otherinstanceotherinstanc"


@dataclass(frozen=True, kw_only=True)
class Token:
    """A JWT taken apart.

    Args:
        header: Its header.
        claims: Its claims.
        signature: Its third part, as it came.
    """

    header: Mapping[str, Any]
    claims: Mapping[str, Any]
    signature: str

    def __repr__(self) -> str:
        """Never the token: it lets its holder in."""
        return "Token(********)"


class NoTokenError(ValueError):
    """A text is no JWT."""


def parse(text: str) -> Token:
    """A JWT taken apart, unverified.

    Raises:
        NoTokenError: It is none.
    """
    try:
        header, claims, signature = text.split(".")
        parsed = Token(header=_json(header), claims=_json(claims), signature=signature)
    except (ValueError, RecursionError):
        raise NoTokenError("it is no JWT") from None
    if not isinstance(parsed.header, dict) or not isinstance(parsed.claims, dict):
        raise NoTokenError("it is no JWT")
    return parsed


def made_up(*, issuer: str, kid: str, now: float) -> Token:
    """A session token's outer form, for when no user can sign in.

    Args:
        issuer: Clerk's Frontend API.
        kid: Key id of the instance.
        now: Seconds since the epoch.
    """
    return Token(
        header={"alg": "RS256", "kid": kid, "typ": "JWT"},
        claims={
            "iss": issuer,
            "sub": "user_2nobodynobodynobodynobody",
            "sid": "sess_2nobodynobodynobodynobod",
            "iat": int(now),
            "nbf": int(now) - 10,
            "exp": int(now) + 60,
            "sts": "active",
            "v": 2,
        },
        signature=_encode(bytes(_KEY_BYTES)),
    )


def tampered_claims(token: Token) -> str:
    """Another user's id under the same signature."""
    return _join(token.header, {**token.claims, "sub": "user_2someoneelsesomeoneelse"}, token.signature)


def tampered_signature(token: Token) -> str:
    """One bit of the signature changed."""
    raw = bytearray(_bytes(token.signature) or b"\0")
    raw[len(raw) // 2] ^= 1
    return _join(token.header, token.claims, _encode(bytes(raw)))


def unsigned(token: Token, spelling: str) -> str:
    """No signature, and a header that says that this is fine.

    Args:
        token: To take the claims from.
        spelling: Of the word none: servers that compare case-sensitively miss `nOnE`.
    """
    return _join({**token.header, "alg": spelling}, token.claims, "")


def foreign_key(token: Token) -> str:
    """The same header and claims, signed with a key of our own under the instance's key id."""
    return _sign(token.header, token.claims)


def other_instance(token: Token) -> str:
    """A token as another Clerk instance would make it."""
    header = {**token.header, "kid": FOREIGN_KID}
    return _sign(header, {**token.claims, "iss": "https://clerk.other-instance.example"})


def expired(token: Token, now: float) -> str:
    """Expired an hour ago. Only Clerk could sign it rightly, so a key of our own does."""
    past = int(now) - 3_600
    return _sign(token.header, {**token.claims, "iat": past - 60, "nbf": past - 70, "exp": past})


def keyed_with_public_key(token: Token, key: Mapping[str, Any]) -> str:
    """HS256 with the instance's public key as the secret: accepted where the header picks the algorithm.

    Args:
        token: To take the claims from.
        key: The instance's key as its JWKS shows it.
    """
    signed = f"{_part({**token.header, 'alg': 'HS256'})}.{_part(token.claims)}"
    digest = hmac.new(public_pem(key).encode(), signed.encode(), hashlib.sha256).digest()
    return f"{signed}.{_encode(digest)}"


def public_pem(key: Mapping[str, Any]) -> str:
    """An RSA key of a JWKS as PEM."""
    numbers = _der(0x30, _der_integer(_bytes(str(key["n"]))) + _der_integer(_bytes(str(key["e"]))))
    whole = _der(0x30, _RSA_INFO + _der(0x03, b"\0" + numbers))
    text = base64.b64encode(whole).decode()
    lines = "\n".join(text[start : start + 64] for start in range(0, len(text), 64))
    return f"-----BEGIN PUBLIC KEY-----\n{lines}\n-----END PUBLIC KEY-----\n"


def _sign(header: Mapping[str, Any], claims: Mapping[str, Any]) -> str:
    signed = f"{_part(header)}.{_part(claims)}"
    info = _SHA256_INFO + hashlib.sha256(signed.encode()).digest()
    padded = b"\0\x01" + b"\xff" * (_KEY_BYTES - len(info) - 3) + b"\0" + info
    number = pow(int.from_bytes(padded), FOREIGN_EXPONENT, FOREIGN_MODULUS)
    return f"{signed}.{_encode(number.to_bytes(_KEY_BYTES))}"


def _join(header: Mapping[str, Any], claims: Mapping[str, Any], signature: str) -> str:
    return f"{_part(header)}.{_part(claims)}.{signature}"


def _part(document: Mapping[str, Any]) -> str:
    return _encode(json.dumps(document, separators=(",", ":")).encode())


def _json(part: str) -> Any:
    return json.loads(_bytes(part))


def _bytes(part: str) -> bytes:
    return base64.urlsafe_b64decode(part + "=" * (-len(part) % 4))


def _encode(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def _der(tag: int, content: bytes) -> bytes:
    size = len(content)
    if size < 0x80:
        return bytes((tag, size)) + content
    octets = size.to_bytes((size.bit_length() + 7) // 8)
    return bytes((tag, 0x80 | len(octets))) + octets + content


def _der_integer(raw: bytes) -> bytes:
    return _der(0x02, b"\0" + raw if raw[:1] >= b"\x80" else raw)
