"""The edge's function under Node, behind a shim that refuses what CloudFront refuses."""

import json
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from stacks.edge.router import CODE

NODE = str(Path(sys.executable).with_name("node"))
HERE = Path(__file__).parent

Invoke = Callable[..., dict[str, Any]]


@pytest.fixture(scope="session")
def node() -> str:
    return NODE


@pytest.fixture(scope="session")
def invoke() -> Iterator[Invoke]:
    """Runs function code once: `invoke(value=..., uri=..., code=...)`; what comes back says how it ended."""
    shim = str(HERE / "cloudfront.mjs")
    with subprocess.Popen([NODE, shim], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdin
        assert process.stdout

        def once(
            *,
            value: str | None,
            uri: str = "/",
            method: str = "GET",
            headers: dict[str, str] | None = None,
            ip: str = "203.0.113.7",
            code: str | None = None,
        ) -> dict[str, Any]:
            given = {"host": "yourapp.com", **(headers or {})}
            request = {
                "method": method,
                "uri": uri,
                "headers": {name: {"value": header} for name, header in given.items()},
            }
            line = {
                "code": CODE.read_text(encoding="utf-8") if code is None else code,
                "value": value,
                "request": request,
                "ip": ip,
            }
            process.stdin.write(json.dumps(line) + "\n")
            process.stdin.flush()
            return json.loads(process.stdout.readline())

        yield once
        process.stdin.close()
