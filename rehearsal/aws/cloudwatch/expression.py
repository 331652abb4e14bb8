"""Metric math, as much of it as the stacks use: numbers, ids, + - * /, comparisons, IF and FILL.

A series is a value or None for each period. What is computed of a None is None.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from rehearsal.aws.cloudwatch.points import NotEvaluatedError

Series = list[float | None]

_TOKEN: Final = re.compile(r"\s*(?:(\d+(?:\.\d+)?)|([A-Za-z]\w*)|(>=|<=|==|!=|[-+*/()<>,]))")

OPERATORS: Final[Mapping[str, Callable[[float, float], float | None]]] = {
    "+": lambda a, b: a + b,
    "-": lambda a, b: a - b,
    "*": lambda a, b: a * b,
    "/": lambda a, b: a / b if b else None,
    ">=": lambda a, b: float(a >= b),
    "<=": lambda a, b: float(a <= b),
    ">": lambda a, b: float(a > b),
    "<": lambda a, b: float(a < b),
    "==": lambda a, b: float(a == b),
    "!=": lambda a, b: float(a != b),
}
LEVELS: Final = ((">=", "<=", ">", "<", "==", "!="), ("+", "-"), ("*", "/"))


def evaluate(
    text: str, series: Mapping[str, Series], *, periods: int, fills_empty_series: bool = True
) -> Series:
    """The series of an expression.

    Args:
        text: The expression.
        series: By id, oldest first, all of the same length.
        periods: That length.
        fills_empty_series: Whether FILL makes values of a metric without any datapoint. CloudWatch's
            documentation does not say; an alarm must be right in both cases.

    Raises:
        NotEvaluatedError: It uses what is not evaluated here.
    """
    parser = _Parser(_tokens(text), series, periods, fills_empty_series)
    result = parser.level(0)
    if parser.rest:
        raise NotEvaluatedError(f"`{parser.rest[0]}` was not expected in `{text}`")
    return result


def _tokens(text: str) -> list[str]:
    tokens, at = [], 0
    while text[at:].strip():
        found = _TOKEN.match(text, at)
        if found is None:
            raise NotEvaluatedError(f"`{text[at:]}` is not evaluated here")
        tokens.append(found.group().strip())
        at = found.end()
    return tokens


@dataclass
class _Parser:
    rest: list[str]
    series: Mapping[str, Series]
    periods: int
    fills_empty_series: bool
    functions: Mapping[str, Callable[..., Series]] = field(init=False)

    def __post_init__(self) -> None:
        self.functions = {"IF": self._if, "FILL": self._fill}

    def level(self, depth: int) -> Series:
        if depth == len(LEVELS):
            return self._operand()
        left = self.level(depth + 1)
        while self.rest and self.rest[0] in LEVELS[depth]:
            operator = OPERATORS[self.rest.pop(0)]
            left = _combined(operator, left, self.level(depth + 1))
        return left

    def _operand(self) -> Series:
        token = self.rest.pop(0) if self.rest else "the end"
        if token == "(":
            inner = self.level(0)
            self._take(")")
            return inner
        if token == "-":
            return _combined(OPERATORS["-"], self._constant(0), self._operand())
        if token[0].isdigit():
            return self._constant(float(token))
        if token in self.functions:
            return self.functions[token](*self._arguments())
        if token not in self.series:
            raise NotEvaluatedError(f"`{token}` is not evaluated here")
        return self.series[token]

    def _arguments(self) -> list[Series]:
        self._take("(")
        arguments = [self.level(0)]
        while self.rest and self.rest[0] == ",":
            self.rest.pop(0)
            arguments.append(self.level(0))
        self._take(")")
        return arguments

    def _take(self, expected: str) -> None:
        if not self.rest or self.rest.pop(0) != expected:
            raise NotEvaluatedError(f"`{expected}` was expected")

    def _constant(self, value: float) -> Series:
        return [value] * self.periods

    def _if(self, condition: Series, then: Series, otherwise: Series) -> Series:
        return [
            None if truth is None else (yes if truth else no)
            for truth, yes, no in zip(condition, then, otherwise, strict=True)
        ]

    def _fill(self, values: Series, filler: Series) -> Series:
        if not self.fills_empty_series and all(value is None for value in values):
            return values
        return [
            replacement if value is None else value for value, replacement in zip(values, filler, strict=True)
        ]


def _combined(
    operator: Callable[[float, float], float | None],
    left: Sequence[float | None],
    right: Sequence[float | None],
) -> Series:
    return [None if a is None or b is None else operator(a, b) for a, b in zip(left, right, strict=True)]
