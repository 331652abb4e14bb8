"""The rule of a composite alarm: ALARM(...), OK(...), INSUFFICIENT_DATA(...), AND, OR, NOT, TRUE, FALSE."""

import re
from collections.abc import Callable
from typing import Final

from rehearsal.aws.cloudwatch.points import NotEvaluatedError

_TOKEN: Final = re.compile(r'\s*(?:("[^"]*")|([()])|([^\s()"]+))')
_STATES: Final = ("ALARM", "OK", "INSUFFICIENT_DATA")


def is_true(rule: str, state_of: Callable[[str], str]) -> bool:
    """Whether a rule holds.

    Args:
        rule: The rule.
        state_of: State by the name of an alarm.

    Raises:
        NotEvaluatedError: It is no rule, or uses what is not evaluated here.
    """
    parser = _Parser(_tokens(rule), state_of)
    result = parser.either()
    if parser.rest:
        raise NotEvaluatedError(f"`{parser.rest[0]}` was not expected in `{rule}`")
    return result


def _tokens(rule: str) -> list[str]:
    return [found.group().strip() for found in _TOKEN.finditer(rule.strip())]


class _Parser:
    def __init__(self, tokens: list[str], state_of: Callable[[str], str]) -> None:
        self.rest = tokens
        self._state_of = state_of

    def either(self) -> bool:
        result = self._both()
        while self.rest and self.rest[0] == "OR":
            self.rest.pop(0)
            result = self._both() or result
        return result

    def _both(self) -> bool:
        result = self._one()
        while self.rest and self.rest[0] == "AND":
            self.rest.pop(0)
            result = self._one() and result
        return result

    def _one(self) -> bool:
        token = self._next()
        if token == "NOT":
            return not self._one()
        if token == "(":
            result = self.either()
            self._take(")")
            return result
        if token in ("TRUE", "FALSE"):
            return token == "TRUE"
        if token not in _STATES:
            raise NotEvaluatedError(f"`{token}` is not evaluated here")
        self._take("(")
        name = self._next().strip('"')
        self._take(")")
        return self._state_of(name) == token

    def _next(self) -> str:
        if not self.rest:
            raise NotEvaluatedError("the rule ends too early")
        return self.rest.pop(0)

    def _take(self, expected: str) -> None:
        if self._next() != expected:
            raise NotEvaluatedError(f"`{expected}` was expected")
