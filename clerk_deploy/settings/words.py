"""Pydantic's errors in words that a person understands."""

import difflib
from collections.abc import Iterator, Mapping
from types import UnionType
from typing import Annotated, Any, Union, get_args, get_origin

from pydantic import BaseModel

from clerk_deploy.errors import Problem
from clerk_deploy.settings.model import MISFIT

USUAL_STEP = "docs/settings.md says what it takes"

_EXPECTED: Mapping[str, str] = {
    "string_type": "it must be a text in quotes",
    "bool_type": "it must be true or false, without quotes",
    "bool_parsing": "it must be true or false, without quotes",
    "int_type": "it must be a whole number, without quotes",
    "int_parsing": "it must be a whole number, without quotes",
    "int_from_float": "it must be a whole number",
    "tuple_type": "it must be a list in [ ]",
    "dict_type": "it must be an object in { }",
    "model_type": "it must be an object in { }",
    "model_attributes_type": "it must be an object in { }",
    "none_required": "it must be left out",
}


def problem(detail: Mapping[str, Any], *, model: type[BaseModel]) -> Problem:
    """One mistake in words.

    Args:
        detail: An item of pydantic's `errors()`.
        model: The model that was validated.
    """
    location = tuple(part for part in detail["loc"] if part != "[key]")
    context = detail.get("ctx", {})
    if detail["type"] == MISFIT:
        return Problem(
            where=_joined(path(location), context["at"]),
            expected=context["expected"],
            next_step=context["next_step"] or USUAL_STEP,
        )
    if detail["type"] == "extra_forbidden":
        return _unknown_key(location, model)
    return Problem(
        where=path(location) or "context", expected=_expected(detail, location, model), next_step=USUAL_STEP
    )


def path(location: tuple[str | int, ...]) -> str:
    """A location as a person writes it, such as `environments.production.variables[0].name`."""
    text = ""
    for part in location:
        text = _joined(text, f"[{part}]" if isinstance(part, int) else part)
    return text


def fields(model: type[BaseModel]) -> Iterator[tuple[str, Any]]:
    """JSON name and pydantic's description of each field."""
    for name, field in model.model_fields.items():
        yield field.alias or name, field


def models_in(annotation: Any) -> Iterator[type[BaseModel]]:
    """The models that a field's type holds: itself, or items and values of its container."""
    origin = get_origin(annotation)
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
    elif origin in (Union, UnionType, Annotated, tuple, dict):
        for argument in get_args(annotation):
            yield from models_in(argument)


def _joined(front: str, back: str) -> str:
    return f"{front}.{back}" if front and back and not back.startswith("[") else front + back


def _unknown_key(location: tuple[str | int, ...], model: type[BaseModel]) -> Problem:
    owner = _model_at(location[:-1], model)
    known = [name for name, _ in fields(owner)]
    key = str(location[-1])
    meant = _near(key, known)
    return Problem(
        where=path(location),
        expected=f"there is no such setting{f', but there is `{meant}`' if meant else ''}",
        next_step=f"rename it to `{meant}`" if meant else f"remove it; here go {', '.join(known)}",
    )


def _expected(detail: Mapping[str, Any], location: tuple[str | int, ...], model: type[BaseModel]) -> str:
    kind, context = detail["type"], detail.get("ctx", {})
    if kind == "missing":
        description = dict(fields(_model_at(location[:-1], model)))[str(location[-1])].description
        return f"it is missing: {description.rstrip('.')}"
    if kind in ("enum", "literal_error"):
        return f"it must be one of {context['expected'].replace(' or ', ', ')}".replace("'", "`")
    if kind in ("too_short", "string_too_short"):
        return "it must not be empty"
    if kind == "greater_than_equal":
        return f"it must be at least {context['ge']}"
    if kind == "less_than_equal":
        return f"it must be at most {context['le']}"
    return _EXPECTED.get(kind) or str(detail["msg"])


def _model_at(location: tuple[str | int, ...], model: type[BaseModel]) -> type[BaseModel]:
    """The model that a location leads to; keys of objects and indexes of lists stay at the same model."""
    for part in location:
        field = dict(fields(model)).get(str(part))
        if field is not None:
            model = next(models_in(field.annotation), model)
    return model


def _near(key: str, known: list[str]) -> str | None:
    folded = {name.replace("_", "").lower(): name for name in known}
    found = difflib.get_close_matches(key.replace("_", "").replace("-", "").lower(), folded, n=1, cutoff=0.7)
    return folded[found[0]] if found else None
