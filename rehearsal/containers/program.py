"""The Pulumi program's resources as data, without Pulumi's engine: what would be asked of the provider."""

import asyncio
import base64
import json
import runpy
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pulumi
from google.protobuf import json_format
from pulumi.runtime.mocks import MockCallArgs, MockMonitor, MockResourceArgs, Mocks

PROGRAM = Path(__file__).resolve().parents[2] / "pulumi"

# How Pulumi marks a secret on its wire (sdk/proto, "Property signatures").
_SIGNATURE = "4dabf18193072939515e22adb298388d"
_SECRET = "1b47061264138c4ac30d75fd1eb44270"


@dataclass(frozen=True, kw_only=True)
class Resource:
    """A resource that the program declared.

    Args:
        type: Pulumi's type token.
        name: Its name in the program.
        inputs: Its arguments, secrets in the clear.
        secrets: Paths of the arguments that are marked as secret.
    """

    type: str
    name: str
    inputs: Mapping[str, Any] = field(repr=False)
    secrets: frozenset[str]


class _Answers(Mocks):
    def new_resource(self, args: MockResourceArgs) -> tuple[str | None, dict[str, Any]]:
        outputs = dict(args.inputs)
        if args.typ == "docker:index/image:Image":
            outputs["repoDigest"] = f"sha256:{'0' * 64}"
        if args.typ == "docker:index/remoteImage:RemoteImage":
            # Where a tag leads, only an engine knows.
            outputs |= {"repoDigest": args.inputs["name"], "imageId": f"sha256:{'0' * 64}"}
        outputs.setdefault("name", args.name)
        return f"{args.name}-id", outputs

    def call(self, args: MockCallArgs) -> dict[str, Any]:  # noqa: ARG002 Pulumi's signature
        return {}


class _Recorder(MockMonitor):
    def __init__(self, mocks: Mocks) -> None:
        super().__init__(mocks)
        self.declared: list[Resource] = []

    def RegisterResource(self, request: Any) -> Any:  # noqa: N802 gRPC's name
        sent = json_format.MessageToDict(request.object)
        secrets: set[str] = set()
        inputs = _plain(sent, "", secrets)
        self.declared.append(
            Resource(type=request.type, name=request.name, inputs=inputs, secrets=frozenset(secrets))
        )
        return super().RegisterResource(request)


def declared(
    config: Mapping[str, Any],
    *,
    stack: str,
    secrets: Mapping[str, str],
    program: Path = PROGRAM,
    project: str = "clerk-deploy",
    provider: str = "docker",
) -> list[Resource]:
    """Run a program and give what it declared, components left out.

    Args:
        config: The stack's configuration without the project's name.
        stack: The stack's name.
        secrets: The stack's secrets by name.
        program: The program's folder.
        project: The project's name, which begins its configuration's keys.
        provider: Whose resources are given.
    """
    # Pulumi asks for this thread's loop, which an asyncio.run before may have taken away.
    asyncio.set_event_loop(asyncio.new_event_loop())
    recorder = _Recorder(_Answers())
    values = {f"{project}:{name}": _text(value) for name, value in {**config, **secrets}.items()}
    pulumi.runtime.set_mocks(_Answers(), project=project, stack=stack, preview=False, monitor=recorder)
    pulumi.runtime.set_all_config(values, [f"{project}:{name}" for name in secrets])

    @pulumi.runtime.test
    def run() -> None:
        with _importable(program):
            runpy.run_path(str(program / "__main__.py"), run_name="__main__")

    run()
    return [resource for resource in recorder.declared if resource.type.startswith(f"{provider}:")]


def secret_text(resource: Resource) -> str:
    """The content of a Docker secret or config."""
    return base64.b64decode(resource.inputs["data"]).decode()


def _text(value: Any) -> str:
    """As Pulumi hands a value to a program: objects as JSON."""
    return value if isinstance(value, str) else json.dumps(value)


@contextmanager
def _importable(folder: Path) -> Iterator[None]:
    sys.path.insert(0, str(folder))
    try:
        yield
    finally:
        sys.path.remove(str(folder))


def _plain(value: Any, path: str, secrets: set[str]) -> Any:
    if isinstance(value, dict):
        if value.get(_SIGNATURE) == _SECRET:
            secrets.add(path)
            return _plain(value["value"], path, secrets)
        return {key: _plain(item, f"{path}.{key}".lstrip("."), secrets) for key, item in value.items()}
    if isinstance(value, list):
        return [_plain(item, f"{path}[{index}]", secrets) for index, item in enumerate(value)]
    # Numbers come as floats from protobuf's JSON.
    return int(value) if isinstance(value, float) and value.is_integer() else value
