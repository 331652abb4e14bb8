"""What other sites' pages may read from the app."""

from typing import Final

from clerk_deploy.verification.context import Context
from clerk_deploy.verification.findings import Finding, verdict
from clerk_deploy.verification.probes import EVIL_ORIGINS, cors_problems, lookalikes
from clerk_deploy.verification.registry import WITH_CANDIDATE, Severity, check
from clerk_deploy.verification.sessions import ME, SIGN_IN

LINE: Final = "Security Checklist > CORS is configured correctly on backend"


@check(
    id="cors.app",
    title="Other sites cannot read the app's API",
    guide=LINE,
    severity=Severity.CRITICAL,
    runs_in=WITH_CANDIDATE,
    why="`*` or an echoed Origin lets any page that the user opens read what the API answers.",
    next_step="send no CORS headers from the app: its pages are on the same origin",
)
def app(context: Context) -> Finding:
    """No foreign, look-alike or `null` origin is admitted by /api/auth."""
    problems = []
    for origin in lookalikes(context.target.origin):
        problems += cors_problems(context, context.url(ME), origin, {})
    problems += cors_problems(context, context.url(SIGN_IN), EVIL_ORIGINS[0], {})
    return verdict(
        list(dict.fromkeys(problems)), otherwise="foreign, look-alike and null origins are refused"
    )
