"""The page docs/settings.md, written from the models by `python -m clerk_deploy.settings.document`."""

import sys
from collections.abc import Iterator
from datetime import date
from enum import Enum
from types import NoneType, UnionType
from typing import Annotated, Any, Literal, Union, get_args, get_origin

from pydantic import BaseModel
from pydantic.fields import FieldInfo
from pydantic_core import PydanticUndefined

from clerk_deploy.settings.models import Settings
from clerk_deploy.settings.words import fields, models_in

INTRODUCTION = """# Settings

Written from the models by `python -m clerk_deploy.settings.document > docs/settings.md`; do not edit.

All settings stand in `cdk.json` under `context`. A mistake is named by its path, such as
`environments.production.variables[0].name`, and nothing is deployed.
"""

HEADER = "| Setting | Takes | Default | What |\n|---|---|---|---|"

Row = tuple[str, str, str, str]


def document() -> str:
    """The page."""
    parts = [INTRODUCTION]
    for title, summary, rows in _sections(Settings, ""):
        table = "\n".join(f"| `{name}` | {kind} | {default} | {text} |" for name, kind, default, text in rows)
        parts.append(
            f"## {title}\n\n{summary}\n\n| Setting | Takes | Default | What |\n|---|---|---|---|\n{table}\n"
        )
    return "\n".join(parts)


def _sections(model: type[BaseModel], path: str) -> Iterator[tuple[str, str, list[Row]]]:
    rows: list[Row] = []
    inner = []
    for name, field in fields(model):
        rows.append((name, _takes(field), _default(field), field.description or ""))
        steps: dict[Any, str] = {dict: ".NAME", tuple: "[]"}
        inner += [
            (child, f"{path}.{name}".lstrip(".") + steps.get(get_origin(field.annotation), ""))
            for child in models_in(field.annotation)
        ]
    yield f"`{path}`" if path else "`context`", (model.__doc__ or "").strip().splitlines()[0], rows
    for child, child_path in inner:
        yield from _sections(child, child_path)


def _takes(field: FieldInfo) -> str:
    limits = {
        name: value
        for item in field.metadata
        for name in ("ge", "le")
        if (value := getattr(item, name, None)) is not None
    }
    words = _words(field.annotation)
    return f"{words}, {limits['ge']} to {limits['le']}" if len(limits) == 2 else words


def _words(annotation: Any) -> str:
    origin, arguments = get_origin(annotation), get_args(annotation)
    if origin is Annotated:
        return _words(arguments[0])
    if origin in (Union, UnionType):
        return " or ".join(_words(argument) for argument in arguments if argument is not NoneType)
    if origin is Literal:
        return ", ".join(f"`{argument}`" for argument in arguments)
    if origin is tuple:
        return f"list of {_words(arguments[0])}s"
    if origin is dict:
        return f"object: name to {_words(arguments[1])}"
    if issubclass(annotation, BaseModel):
        return "object"
    if issubclass(annotation, Enum):
        return ", ".join(f"`{member.value}`" for member in annotation)
    return {str: "text", bool: "`true`, `false`", int: "number", date: "day"}[annotation]


def _default(field: FieldInfo) -> str:
    value = field.default
    if value is PydanticUndefined:
        return "required"
    if isinstance(value, BaseModel):
        return "see below"
    if value is None or value in ("", (), {}):
        return "none"
    if isinstance(value, bool):
        return f"`{str(value).lower()}`"
    return f"`{value.value if isinstance(value, Enum) else value}`"


if __name__ == "__main__":
    sys.stdout.write(document())
