"""Runs a synthesised state machine in milliseconds: Amazon States Language with JSONPath.

Waits and retries let an injected clock pass. Whatever a definition uses beyond what is known here is refused,
so that no test proves something about a machine that was not understood.
"""

import copy
import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

Task = Callable[[str, Any], Any]
"""What a Task state calls: the state's name and its payload."""


class TaskError(Exception):
    """A task's failure as Step Functions sees it."""

    def __init__(self, name: str, cause: str) -> None:
        super().__init__(f"{name}: {cause}")
        self.name = name
        self.cause = cause


class StoppedError(BaseException):
    """The execution was stopped from outside: no catch runs."""


@dataclass
class Result:
    """How an execution ended."""

    status: str
    output: Any = None
    error: str = ""
    cause: str = ""
    path: list[str] = field(default_factory=list)


@dataclass(kw_only=True)
class Machine:
    """One definition.

    Args:
        definition: The parsed definition.
        task: Runs a Task state's payload; raises TaskError.
        sleep: Lets time pass.
        clock: Seconds.
        entered: Told of each state's name before it runs.
    """

    definition: Mapping[str, Any]
    task: Task
    sleep: Callable[[float], None]
    clock: Callable[[], float]
    entered: Callable[[str], None] = lambda _name: None

    def run(self, data: Any, *, execution: str) -> Result:
        """Run from the first state to an end.

        Args:
            data: The execution's input.
            execution: ARN of the execution.
        """
        context = {"Execution": {"Id": execution, "Name": execution.rsplit(":", 1)[-1], "Input": data}}
        result = Result(status="RUNNING")
        began, limit = self.clock(), self.definition.get("TimeoutSeconds")
        name: str | None = self.definition["StartAt"]
        while name:
            if limit and self.clock() - began > limit:
                result.status = "TIMED_OUT"
                return result
            state = self.definition["States"][name]
            result.path.append(name)
            try:
                self.entered(name)
                name, data = self._run_state(name, state, data, context, result)
            except StoppedError:
                result.status = "ABORTED"
                return result
            except TaskError as error:
                caught = _handler(state.get("Catch", ()), error)
                if caught is None:
                    result.status, result.error, result.cause = "FAILED", error.name, error.cause
                    return result
                found = {"Error": error.name, "Cause": error.cause}
                data = _put(data, caught.get("ResultPath", "$"), found)
                name = caught["Next"]
        result.output = data
        return result

    def _run_state(
        self, name: str, state: Mapping[str, Any], data: Any, context: Any, result: Result
    ) -> tuple[str | None, Any]:
        kind = state["Type"]
        if kind == "Pass":
            made = _fill(state["Parameters"], data, context) if "Parameters" in state else data
            data = _put(data, state.get("ResultPath", "$"), made)
        elif kind == "Wait":
            self.sleep(float(state["Seconds"]))
        elif kind == "Choice":
            return _choose(state, data), data
        elif kind == "Task":
            made = self._attempt(name, state, data, context)
            data = _put(data, state.get("ResultPath", "$"), made)
        elif kind in ("Succeed", "Fail"):
            result.status = "SUCCEEDED" if kind == "Succeed" else "FAILED"
            if kind == "Fail":
                result.error = _text(state, "Error", data)
                result.cause = _text(state, "Cause", data)
            return None, data
        else:
            raise NotImplementedError(kind)
        return (None if state.get("End") else state["Next"]), data

    def _attempt(self, name: str, state: Mapping[str, Any], data: Any, context: Any) -> Any:
        payload = _fill(state["Parameters"], data, context)
        used = [0] * len(state.get("Retry", ()))
        while True:
            try:
                # what crosses the border is JSON
                return json.loads(json.dumps(self.task(name, copy.deepcopy(payload))))
            except TaskError as error:
                index = _matching(state.get("Retry", ()), error)
                if index is None or used[index] >= state["Retry"][index].get("MaxAttempts", 3):
                    raise
                retry = state["Retry"][index]
                pause = retry.get("IntervalSeconds", 1) * retry.get("BackoffRate", 2.0) ** used[index]
                used[index] += 1
                self.sleep(min(pause, retry.get("MaxDelaySeconds", pause)))


def _matching(handlers: Any, error: TaskError) -> int | None:
    for index, handler in enumerate(handlers):
        names = handler["ErrorEquals"]
        if error.name in names or "States.ALL" in names or "States.TaskFailed" in names:
            return index
    return None


def _handler(handlers: Any, error: TaskError) -> Any:
    index = _matching(handlers, error)
    return None if index is None else handlers[index]


def _text(state: Mapping[str, Any], key: str, data: Any) -> str:
    return str(_get(state[f"{key}Path"], data, {})) if f"{key}Path" in state else str(state.get(key, ""))


def _choose(state: Mapping[str, Any], data: Any) -> str:
    for rule in state["Choices"]:
        value = _get(rule["Variable"], data, {})
        (operator,) = set(rule) - {"Variable", "Next"}
        if operator not in ("BooleanEquals", "StringEquals"):
            raise NotImplementedError(operator)
        if type(value) is type(rule[operator]) and value == rule[operator]:
            return str(rule["Next"])
    return str(state["Default"])


def _fill(template: Any, data: Any, context: Any) -> Any:
    if isinstance(template, dict):
        return {
            key.removesuffix(".$"): _get(value, data, context)
            if key.endswith(".$")
            else _fill(value, data, context)
            for key, value in template.items()
        }
    return [_fill(item, data, context) for item in template] if isinstance(template, list) else template


def _get(path: str, data: Any, context: Any) -> Any:
    if not re.fullmatch(r"\$\$?(\.\w+)*", path):
        raise NotImplementedError(path)
    found = context if path.startswith("$$") else data
    for part in path.lstrip("$").split(".")[1:]:
        if part not in found:
            raise TaskError("States.Runtime", f"{path} finds nothing")
        found = found[part]
    return found


def _put(data: Any, path: str | None, value: Any) -> Any:
    if path is None:
        return data
    if path == "$":
        return value
    made = copy.deepcopy(data)
    parts = path.lstrip("$").split(".")[1:]
    inner = made
    for part in parts[:-1]:
        inner = inner.setdefault(part, {})
    inner[parts[-1]] = value
    return made
