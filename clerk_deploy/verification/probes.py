"""Requests that several checks make in the same way."""

import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from clerk_deploy.verification import clerk_api, jwt
from clerk_deploy.verification.context import Context
from clerk_deploy.verification.http import Response
from clerk_deploy.verification.sessions import ME, bearer, genuine_or_made_up

EVIL_ORIGINS: Final = ("https://evil.example", "null")
SKEW: Final = 15
"""Seconds after its end from which on an expired token must be refused."""


@dataclass(frozen=True, kw_only=True)
class Credential:
    """A bad token.

    Args:
        name: What is wrong with it.
        headers: The headers that carry it.
    """

    name: str
    headers: Mapping[str, str]


def missing_and_malformed(context: Context) -> tuple[Credential, ...]:
    """No token, and texts that are none."""
    del context
    bodies = {
        "an empty token": "Bearer ",
        "a word": "Bearer not-a-token",
        "two parts": "Bearer eyJhbGciOiJSUzI1NiJ9.e30",
        "a null header": "Bearer bnVsbA.bnVsbA.AAAA",
        "another scheme": "Basic dXNlcjpwYXNz",
        "an endless token": f"Bearer {'a' * 6_000}",
    }
    return (
        Credential(name="no token", headers={}),
        *(Credential(name=name, headers={"Authorization": body}) for name, body in bodies.items()),
    )


def tampered(context: Context) -> tuple[Credential, ...]:
    """A genuine token, changed."""
    token = genuine_or_made_up(context)
    return (
        Credential(name="another user's id", headers=bearer(jwt.tampered_claims(token))),
        Credential(name="a changed signature", headers=bearer(jwt.tampered_signature(token))),
    )


def unsigned(context: Context) -> tuple[Credential, ...]:
    """No signature, or one made with the public key."""
    token = genuine_or_made_up(context)
    made = [
        Credential(name=f"alg {word}", headers=bearer(jwt.unsigned(token, word)))
        for word in ("none", "None", "nOnE")
    ]
    for key in clerk_api.public_keys(context)[:1]:
        if key.get("kty") == "RSA":
            made.append(
                Credential(
                    name="HS256 with the public key", headers=bearer(jwt.keyed_with_public_key(token, key))
                )
            )
    return tuple(made)


def foreign(context: Context) -> tuple[Credential, ...]:
    """Signed with a key that is not the instance's."""
    return (Credential(name="a foreign key", headers=bearer(jwt.foreign_key(genuine_or_made_up(context)))),)


def of_other_instance(context: Context) -> tuple[Credential, ...]:
    """As another Clerk instance makes them."""
    token = genuine_or_made_up(context)
    return (Credential(name="another instance's token", headers=bearer(jwt.other_instance(token))),)


def expired(context: Context) -> tuple[Credential, ...]:
    """Past their time: one that only looks so, and a genuine one when `smoke create` kept it."""
    token = genuine_or_made_up(context)
    made = [Credential(name="an expired token", headers=bearer(jwt.expired(token, context.now())))]
    if kept := kept_expired(context):
        made.append(Credential(name="a genuine expired token", headers=bearer(kept)))
    return tuple(made)


def kept_expired(context: Context) -> str:
    """The token that `smoke create` kept, once it has expired; empty before, and without one."""
    kept = context.target.expired_token
    try:
        ends = jwt.parse(kept.reveal()).claims.get("exp") if kept else None
    except jwt.NoTokenError:
        return ""
    # Servers allow some seconds of clock skew.
    is_over = isinstance(ends, int | float) and ends + SKEW < context.now()
    return kept.reveal() if kept and is_over else ""


def refusal_problems(
    context: Context,
    credentials: tuple[Credential, ...],
    *,
    url: str,
    headers: Mapping[str, str] | None = None,
) -> list[str]:
    """What is wrong with the answers to bad tokens: all must be 401, and come in time.

    Args:
        context: Sends the requests.
        credentials: Bad tokens.
        url: What they ask for.
        headers: To send besides.
    """
    problems = []
    for each in credentials:
        answer = context.client.get(url, headers={**(headers or {}), **each.headers})
        if answer.status != 401:
            problems.append(f"{answer} to {each.name}; a bad token is answered 401")
        if answer.seconds > context.target.budgets.refusal:
            problems.append(f"{answer} to {each.name} after {answer.seconds:.1f} s")
    return problems


def me_url(context: Context) -> str:
    """The app's own address that needs a token."""
    return context.url(ME)


def unlikely_name() -> str:
    """A name that no resource has."""
    return f"clerk-deploy-{secrets.token_hex(6)}"


def cors_problems(context: Context, url: str, origin: str, headers: Mapping[str, str]) -> list[str]:
    """Whether an answer and a preflight let a foreign site read with the user's credentials.

    Args:
        context: Sends the requests.
        url: What is asked for.
        origin: A site that must not be let in.
        headers: To send with the request itself.
    """
    answers = (
        context.client.get(url, headers={"Origin": origin, **headers}),
        preflight(context, url, origin, "GET"),
    )
    problems = []
    for answer in answers:
        allowed = answer.header("access-control-allow-origin").strip()
        with_credentials = answer.header("access-control-allow-credentials").strip().lower() == "true"
        if allowed == origin:
            problems.append(f"{answer} to Origin {origin} with Access-Control-Allow-Origin: {allowed}")
        elif allowed == "*" and with_credentials:
            problems.append(f"{answer} with Access-Control-Allow-Origin: * and credentials")
        elif allowed == "*":
            problems.append(f"{answer} with Access-Control-Allow-Origin: *, so any site may read it")
    return problems


def preflight(
    context: Context, url: str, origin: str, method: str, headers: str = "authorization"
) -> Response:
    """A browser's question before a cross-site request.

    Args:
        context: Sends it.
        url: What the browser wants to ask.
        origin: The page's site.
        method: How it wants to ask.
        headers: Headers that it wants to send, separated by commas.
    """
    return context.client.request(
        "OPTIONS",
        url,
        headers={
            "Origin": origin,
            "Access-Control-Request-Method": method,
            "Access-Control-Request-Headers": headers,
        },
    )


def lookalikes(origin: str) -> tuple[str, ...]:
    """Foreign origins that careless comparisons take for the right one."""
    scheme, _, host = origin.partition("://")
    return (*EVIL_ORIGINS, f"{scheme}://{host}.evil.example", f"{scheme}://evil-{host}")
