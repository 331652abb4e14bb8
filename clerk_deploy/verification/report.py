"""A run's results, and the forms in which pipelines read them."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any, Final
from xml.etree import ElementTree

from clerk_deploy.errors import Exit
from clerk_deploy.verification.findings import Finding, Status
from clerk_deploy.verification.registry import Check, Moment


@dataclass(frozen=True, kw_only=True)
class Waiver:
    """A failure that is accepted for a while.

    Args:
        check: The check's id.
        reason: Why it is accepted.
        until: The last day on which it is.
    """

    check: str
    reason: str
    until: date


@dataclass(frozen=True, kw_only=True)
class Result:
    """One check's end.

    Args:
        check: The check.
        finding: What it found, with any waiver applied.
        seconds: How long it took.
    """

    check: Check
    finding: Finding
    seconds: float

    @property
    def status(self) -> Status:
        """How the check ended."""
        return self.finding.status


@dataclass(frozen=True, kw_only=True)
class Report:
    """A run's end.

    Args:
        url: What was verified.
        moment: When the run happened.
        started: Seconds since the epoch.
        seconds: How long it took.
        results: In the order of the checks.
    """

    url: str
    moment: Moment
    started: float
    seconds: float
    results: tuple[Result, ...]

    def of(self, status: Status) -> tuple[Result, ...]:
        """The results with one status."""
        return tuple(result for result in self.results if result.status is status)

    @property
    def is_good(self) -> bool:
        """Something passed, and nothing failed or stayed unknown: what a release may go on from."""
        return self.exit_code is Exit.OK

    @property
    def exit_code(self) -> Exit:
        """What a command ends with."""
        if self.of(Status.FAILED):
            return Exit.CHECKED_AND_BAD
        # A run that skipped everything has shown nothing.
        if self.of(Status.UNKNOWN) or not (self.of(Status.PASSED) or self.of(Status.WAIVED)):
            return Exit.COULD_NOT_FIND_OUT
        return Exit.OK

    def summary(self) -> str:
        """One line, such as `41 passed, 1 failed, 3 skipped in 2.3 s`."""
        counts = [(status, len(self.of(status))) for status in Status]
        words = ", ".join(f"{count} {status.value}" for status, count in counts if count)
        return f"{words or 'no check'} in {self.seconds:.1f} s"


def apply_waivers(finding: Finding, check: Check, waivers: Sequence[Waiver], today: date) -> Finding:
    """A finding, waived when the settings accept it still.

    Args:
        finding: What the check found.
        check: The check.
        waivers: Of the settings.
        today: The day of the run.
    """
    if finding.status not in (Status.FAILED, Status.UNKNOWN):
        return finding
    for waiver in waivers:
        if waiver.check != check.id:
            continue
        if today > waiver.until:
            note = f"its waiver ended on {waiver.until}: {waiver.reason}"
            return Finding(status=finding.status, evidence=finding.evidence, details=(*finding.details, note))
        note = f"waived until {waiver.until}: {waiver.reason}"
        return Finding(status=Status.WAIVED, evidence=finding.evidence, details=(*finding.details, note))
    return finding


def as_json(report: Report) -> dict[str, Any]:
    """A report as JSON for pipelines and Lambdas."""
    return {
        "url": report.url,
        "moment": report.moment.value,
        "started": datetime.fromtimestamp(report.started, UTC).isoformat(timespec="seconds"),
        "seconds": round(report.seconds, 3),
        "good": report.is_good,
        "exitCode": int(report.exit_code),
        "counts": {status.value: len(report.of(status)) for status in Status},
        "results": [_result(result) for result in report.results],
    }


def as_junit(report: Report) -> str:
    """A report as JUnit XML: a waived check is a skipped test, an unknown one an error."""
    suite = ElementTree.Element(
        "testsuite",
        {
            "name": f"clerk-deploy verify {report.url}",
            "tests": str(len(report.results)),
            "failures": str(len(report.of(Status.FAILED))),
            "errors": str(len(report.of(Status.UNKNOWN))),
            "skipped": str(len(report.of(Status.SKIPPED)) + len(report.of(Status.WAIVED))),
            "time": f"{report.seconds:.3f}",
            "timestamp": datetime.fromtimestamp(report.started, UTC).strftime("%Y-%m-%dT%H:%M:%S"),
        },
    )
    for result in report.results:
        _junit_case(suite, result)
    root = ElementTree.Element("testsuites")
    root.append(suite)
    ElementTree.indent(root)
    return ElementTree.tostring(root, encoding="unicode", xml_declaration=True) + "\n"


def _result(result: Result) -> Mapping[str, Any]:
    return {
        "id": result.check.id,
        "title": result.check.title,
        "guide": result.check.guide,
        "severity": result.check.severity.value,
        "status": result.status.value,
        "evidence": result.finding.evidence,
        "details": list(result.finding.details),
        "why": result.check.why,
        "nextStep": result.check.next_step,
        "seconds": round(result.seconds, 3),
    }


_FORBIDDEN: Final = re.compile("[^\t\n -\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_JUNIT: Final = {
    Status.FAILED: "failure",
    Status.UNKNOWN: "error",
    Status.SKIPPED: "skipped",
    Status.WAIVED: "skipped",
}


def _junit_case(suite: ElementTree.Element, result: Result) -> None:
    subject, _, name = result.check.id.partition(".")
    case = ElementTree.SubElement(
        suite, "testcase", {"classname": subject, "name": name, "time": f"{result.seconds:.3f}"}
    )
    if tag := _JUNIT.get(result.status):
        element = ElementTree.SubElement(case, tag, {"message": _printable(result.finding.evidence)})
        lines = [*result.finding.details, f"why: {result.check.why}", f"next: {result.check.next_step}"]
        element.text = _printable("\n".join(lines))


def _printable(text: str) -> str:
    """Without the characters that XML forbids, which an answer's evidence may hold."""
    return _FORBIDDEN.sub("?", text)
