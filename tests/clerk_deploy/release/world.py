"""The synthesised machine, the real steps and a cloud in memory, run together."""

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from clerk_deploy.release.alarms import Alarms
from clerk_deploy.release.amplify_host import AmplifyHost, Tokens
from clerk_deploy.release.edge_store import EdgeStore
from clerk_deploy.release.engine import Engine
from clerk_deploy.release.errors import VerificationFailedError
from clerk_deploy.release.executions import Pipeline, StateMachine
from clerk_deploy.release.github import Repository
from clerk_deploy.release.ledger.ledger import Ledger
from clerk_deploy.release.ledger.records import Operation, Placement
from clerk_deploy.release.ledger.table import Table
from clerk_deploy.release.notify import Notifier
from clerk_deploy.release.rules import Rules
from clerk_deploy.release.run import run_step
from clerk_deploy.release.slots import Slots
from clerk_deploy.release.verifier import SiteVerifier
from clerk_deploy.release.watch import on_alarm, sweep
from tests.clerk_deploy.release.cloud import APP, MACHINE, Cloud, Fault, Faulty, LambdaDied
from tests.clerk_deploy.release.fakes import STORE
from tests.support.asl import Machine, Result, StoppedError, TaskError
from tests.support.dynamodb import InProcessDynamoDb

ONE, TWO, THREE, FOUR = (letter * 40 for letter in "abcd")
RULES = Rules(bake_minutes=2, canary_minutes=1, verifications=2, confirm_answers=3)


