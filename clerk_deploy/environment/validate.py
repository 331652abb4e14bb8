"""From what was written to values that can be deployed, or all the reasons why not."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from clerk_deploy.environment import checks
from clerk_deploy.environment.agreement import Rules, disagreements
from clerk_deploy.environment.contract import PUBLISHABLE_KEY, contract
from clerk_deploy.environment.names import is_showable, unknown_name
from clerk_deploy.environment.sources import Entry, RawInput
from clerk_deploy.environment.variable import Finding, Kind, Variable
from clerk_deploy.errors import Problem, ProblemsError
from clerk_deploy.secret_value import SecretValue

if TYPE_CHECKING:
    from clerk_deploy.settings.models import EnvironmentSettings


@dataclass(frozen=True, kw_only=True)
class Values:
    """Checked values of one environment.

    Args:
        source: Where they were read.
        visible: Every public and plain variable, in contract order; absent ones are empty.
        secrets: The secret variables that have a value, in contract order.
    """

    source: str
    visible: Mapping[str, str]
    secrets: Mapping[str, SecretValue]

    @property
    def publishable_key(self) -> str:
        """The key by which the secrets are filed."""
        return self.visible[PUBLISHABLE_KEY]


def check_values(raw: RawInput, *, environment: str, settings: "EnvironmentSettings") -> Values:
    """Check everything that was written against the contract.

    Args:
        raw: What was written.
        environment: The environment's name.
        settings: The environment's settings.

    Raises:
        ProblemsError: With every problem, in the contract's order; no secret's value is in it.
    """
    variables = contract(settings)
    written = _normalised(raw, variables)
    findings = _findings(raw, variables, written)
    sound = {name: value for name, value in written.items() if name not in findings}
    for name, finding in disagreements(sound, rules=Rules.of(settings)):
        findings.setdefault(name, finding)
    problems = [
        *(_problem(name, findings[name]) for name in (v.name for v in variables) if name in findings),
        *_unknown(raw, variables, environment),
        *_unreadable(raw),
    ]
    if problems:
        count = "1 problem" if len(problems) == 1 else f"{len(problems)} problems"
        raise ProblemsError(
            f"{raw.source} cannot be used for {environment}: {count}.",
            problems=problems,
            next_step="correct the source and check again: clerk-deploy environment check FILE",
        )
    return Values(
        source=raw.source,
        visible={v.name: written.get(v.name, v.default) for v in variables if v.kind is not Kind.SECRET},
        secrets={
            v.name: SecretValue(written[v.name])
            for v in variables
            if v.kind is Kind.SECRET and v.name in written
        },
    )


def _normalised(raw: RawInput, variables: Iterable[Variable]) -> dict[str, str]:
    """Each known variable's value; of duplicates the last. Secrets are marked as such before any check."""
    last = {entry.name: entry.value for entry in raw.entries if entry.value is not None}
    written = {}
    for variable in variables:
        if variable.name not in last:
            continue
        value = last[variable.name]
        written[variable.name] = variable.normalise(value) if variable.normalise else value
        if variable.kind is Kind.SECRET:
            SecretValue(written[variable.name])
    return written


def _findings(raw: RawInput, variables: Iterable[Variable], written: Mapping[str, str]) -> dict[str, Finding]:
    by_name: dict[str, list[Entry]] = {}
    for entry in raw.entries:
        by_name.setdefault(entry.name, []).append(entry)
    secrets = [
        written[v.name]
        for v in variables
        if v.kind is Kind.SECRET and len(written.get(v.name, "").strip()) >= SHORTEST_COMPARED
    ]
    found = {}
    for variable in variables:
        finding = _finding(variable, by_name.get(variable.name, []), written, secrets)
        if finding:
            found[variable.name] = finding
    return found


SHORTEST_COMPARED = 8
"""Shorter secrets are not searched for in public values: they would be found in ordinary words."""


def _finding(
    variable: Variable, entries: list[Entry], written: Mapping[str, str], secrets: list[str]
) -> Finding | None:
    if not entries:
        if not variable.required:
            return None
        return Finding(
            expected=f"it is missing. {variable.help.rstrip('.')}",
            next_step=f"add it; found at: {variable.found_at}",
        )
    if len(entries) > 1:
        lines = ", ".join(str(entry.line) for entry in entries)
        return Finding(expected=f"it stands there twice (lines {lines})", next_step="keep the right one")
    if variable.name not in written:
        return Finding(
            expected="it has no `=` and no value", next_step="write NAME=value, or remove the line"
        )
    value = written[variable.name]
    if finding := checks.written_out(value):
        return finding
    if variable.kind is not Kind.SECRET:
        if any(secret in value for secret in secrets):
            return Finding(
                expected="it holds the value of one of the secrets, and builds and pages show it",
                next_step="write the right value here",
            )
        if finding := checks.seen_by_others(value):
            return finding
    return variable.check(value) if variable.check else None


def _unknown(raw: RawInput, variables: Iterable[Variable], environment: str) -> Iterator[Problem]:
    known = [variable.name for variable in variables]
    torn = []
    for entry in raw.entries:
        if entry.name in known:
            continue
        if not is_showable(entry.name, known):
            torn.append(entry.line)
            continue
        finding = unknown_name(entry.name, known=known, environment=environment)
        where = entry.name if entry.line is None else f"{entry.name} (line {entry.line})"
        yield _problem(where, finding)
    if torn:
        yield _not_a_variable([line for line in torn if line is not None])


def _unreadable(raw: RawInput) -> Iterator[Problem]:
    if raw.unreadable:
        yield Problem(
            where=_lines(raw.unreadable),
            expected="it must be NAME=value; a quote is probably open",
            next_step="close the quotes, or put them around the whole value",
        )


def _not_a_variable(lines: list[int]) -> Problem:
    return Problem(
        where=_lines(lines) if lines else "a name",
        expected="what stands before the `=` is no variable's name (capital letters, digits and _)",
        next_step="correct the name; a value of several lines, such as a PEM key, goes in double quotes",
    )


def _lines(lines: Iterable[int]) -> str:
    """`line 4` or `lines 4-6, 9`."""
    runs: list[list[int]] = []
    for line in sorted(set(lines)):
        if runs and line == runs[-1][-1] + 1:
            runs[-1].append(line)
        else:
            runs.append([line])
    spans = ", ".join(str(run[0]) if len(run) == 1 else f"{run[0]}-{run[-1]}" for run in runs)
    return f"line{'s' if len(runs) > 1 or len(runs[0]) > 1 else ''} {spans}"


def _problem(where: str, finding: Finding) -> Problem:
    return Problem(
        where=where,
        expected=SecretValue.hide_in(finding.expected),
        next_step=SecretValue.hide_in(finding.next_step),
    )
