"""Running one step of an operation, as the state machine asks for it."""

import json
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any, Final

from botocore.exceptions import BotoCoreError, ClientError

from clerk_deploy.errors import DeployError, UnreachableError, UnusableInputError
from clerk_deploy.release.engine import Done, Engine
from clerk_deploy.release.errors import TransientError
from clerk_deploy.release.ledger.records import RELEASE, ROLLBACK, Operation, Request
from clerk_deploy.release.notify import story
from clerk_deploy.release.steps import bake, begin, build, finish, plan, prepare, switch, verify
from clerk_deploy.release.watch import look_again

FORWARD: Final[Mapping[str, Callable[[Engine, Operation], Done]]] = {
    "Begin": begin.begin,
    "Prepare": prepare.prepare,
    "Plan": plan.plan,
    "StartBuild": build.start_build,
    "LookAtBuild": build.look_at_build,
    "Verify": verify.verify,
    "Share": switch.share,
    "BakeCanary": bake.bake,
    "Switch": switch.switch,
    "Confirm": switch.confirm,
    "Bake": bake.bake,
    "Promote": finish.promote,
}
ENDING: Final[Mapping[str, Callable[[Engine, Operation], Done]]] = {
    "ConfirmRestored": finish.confirm_restored,
    "Unlock": finish.unlock,
    "Notify": finish.notify,
}
THROTTLED: Final = frozenset(
    {
        "LimitExceededException",
        "ProvisionedThroughputExceededException",
        "RequestLimitExceeded",
        "Throttling",
        "ThrottlingException",
        "TooManyRequestsException",
        "TransactionConflictException",
        "TransactionInProgressException",
    }
)

BROKEN: Final = frozenset({"InternalFailure", "InternalServerError", "ServiceUnavailable"})


def run_step(engine: Engine, event: Mapping[str, Any]) -> dict[str, Any]:
    """Run a step and write down what it did.

    Args:
        engine: What the steps work with.
        event: `step`, `execution`, `request`; `error` with `Error` and `Cause` at the end of a failure.

    Raises:
        TransientError: A service throttled or failed; the state machine asks again.
        DeployError: The operation cannot go on.
    """
    try:
        return _run(engine, event)
    except ClientError as error:
        raise _translated(error) from None
    except (BotoCoreError, UnreachableError) as error:
        raise TransientError(str(error)) from None


def _translated(error: ClientError) -> Exception:
    code = str(error.response.get("Error", {}).get("Code", "unknown"))
    status = int(error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0))
    text = f"AWS answered {error.operation_name} with {code}"
    if (
        code in THROTTLED
        or status >= 500
        or code in ("InternalServerError", "InternalFailure", "ServiceUnavailable")
    ):
        return TransientError(f"{text}, also after waiting.")
    return UnusableInputError(f"{text}.", next_step="see the role of the release steps, and CloudTrail")


def _run(engine: Engine, event: Mapping[str, Any]) -> dict[str, Any]:
    name, execution = event["step"], event["execution"]
    started = engine.clock()
    if name == "Begin":
        operation = begin.open_operation(engine, read_request(event["request"]), execution=execution)
    else:
        found = _known(engine, event)
        if found is None:
            return _without_operation(engine, event)
        operation = found
    if name == "LookAgain":
        return {"note": look_again(engine)}
    if name == "Stuck":
        return _stuck(engine, operation)
    try:
        done = _step(engine, operation, event)
    except DeployError as error:
        failed = operation.with_step(name, started=started, now=engine.clock(), note=error.message)
        engine.ledger.save(failed)
        raise
    engine.ledger.save(done.operation.with_step(name, started=started, now=engine.clock(), note=done.note))
    return done.answer


def _step(engine: Engine, operation: Operation, event: Mapping[str, Any]) -> Done:
    name = event["step"]
    if name in FORWARD:
        return FORWARD[name](engine, operation)
    if name in ENDING:
        return ENDING[name](engine, operation)
    error, reason, next_step = read_error(event["error"])
    if name == "Restore":
        return finish.restore(engine, operation, reason=reason)
    if name == "Record":
        return finish.record(engine, operation, error=error, reason=reason, next_step=next_step)
    raise UnusableInputError(f"There is no step {name}.", next_step="deploy the Delivery stack again")


def _known(engine: Engine, event: Mapping[str, Any]) -> Operation | None:
    try:
        return engine.ledger.of_execution(event["execution"])
    except (ClientError, BotoCoreError):
        if event["step"] != "Stuck":
            raise
        return None  # people are told even while nobody reaches the ledger


def _stuck(engine: Engine, operation: Operation) -> dict[str, Any]:
    engine.notifier.tell(
        subject=f"traffic is not back from {operation.target.release} yet",
        body=f"{story(operation)}\nIt is tried again every few minutes.\nnext: clerk-deploy status",
    )
    return {}


def _without_operation(engine: Engine, event: Mapping[str, Any]) -> dict[str, Any]:
    """The end of what never began: nothing is to be undone, but somebody is to be told."""
    if event["step"] in ("Notify", "Stuck"):
        error, reason, next_step = read_error(event["error"])
        asked = json.dumps(event["request"])
        engine.notifier.tell(
            subject="an operation could not begin, or not end",
            body=f"{event['execution']}\n{asked}\n{error}: {reason}\nnext: {next_step}",
        )
    if event["step"] == "Record":
        error, reason, next_step = read_error(event["error"])
        return {"Error": error, "Cause": f"{reason} next: {next_step}"}
    return {"restored": False, "confirmed": True}


def read_request(values: Mapping[str, Any]) -> Request:
    """What an execution was started with.

    Raises:
        UnusableInputError: It is no request.
    """
    request = Request.read(values)
    texts = (request.commit, request.to, request.who, request.how, request.reason)
    flags = (request.despite_alarm, request.skip_bake, request.pardon, request.fallback)
    fits = all(isinstance(text, str) for text in texts) and all(isinstance(flag, bool) for flag in flags)
    if request.kind not in (RELEASE, ROLLBACK) or not fits:
        raise UnusableInputError(
            "The input is no request for a release or rollback.",
            next_step='start it with {"kind": "release", "commit": "..."} or {"kind": "rollback"}',
        )
    return replace(request, commit=request.commit.strip(), to=request.to.strip())


def read_error(error: Mapping[str, Any]) -> tuple[str, str, str]:
    """Name, message and next step of what Step Functions caught."""
    name, cause = str(error.get("Error", "Unknown")), str(error.get("Cause", ""))
    try:
        message = str(json.loads(cause)["errorMessage"])
    except (ValueError, KeyError, TypeError):
        message = cause or name
    reason, _, next_step = message.partition("\n  next: ")
    return name, reason, next_step or "clerk-deploy history shows what was done; then ask again"