@dataclass
class World:
    """An environment with a client that asks the site all the time."""

    definition: dict[str, Any]
    rules: Rules = RULES
    cloud: Cloud = field(default_factory=Cloud)
    faults: list[Fault] = field(default_factory=list)
    calls: list[str] = field(default_factory=list)
    hooks: dict[str, list[Callable[[], None]]] = field(default_factory=dict)
    dies: dict[str, list[str]] = field(default_factory=dict)
    """By state: `before` or `after` its effect, once each."""
    failing_checks: set[str] = field(default_factory=set)
    """Commits that the whole verification refuses."""
    failed_requests: list[str] = field(default_factory=list)
    transitions: int = 0

    def __post_init__(self) -> None:
        self.cloud.commits |= {ONE, TWO, THREE, FOUR}
        self.cloud.branches.setdefault("main", ONE)
        self.dynamodb = InProcessDynamoDb()
        self.engine = self._engine()
        self._count = 0

    def _client(self, name: str, real: Any = None) -> Any:
        return Faulty(real or self.cloud, name, self.faults, self.calls)

    def _engine(self) -> Engine:
        cloud, names = self.cloud, self.cloud.names
        host = AmplifyHost(
            slots=Slots(client=self._client("amplify"), app_id=APP, names=names),
            store=EdgeStore(client=self._client("store", cloud.store), arn=STORE),
            repository=Repository(http=cloud, owner="your-org", name="yourapp", token="example"),
            http=cloud,
            site="https://yourapp.com",
            other_sites=("https://www.yourapp.com",),
            tokens=Tokens(origin=("o" * 32,), release=("r" * 32,), verification=("v" * 32,)),
            clock=lambda: cloud.now,
            sleep=self.sleep,
            parameters=self._client("ssm"),
            revision_parameter=names.revision_parameter,
            wall_clock=lambda: cloud.now,
        )
        table = Table(client=self._client("dynamodb", self.dynamodb), name=self.dynamodb.table)
        return Engine(
            names=names,
            host=host,
            ledger=Ledger(table=table, lock_seconds=7200),
            alarms=Alarms(client=self._client("cloudwatch"), names=names),
            verifier=SiteVerifier(host=host, whole=Checks(self)),
            notifier=Notifier(client=self._client("sns"), topic="arn:topic", names=names),
            executions=StateMachine(client=self._client("states"), arn=MACHINE),
            pipeline=Pipeline(client=self._client("pipeline"), name="yourapp-production-release"),
            rules=self.rules,
            clock=lambda: cloud.now,
            sleep=self.sleep,
        )

    def sleep(self, seconds: float) -> None:
        self.cloud.now += seconds

    # asking for operations
    def release(self, commit: str = "", **flags: Any) -> Result:
        return self.run({"kind": "release", "commit": commit, "who": "ada", "how": "cli", **flags})

    def rollback(self, to: str = "", **flags: Any) -> Result:
        return self.run({"kind": "rollback", "to": to, "who": "ada", "how": "cli", **flags})

    def run(self, request: dict[str, Any], *, execution: str = "") -> Result:
        self._count += 1
        arn = execution or f"{MACHINE.replace(':stateMachine:', ':execution:')}:run-{self._count}"
        self.cloud.executions[arn] = "RUNNING"
        machine = Machine(
            definition=self.definition,
            task=self._task,
            sleep=self.sleep,
            clock=lambda: self.cloud.now,
            entered=self._entered,
        )
        result = machine.run(request, execution=arn)
        self.cloud.executions[arn] = result.status
        self.transitions = len(result.path)
        return result

    def run_started(self) -> list[Result]:
        """Run the executions that were started by the engine itself."""
        started, self.cloud.started = self.cloud.started, []
        return [self.run(request, execution=arn) for arn, request in started]

    def alarm(self, slot: str) -> str:
        """The alarm of a slot fires and SNS delivers it."""
        self.cloud.alarms[slot] = "ALARM"
        return on_alarm(self.engine, alarm=self.cloud.names.release_alarm(slot), state="ALARM")

    def sweep(self) -> list[str]:
        return sweep(self.engine)

    def at(self, state: str, action: Callable[[], Any]) -> None:
        """Do something right before a state."""
        self.hooks.setdefault(state, []).append(action)

    def fault(self, call: str, error: Any, **how: Any) -> None:
        self.faults.append(Fault(call=call, error=error, **how))

    def _entered(self, state: str) -> None:
        self._visit()
        actions = self.hooks.get(state, [])
        if actions:
            actions.pop(0)()

    def _task(self, state: str, payload: Any) -> Any:
        self.cloud.now += 0.2
        if "before" in self.dies.get(state, []):
            self.dies[state].remove("before")
            raise TaskError("Lambda.Unknown", "the process is gone")
        try:
            answer = run_step(self.engine, payload)
        except LambdaDied:
            raise TaskError("Runtime.ExitError", "the process is gone") from None
        except Exception as error:
            cause = json.dumps({"errorMessage": str(error), "errorType": type(error).__name__})
            raise TaskError(type(error).__name__, cause) from None
        if "after" in self.dies.get(state, []):
            self.dies[state].remove("after")
            raise TaskError("Runtime.ExitError", "the process is gone")
        self._visit()
        return answer

    def _visit(self) -> None:
        """A client's request: it must be answered, by a release that is good, whatever goes on."""
        live = self.cloud.edge().live
        if not live:
            return
        answer = self.cloud.request("GET", "https://yourapp.com/api/health", headers={})
        if answer.status != 200:
            self.failed_requests.append(live)

    # looking at the end
    @property
    def newest(self) -> Operation:
        return self.engine.ledger.operations(limit=1)[0]

    @property
    def live_commit(self) -> str:
        live = self.cloud.edge().live
        return self.cloud.served[live].commit if live else ""

    def assert_well(self, *, live: str, outcome: str, operation: int = 0) -> Operation:
        """What must hold after everything that can go wrong."""
        assert self.live_commit == live
        assert self.cloud.edge().candidate == ""
        assert self.engine.ledger.lock.look().holder == ""
        ended = self.engine.ledger.operation(operation) if operation else self.newest
        assert ended is not None
        assert ended.outcome == outcome, (ended.outcome, ended.reason)
        assert ended.steps, "the ledger tells what happened"
        assert ended.told, "somebody was told"
        assert any(f"{ended.request.kind} {ended.number} " in text for text in self.cloud.told)
        assert self.engine.ledger.state().live.slot == self.cloud.edge().live
        return ended


@dataclass
class Checks:
    """Stands for the whole live verification."""

    world: World

    def require_ready(self) -> None:
        from clerk_deploy.errors import UnusableInputError

        if not self.world.cloud.smoke:
            raise UnusableInputError("There are no smoke users.", next_step="clerk-deploy smoke create")

    def __call__(self, placement: Placement) -> str:
        if placement.commit in self.world.failing_checks:
            raise VerificationFailedError("1 check failed: sign-in", next_step="clerk-deploy verify")
        return "40 checks"


def stop() -> None:
    """A person stops the execution."""
    raise StoppedError
