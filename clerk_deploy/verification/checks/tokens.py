"""Bad tokens: each is answered 401, in time, and never 5xx."""

from typing import Final

from clerk_deploy.verification import probes
from clerk_deploy.verification.context import Context
from clerk_deploy.verification.findings import Finding, verdict
from clerk_deploy.verification.probes import Credential, refusal_problems
from clerk_deploy.verification.registry import EVERY_RUN, THOROUGH, Severity, check

LINE: Final = "Backend Configuration > Backend validates JWT signatures"
TROUBLE: Final = "Troubleshooting > Token verification failed"


def _refused(context: Context, credentials: tuple[Credential, ...]) -> Finding:
    problems = refusal_problems(context, credentials, url=probes.me_url(context))
    names = ", ".join(each.name for each in credentials)
    return verdict(problems, otherwise=f"401 to {names}")


@check(
    id="tokens.missing_and_malformed",
    title="Without a token nothing opens",
    guide="Deployment Checklist > Protected routes work",
    severity=Severity.CRITICAL,
    runs_in=EVERY_RUN,
    why="The protected endpoint is open, or breaks on what is no token.",
    next_step="check the header's form before the token is verified, and answer 401",
)
def missing_and_malformed(context: Context) -> Finding:
    """No token, and texts that are none."""
    return _refused(context, probes.missing_and_malformed(context))


@check(
    id="tokens.tampered",
    title="A changed token is refused",
    guide=LINE,
    severity=Severity.CRITICAL,
    runs_in=EVERY_RUN,
    why="The signature is not verified: anybody can be anybody.",
    next_step="verify with Clerk's SDK (verifyToken), never by decoding alone",
)
def tampered(context: Context) -> Finding:
    """Other claims under the same signature, and a changed signature."""
    return _refused(context, probes.tampered(context))


@check(
    id="tokens.unsigned",
    title="A token cannot choose how it is verified",
    guide=LINE,
    severity=Severity.CRITICAL,
    runs_in=THOROUGH,
    why="Libraries that believe the header's `alg` accept `none`, or HS256 with the public key.",
    next_step="allow RS256 alone when tokens are verified",
)
def unsigned(context: Context) -> Finding:
    """`alg: none` in three spellings, and HS256 with the instance's public key."""
    return _refused(context, probes.unsigned(context))


@check(
    id="tokens.foreign_key",
    title="A token signed by someone else is refused",
    guide=LINE,
    severity=Severity.CRITICAL,
    runs_in=THOROUGH,
    why="The signature is checked against a key that the token brings along.",
    next_step="take keys from Clerk's JWKS or CLERK_JWT_KEY alone",
)
def foreign_key(context: Context) -> Finding:
    """The right header and claims under a key of our own."""
    return _refused(context, probes.foreign(context))


@check(
    id="tokens.other_instance",
    title="Another Clerk instance's token is refused",
    guide=TROUBLE,
    severity=Severity.CRITICAL,
    runs_in=THOROUGH,
    why="Issuer and key id are not compared, or an unknown key id is answered with 503.",
    next_step="compare `iss` with the Frontend API's address; answer 401 to an unknown key id",
)
def other_instance(context: Context) -> Finding:
    """Another issuer and key id."""
    return _refused(context, probes.of_other_instance(context))


@check(
    id="tokens.expired",
    title="An expired token is refused",
    guide=TROUBLE,
    severity=Severity.CRITICAL,
    runs_in=THOROUGH,
    why="`exp` is not checked, or the server's clock is wrong: stolen tokens live for ever.",
    next_step="verify with Clerk's SDK and its default clock skew of 5 seconds; check the host's clock",
)
def expired(context: Context) -> Finding:
    """A made one, and a genuine one that `smoke create` kept; without it only a signature check is shown."""
    found = _refused(context, probes.expired(context))
    if not probes.kept_expired(context):
        note = "no genuine expired token was at hand (`clerk-deploy smoke create` keeps one)"
        return Finding(status=found.status, evidence=found.evidence, details=(*found.details, note))
    return found
