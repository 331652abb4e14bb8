"""How long a rollback takes, from the command to the last answer of the release that is left."""

from collections.abc import Callable, Sequence
from typing import Final

from clerk_deploy.acceptance.findings import Finding, Question, Verdict
from clerk_deploy.acceptance.load import Answer
from clerk_deploy.acceptance.site import Site
from clerk_deploy.release.ledger.records import PROMOTED
from clerk_deploy.release.operator import rollback_request

QUESTION: Final = Question(
    key="rollback",
    text="How long does a rollback take?",
    expected="it ends promoted, without a build",
    how="the command's own request to Step Functions, while a client asks for the front page: from the "
    "request to the last answer of the release that is left; the steps' times by the ledger",
)


def rollback(site: Site, *, answers: Sequence[Answer], who: str, tell: Callable[[str], None]) -> Finding:
    """Go back to the release before.

    Args:
        site: What was deployed.
        answers: What a client sees meanwhile; it grows.
        who: Who asks, for the ledger.
        tell: Told of each step.
    """
    begin = site.now()
    operation = site.run(rollback_request("", who=who), tell=tell)
    took = site.now() - begin
    left = operation.source.release
    old = [each.sent for each in list(answers) if each.sent >= begin and each.release == left]
    built = operation.progress.plan == "build"
    values = {
        "seconds to the last answer of the release that is left": round(max(old) - begin, 2) if old else None,
        "seconds until the command ended": round(took, 2),
        "built": built,
        "steps": {step.name: step.seconds for step in operation.steps},
    }
    if operation.outcome != PROMOTED or built:
        why = operation.reason or ("it was built" if built else "no reason given")
        return QUESTION.answer(Verdict.DIFFERS, f"{operation.outcome}: {why}", number=1, values=values)
    if not old:
        return QUESTION.answer(
            Verdict.UNMEASURED, "the client met no answer with an x-release to tell them by", values=values
        )
    return QUESTION.answer(
        Verdict.EXPECTED,
        f"{max(old) - begin:.1f} s to the last old answer, {took:.0f} s until the command ended",
        number=1,
        values=values,
    )
