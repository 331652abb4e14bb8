"""CloudWatch Logs' filter patterns for JSON: comparisons, IS TRUE/FALSE/NULL, EXISTS, &&, ||, parentheses."""

import json
import re
from collections.abc import Callable, Mapping
from functools import cache
from typing import Any, Final

from rehearsal.aws.cloudwatch.points import NotEvaluatedError

_TOKEN: Final = re.compile(
    r'\s*("(?:[^"\\]|\\.)*"|&&|\|\||!=|>=|<=|[=<>(){}]|\$\.[\w.\[\]]+|[^\s()&|=<>!{}]+)'
)
ABSENT: Final = object()
_ORDER: Final[Mapping[str, Callable[[float, float], bool]]] = {
    "=": lambda a, b: a == b,
    "!=": lambda a, b: a != b,
    ">": lambda a, b: a > b,
    "<": lambda a, b: a < b,
    ">=": lambda a, b: a >= b,
    "<=": lambda a, b: a <= b,
}


def matching_document(pattern: str, message: str) -> Mapping[str, Any] | None:
    """The line as JSON when a pattern matches it, else None: also for what is no JSON object.

    Args:
        pattern: The pattern, in braces; an empty one matches everything.
        message: The line.

    Raises:
        NotEvaluatedError: The pattern uses what is not evaluated here.
    """
    test = compile_pattern(pattern)
    try:
        document = json.loads(message)
    except ValueError:
        return None
    return document if isinstance(document, dict) and test(document) else None


@cache
def compile_pattern(pattern: str) -> Callable[[Mapping[str, Any]], bool]:
    """A pattern as a test of documents.

    Args:
        pattern: The pattern, in braces.

    Raises:
        NotEvaluatedError: It uses what is not evaluated here.
    """
    tokens, at, text = [], 0, pattern.strip()
    while at < len(text):
        found = _TOKEN.match(text, at)
        if found is None:
            raise NotEvaluatedError(f"`{text[at:]}` is not evaluated here")
        tokens.append(found.group(1))
        at = found.end()
    if tokens[:1] != ["{"] or tokens[-1:] != ["}"]:
        raise NotEvaluatedError("only patterns for JSON, in braces, are evaluated here")
    parser = _Parser(tokens[1:-1])
    result = parser.either()
    if parser.rest:
        raise NotEvaluatedError(f"`{parser.rest[0]}` was not expected in `{pattern}`")
    return result


def value_at(document: Mapping[str, Any], selector: str) -> Any:
    """What a selector such as `$.a.b` finds; `ABSENT` when there is nothing."""
    found: Any = document
    for name in selector.removeprefix("$.").split("."):
        if not isinstance(found, dict) or name not in found:
            return ABSENT
        found = found[name]
    return found


Test = Callable[[Mapping[str, Any]], bool]


class _Parser:
    def __init__(self, tokens: list[str]) -> None:
        self.rest = tokens

    def either(self) -> Test:
        tests = [self._both()]
        while self.rest and self.rest[0] == "||":
            self.rest.pop(0)
            tests.append(self._both())
        return lambda document: any(test(document) for test in tests)

    def _both(self) -> Test:
        tests = [self._one()]
        while self.rest and self.rest[0] == "&&":
            self.rest.pop(0)
            tests.append(self._one())
        return lambda document: all(test(document) for test in tests)

    def _one(self) -> Test:
        token = self._next()
        if token == "(":
            inner = self.either()
            if self._next() != ")":
                raise NotEvaluatedError("`)` was expected")
            return inner
        if not token.startswith("$."):
            raise NotEvaluatedError(f"`{token}` is not evaluated here")
        operator = self._next()
        if operator == "IS":
            wanted = {"TRUE": True, "FALSE": False, "NULL": None}[self._next()]
            return lambda document: value_at(document, token) is wanted
        if operator in ("EXISTS", "NOT"):
            if operator == "NOT" and self._next() != "EXISTS":
                raise NotEvaluatedError("`EXISTS` was expected")
            return lambda document: (value_at(document, token) is ABSENT) == (operator == "NOT")
        if operator not in _ORDER:
            raise NotEvaluatedError(f"`{operator}` is not evaluated here")
        return _comparison(token, operator, self._next())

    def _next(self) -> str:
        if not self.rest:
            raise NotEvaluatedError("the pattern ends too early")
        return self.rest.pop(0)


def _comparison(selector: str, operator: str, literal: str) -> Test:
    number = None if literal.startswith('"') else _number(literal)
    if number is not None:
        return lambda document: _ordered(value_at(document, selector), operator, number)
    if operator not in ("=", "!="):
        raise NotEvaluatedError(f"texts are compared by = and != only, not by {operator}")
    text = re.compile(re.escape(literal.strip('"')).replace(r"\*", ".*"))

    def test(document: Mapping[str, Any]) -> bool:
        found = value_at(document, selector)
        return isinstance(found, str) and bool(text.fullmatch(found)) == (operator == "=")

    return test


def _ordered(found: Any, operator: str, number: float) -> bool:
    return not isinstance(found, bool) and isinstance(found, int | float) and _ORDER[operator](found, number)


def _number(literal: str) -> float | None:
    try:
        return float(literal)
    except ValueError:
        return None
