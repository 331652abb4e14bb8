"""How long a switch takes to reach the site's users, and whether any of them notices."""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

from clerk_deploy.acceptance.findings import Finding, Question, Verdict, spread
from clerk_deploy.acceptance.load import Answer, failed, usual_status
from clerk_deploy.acceptance.site import Site
from clerk_deploy.errors import CheckFailedError, UnreachableError
from clerk_deploy.release.health import ask_health

IN_A_ROW: Final = 10
"""Right answers in a row, from each of the site's names, that make a switch done."""
LONGEST_SECONDS: Final = 300.0
PROMISED_SECONDS: Final = 60.0
PAUSE_SECONDS: Final = 0.1

SWITCHES: Final = Question(
    key="propagation",
    text="How long does a change of the edge's store take to reach users?",
    expected=f"seconds; at most {PROMISED_SECONDS:.0f} s, of a release's five minutes",
    how=f"the store is written, then every name of the site is asked by new connections until {IN_A_ROW} "
    "answers in a row are right; from the write to the last wrong answer, and to the first of those in a "
    "row. One place of the world: the one where this ran",
)
FAILED: Final = Question(
    key="failed-requests",
    text="Does a user notice a switch or a rollback?",
    expected="no request fails",
    how="one client asks for the front page at a steady pace, whether or not it was answered; a failure is "
    "no answer, or another status than usual",
)


@dataclass(frozen=True, kw_only=True)
class Switch:
    """One switch.

    Args:
        to: The slot.
        last_wrong: Seconds from the write to the last answer of another slot; 0 for none.
        settled: Seconds from the write to the first of the right answers in a row.
        asked: How many answers were looked at.
    """

    to: str
    last_wrong: float
    settled: float
    asked: int


def switch(site: Site, to: str) -> Switch:
    """Write the store and look until everybody is there.

    The operation's number stays: the next release's must be higher than it.

    Args:
        site: What was deployed.
        to: The slot.

    Raises:
        CheckFailedError: After minutes there still were wrong answers.
    """
    stored = site.store.read()
    if stored.state is None:
        raise CheckFailedError("The edge's store is empty.", next_step="nothing was released")
    begin = site.now()
    site.store.write(stored.state.with_live(to, fence=stored.state.fence), etag=stored.etag)
    last_wrong, row, asked = 0.0, 0, 0
    settled = begin
    while row < IN_A_ROW:
        sent = site.now()
        right = all(_slot(site, domain) == to for domain in site.domains)
        asked += len(site.domains)
        if right:
            settled = sent if row == 0 else settled
            row += 1
        else:
            last_wrong, row = sent - begin, 0
        if sent - begin > LONGEST_SECONDS:
            raise CheckFailedError(
                f"{LONGEST_SECONDS:.0f} s after the write the site still did not answer from {to} alone.",
                next_step="look at the distribution's status; the store itself was written",
            )
        site.sleep(PAUSE_SECONDS)
    return Switch(to=to, last_wrong=last_wrong, settled=settled - begin, asked=asked)


def _slot(site: Site, domain: str) -> str:
    try:
        # a connection of its own, so that no earlier one decides which of the edge's servers answers
        return ask_health(site.http, f"https://{domain}", headers={"connection": "close"}).slot
    except UnreachableError:
        return ""


def switches(site: Site, *, between: tuple[str, str], number: int, tell: Callable[[str], None]) -> Finding:
    """Switch to and fro.

    Args:
        site: What was deployed.
        between: The live slot and the other one; the first is live in the end.
        number: How many; one more when it is odd.
        tell: Told of each.
    """
    live, other = between
    done: list[Switch] = []
    for _ in range((number + 1) // 2):
        for slot in (other, live):
            done.append(switch(site, slot))
            tell(f"    to {slot}: last wrong answer {done[-1].last_wrong:.2f} s after the write")
    wrong, settled = ([each.last_wrong for each in done], [each.settled for each in done])
    values = {
        "seconds to the last wrong answer": [round(each, 3) for each in wrong],
        "spread of these": spread(wrong),
        "seconds to the first right one in a row": [round(each, 3) for each in settled],
        "spread of those": spread(settled),
        "answers looked at": sum(each.asked for each in done),
    }
    figures = spread(wrong)
    summary = f"median {figures['median']:.2f} s, at most {figures['most']:.2f} s, {len(done)} switches"
    verdict = Verdict.EXPECTED if max(settled) <= PROMISED_SECONDS else Verdict.DIFFERS
    return SWITCHES.answer(verdict, summary, number=len(done), values=values)


def failed_requests(answers: Sequence[Answer]) -> Finding:
    """What the client saw.

    Args:
        answers: All of them.
    """
    if not answers:
        return FAILED.unmeasured("no request was sent")
    usual = usual_status(answers)
    bad = failed(answers, usual=usual)
    values = {
        "requests": len(answers),
        "failed": len(bad),
        "failed by kind": dict(Counter(each.error or str(each.status) for each in bad)),
        "usual status": usual,
        "seconds of an answer": spread([each.seconds for each in answers if each.status]),
        "answers by release": dict(Counter(each.release or "unnamed" for each in answers)),
        "CloudFront's locations": dict(Counter(each.place for each in answers if each.place)),
    }
    verdict = Verdict.DIFFERS if bad else Verdict.EXPECTED
    return FAILED.answer(verdict, f"{len(bad)} of {len(answers)} failed", number=len(answers), values=values)
