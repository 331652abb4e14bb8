"""What Vercel's API answers when it does not do what was asked: each with the next step.

Source: vercel.com/docs/rest-api (errors, promote, rollback, rate limits).
"""

from clerk_deploy.errors import DeployError, RefusedError, UnreachableError, UnusableInputError
from clerk_deploy.secret_value import SecretValue

LONGEST_MESSAGE = 300
"""Characters of Vercel's own message that are repeated."""


class VercelRefusedError(RefusedError):
    """The API understood and refused.

    Args:
        message: What was refused.
        next_step: What to do instead.
        status: HTTP status.
        code: Vercel's error code.
    """

    def __init__(self, message: str, *, next_step: str, status: int, code: str) -> None:
        super().__init__(message, next_step=next_step)
        self.status = status
        self.code = code


class QueuedError(UnreachableError):
    """The promotion waits behind a rolling release; nobody knows when it takes effect."""


class OutcomeUnknownError(UnreachableError):
    """A call that changes something was sent and not answered: it may have been done."""


class NotFoundError(UnusableInputError):
    """Vercel shows no such thing to this token."""


class ProtectedError(UnusableInputError):
    """Deployment protection keeps verification out."""


def refusal(*, what: str, status: int, code: str, message: str) -> DeployError:
    """The error for an answer that is neither success, nor rate limit, nor a failure of Vercel's.

    Args:
        what: What was asked, such as `roll back to dpl_1`.
        status: HTTP status.
        code: Vercel's error code.
        message: Vercel's message; it may repeat what was sent, so secrets are hidden.
    """
    told = SecretValue.hide_in(" ".join(message.split()))[:LONGEST_MESSAGE]
    said = f"Vercel refused to {what}: {status} {code or 'without a code'}{f', {told}' if told else ''}"
    if status == 401:
        return UnusableInputError(
            f"Vercel does not know the token ({status}).",
            next_step="make one at vercel.com/account/tokens and set VERCEL_API_TOKEN; it may have expired",
        )
    if status == 403:
        return UnusableInputError(
            f"{said}.",
            next_step="the token is wrong or expired, or its account is not in the team: compare "
            "`vercel.team` in cdk.json with Team Settings, and the token's scope at vercel.com/account",
        )
    if status == 404:
        return NotFoundError(
            f"{said}.",
            next_step="compare `vercel.team` and `vercel.project` in cdk.json with the dashboard; "
            "`pulumi up` in pulumi/vercel makes the project",
        )
    return VercelRefusedError(f"{said}.", next_step=_instead(status), status=status, code=code)


def _instead(status: int) -> str:
    return {
        400: "see what the message names; `clerk-deploy status` tells how the project stands",
        402: "the plan does not have it: change the plan, or go back by a release of the earlier commit "
        "(clerk-deploy release COMMIT), which builds it again with today's variables",
        409: "something else is at work on the project's domains: wait for it (clerk-deploy status), "
        "then ask again",
        410: "that deployment was deleted: clerk-deploy release COMMIT builds its commit again, and "
        "Deployment Retention in the project's settings says how long deployments are kept",
        422: "that deployment cannot take the domain: clerk-deploy history shows those that can",
    }.get(status, "look at vercel-status.com, then ask again")
