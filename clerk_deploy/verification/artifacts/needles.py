"""Known secret values in every form in which a build may have written them."""

import json
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Final
from urllib.parse import quote

from clerk_deploy.secret_value import SecretValue
from clerk_deploy.verification.shapes import encoded_cores

SHORTEST: Final = 8
"""Shorter values are not searched for: they stand in any text by chance."""


@dataclass(frozen=True, kw_only=True)
class Needle:
    """One form of one value.

    Args:
        name: What the value is called.
        encoding: The form.
        form: The bytes to look for.
    """

    name: str
    encoding: str
    form: bytes = field(repr=False)


def needles(values: Iterable[tuple[str, SecretValue]]) -> tuple[Needle, ...]:
    """All forms of all values.

    Args:
        values: Name and value of each secret. Values under eight characters are left out.
    """
    found: dict[bytes, Needle] = {}
    for name, value in values:
        text = value.reveal().strip()
        if len(text) < SHORTEST:
            continue
        for encoding, form in _forms(text):
            found.setdefault(form, Needle(name=name, encoding=encoding, form=form))
    return tuple(found.values())


def _forms(text: str) -> Iterable[tuple[str, bytes]]:
    raw = text.encode()
    yield "plain", raw
    escaped = json.dumps(text)[1:-1]
    for form in (
        escaped,
        escaped.replace("/", "\\/"),
        json.dumps(escaped)[1:-1],
        json.dumps(text, ensure_ascii=False)[1:-1],
    ):
        yield "JSON-escaped", form.encode()
    for safe in ("", "/"):
        form = quote(text, safe=safe)
        yield "URL-escaped", form.encode()
        yield "URL-escaped", _lower_escapes(form).encode()
        yield "URL-escaped", form.replace("%20", "+").encode()
    yield "hexadecimal", raw.hex().encode()
    yield "hexadecimal", raw.hex().upper().encode()
    yield "UTF-16", text.encode("utf-16-le")
    for core in encoded_cores(raw):
        yield "base64", core
        yield "base64", core.replace(b"+", b"-").replace(b"/", b"_")


def _lower_escapes(text: str) -> str:
    """`%2F` as `%2f`: both spellings are right."""
    head, *rest = text.split("%")
    return "%".join([head, *(part[:2].lower() + part[2:] for part in rest)])
