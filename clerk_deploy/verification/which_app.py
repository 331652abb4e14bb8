"""Which of the two apps is looked at: the one with sign-in of its own, or the one with Clerk's components."""

from clerk_deploy.authentication import BACKEND, CLIENT_SIDE
from clerk_deploy.verification.context import Context
from clerk_deploy.verification.http import NoAnswerError, RateLimitedError


def is_client_side(context: Context) -> bool:
    """Whether Clerk's own components sign users in: as a release expects it, else as health tells."""
    wanted = context.target.expected.authentication
    return (wanted or context.once("authentication", _told)) == CLIENT_SIDE


def _told(context: Context) -> str:
    try:
        answer = context.get("/api/health")
    except (NoAnswerError, RateLimitedError):
        return BACKEND
    return str(answer.field("authentication") or BACKEND)
