"""A run: deploy, measure, and tear down whatever happens."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Final

from clerk_deploy.acceptance.cdk import Cdk
from clerk_deploy.acceptance.findings import Finding, Question
from clerk_deploy.acceptance.load import Load
from clerk_deploy.acceptance.measures import build, image, log_lines, rollback, startup, switches
from clerk_deploy.acceptance.remains import Left
from clerk_deploy.acceptance.report import Report
from clerk_deploy.acceptance.site import Site, find_site
from clerk_deploy.acceptance.throw_away import ThrowAway, values_of
from clerk_deploy.environment.plan import plan_push
from clerk_deploy.environment.push import Makers
from clerk_deploy.environment.push import push as push_values
from clerk_deploy.environment.repository import connect_repository
from clerk_deploy.environment.sources import RawInput
from clerk_deploy.environment.store import Store
from clerk_deploy.errors import CheckFailedError, DeployError
from clerk_deploy.http import Http
from clerk_deploy.release.github import Repository
from clerk_deploy.release.ledger.records import PROMOTED, Operation
from clerk_deploy.release.operator import release_request
from clerk_deploy.secret_value import SecretValue

QUESTIONS: Final = (
    build.QUESTION,
    startup.QUESTION,
    log_lines.LINES,
    log_lines.DATAPOINTS,
    image.QUESTION,
    switches.SWITCHES,
    switches.FAILED,
    rollback.QUESTION,
)


@dataclass(frozen=True, kw_only=True)
class Run:
    """What a run works with.

    Args:
        target: What is deployed.
        raw: The variables' file.
        cdk: Deploys; its templates are synthesised.
        store: The environment's values.
        makers: Where ids and tokens come from.
        client: Makes a boto3 client of a service.
        http: Reaches the site as a user does.
        repository: The application's repository.
        token: The GitHub token.
        report: What is found out.
        who: Who asks, for the ledger.
        switches: How many switches are measured.
        image: An image of the application; empty takes one of the front page.
        tell: Told of each step.
        now: Seconds since the epoch.
    """

    target: ThrowAway
    raw: RawInput
    cdk: Cdk
    store: Store
    makers: Makers
    client: Callable[[str], Any]
    http: Http
    repository: Repository
    token: SecretValue
    report: Report
    who: str
    switches: int
    image: str
    tell: Callable[[str], None]
    now: Callable[[], float]

    def deploy_and_measure(self) -> None:
        """Everything but the teardown.

        Raises:
            DeployError: The environment could not be deployed, or nothing could be released.
        """
        began = self.now()
        commit = self.repository.resolve(self.target.settings.branch)
        self._deploy()
        site = find_site(self.target, client=self.client, http=self.http)
        first = self._release(site, commit, ())
        self._measure(image.QUESTION, lambda: (image.image(site, path=self.image),))
        self._measure(log_lines.LINES, lambda: log_lines.log_lines(site))
        self.tell("push a second revision, deploy it, and release it")
        self._push(2)
        self.cdk.deploy(f"{self._environment}/Hosting")
        second = self._release(site, commit, (first,))
        self.report.add(build.build(site, (first, second)))
        self._under_load(site, first, second)
        self._measure(startup.QUESTION, lambda: (startup.startup(site, since=began),))

    @property
    def _environment(self) -> str:
        return self.target.names.environment

    def _deploy(self) -> None:
        self.tell(f"cdk deploy '{self._environment}/Configuration' (output: {self.cdk.log})")
        self.cdk.deploy(f"{self._environment}/Configuration")
        self.tell("store the GitHub token, push the variables")
        connect_repository(self.store, self.token, makers=self.makers)
        self._push(1)
        self.tell(f"cdk deploy '{self._environment}/*'")
        self.cdk.deploy(f"{self._environment}/*")

    def _push(self, number: int) -> None:
        values = values_of(self.raw, target=self.target, number=number)
        push_values(self.store, values, plan=plan_push(self.store, values), makers=self.makers)

    def _release(self, site: Site, commit: str, before: Sequence[Operation]) -> Operation:
        self.tell(f"release {commit[:12]}, number {len(before) + 1}")
        request = release_request(commit, who=self.who, despite_alarm=True, reason="acceptance")
        operation = site.run(request, tell=self.tell)
        if operation.outcome != PROMOTED:
            self.report.add(build.build(site, (*before, operation)))
            raise CheckFailedError(
                f"The release was {operation.outcome}: {operation.reason}",
                next_step=operation.next_step or f"the report says how far it came: {self.report.page}",
            )
        return operation

    def _under_load(self, site: Site, first: Operation, second: Operation) -> None:
        load = Load(http=self.http, url=f"{site.url}/", now=self.now)
        between = (second.target.slot, first.target.slot)
        with load:
            self._measure(
                switches.SWITCHES,
                lambda: (switches.switches(site, between=between, number=self.switches, tell=self.tell),),
            )
            self._measure(
                rollback.QUESTION,
                lambda: (rollback.rollback(site, answers=load.answers, who=self.who, tell=self.tell),),
            )
        self.report.answers = tuple(load.answers)
        self._measure(switches.FAILED, lambda: (switches.failed_requests(load.answers),))

    def _measure(self, question: Question, measure: Callable[[], tuple[Finding, ...]]) -> None:
        """One that fails hinders none of the others."""
        self.tell(f"measure: {question.text}")
        try:
            found = measure()
        except DeployError as error:
            found = (question.unmeasured(error.message),)
        except Exception as error:  # of any client; the text may hold what was sent
            found = (question.unmeasured(f"{type(error).__name__} while it was measured"),)
        for finding in found:
            self.tell(f"    {finding.verdict.value}: {finding.summary}")
        self.report.add(*found)


@dataclass(frozen=True, kw_only=True)
class Ended:
    """How a run ended.

    Args:
        failure: What ended it early: an error, or Ctrl-C.
        left: What is left of the environment.
        kept: It was not torn down, as was asked for.
    """

    failure: BaseException | None
    left: tuple[Left, ...] = ()
    kept: bool = False


def carry_out(
    measure: Callable[[], None], tear_down: Callable[[], tuple[Left, ...]], *, report: Report, keep: bool
) -> Ended:
    """Measure, and tear down whatever happens.

    Args:
        measure: Deploys and measures.
        tear_down: Deletes everything.
        report: What is found out.
        keep: Leave the environment.

    Raises:
        KeyboardInterrupt: In the teardown: something is left.
        DeployError: What is left could not be found out.
    """
    failure: BaseException | None = None
    try:
        measure()
    except BaseException as error:
        failure = error
    _close(report, failure)
    if keep:
        report.note("the environment was kept, as asked for")
        return Ended(failure=failure, kept=True)
    left = tear_down()
    report.note(
        "left: " + "; ".join(map(str, left)) if left else "everything was deleted, and nothing is left"
    )
    return Ended(failure=failure, left=left)


def _close(report: Report, failure: BaseException | None) -> None:
    """Say of each question without an answer that it has none, and bring them into their order."""
    if isinstance(failure, DeployError):
        why = failure.message
    elif isinstance(failure, KeyboardInterrupt):
        why = "interrupted"
    else:
        why = type(failure).__name__
    answered = {finding.key for finding in report.findings}
    report.findings += [
        question.unmeasured("the run ended before it was asked")
        for question in QUESTIONS
        if question.key not in answered
    ]
    order = [question.key for question in QUESTIONS]
    report.findings.sort(key=lambda finding: order.index(finding.key))
    report.note(f"it ended early: {SecretValue.hide_in(why)}" if failure else "it went to its end")
