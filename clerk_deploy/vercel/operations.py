"""The verbs of the command line for an environment on Vercel: each answers with a typed result."""

import getpass
import os
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from clerk_deploy.errors import Problem, SettingsError, UnusableInputError
from clerk_deploy.http import Http
from clerk_deploy.names import Names
from clerk_deploy.release.errors import NothingToRollBackToError
from clerk_deploy.release.github import COMMIT, Repository
from clerk_deploy.release.ledger.records import Step
from clerk_deploy.release.pool import open_pool
from clerk_deploy.release.rules import Rules
from clerk_deploy.secret_value import SecretValue
from clerk_deploy.settings.models import EnvironmentSettings, Host
from clerk_deploy.vercel.client import VercelClient, read_token
from clerk_deploy.vercel.host import BYPASS_VARIABLE, Live, VercelHost
from clerk_deploy.vercel.records import REASON, WHO, Deployment, Move, Project
from clerk_deploy.vercel.results import Entry, Journal, Logs, Result, Status
from clerk_deploy.vercel.sequence import Sequence, Verifier
from clerk_deploy.vercel.targets import named, previous_of

GITHUB_TOKEN = "GITHUB_TOKEN"


@dataclass(frozen=True, kw_only=True)
class VercelOperations:
    """What can be asked for.

    Args:
        host: The environment's project.
        rules: How releases go.
        who: Who asks.
        wall_clock: Tells the time in seconds since the epoch.
        resolve: Full id of a branch, tag or short commit; None where only full ids are understood.
        verifier: The whole verification of a candidate; None: health and a page.
        tell: Is told of each step when it ends.
    """

    host: VercelHost
    rules: Rules
    who: str
    wall_clock: Callable[[], float]
    resolve: Callable[[str], str] | None = None
    verifier: Verifier | None = None
    tell: Callable[[Step], None] = lambda _: None

    def release(
        self,
        commit: str = "",
        *,
        skip_bake: bool = False,
        pardon: bool = False,
        fallback: bool = False,
        reason: str = "",
    ) -> Result:
        """Build, verify and promote a commit, and watch it; at a failure traffic goes back.

        Args:
            commit: Commit, branch or tag; empty: the environment's branch.
            skip_bake: Do not watch after the switch.
            pardon: Release although it was rolled back.
            fallback: It must be the app with Clerk's own components; else it must not be.
            reason: Why, for the history.

        Raises:
            UnusableInputError: The commit cannot be resolved.
        """
        return self._sequence().release(
            self._full(commit), skip_bake=skip_bake, pardon=pardon, fallback=fallback, reason=reason
        )

    def rollback(self, to: str = "") -> Result:
        """Go back without a build, to what was live before or to what is named.

        Args:
            to: Deployment, release or commit; empty: the one before.
        """
        return self._sequence().roll_back(to)

    def way_back(self, to: str = "") -> Entry:
        """Where a rollback would go.

        Args:
            to: Deployment, release or commit; empty: the one before.

        Raises:
            RefusedError: There is no such release, or nothing to go back to.
        """
        project = self.host.project()
        live = self.host.live(project)
        found = named(self.host, project, to, live=live) if to else previous_of(self.host, project, live)
        return _entry(found, live)

    def status(self) -> Status:
        """How the environment stands.

        Raises:
            DeployError: Vercel did not tell.
        """
        project = self.host.project()
        live = self.host.live(project)
        try:
            previous = previous_of(self.host, project, live)
        except NothingToRollBackToError:
            previous = None
        revision = self.host.deployed_revision(project)
        pending = revision if live.health and revision and live.health.revision != revision else ""
        born = live.deployment.created if live.deployment else 0.0
        staged = [
            each
            for each in self.host.client.deployments(project.id)
            if each.ready and not each.was_live and each.created > born
        ]
        return Status(
            project=project.name,
            live=_entry(live.deployment, live) if live.deployment else None,
            healthy=live.health.healthy if live.health else None,
            previous=_entry(previous, live) if previous else None,
            staged=tuple(_entry(each, live) for each in staged),
            pending_revision=pending,
            move=_in_words(project.move),
            differences=tuple(_differences(project, live)),
        )

    def history(self) -> tuple[Entry, ...]:
        """Production deployments, the newest first: Vercel's own list is the ledger.

        Raises:
            DeployError: Vercel did not tell.
        """
        project = self.host.project()
        live = self.host.live(project)
        return tuple(_entry(each, live) for each in self.host.client.deployments(project.id))

    def logs(self, of: str = "") -> Logs:
        """Where a deployment's lines are.

        Args:
            of: Deployment, release or commit; empty: what is live.

        Raises:
            DeployError: There is no such deployment, or nothing is live.
        """
        project = self.host.project()
        live = self.host.live(project)
        deployment = named(self.host, project, of, live=live) if of else live.deployment
        if deployment is None:
            raise UnusableInputError(
                f"Nothing of {project.name} is live.", next_step="name a deployment: clerk-deploy history"
            )
        # the list has no page of a deployment, the deployment itself has
        deployment = self.host.client.deployment(deployment.id)
        return Logs(
            deployment=deployment.id,
            page=deployment.page,
            command=f"vercel logs {deployment.url} --follow",
        )

    def _sequence(self) -> Sequence:
        return Sequence(
            host=self.host,
            rules=self.rules,
            journal=Journal(wall_clock=self.wall_clock, tell=self.tell),
            who=self.who,
            verifier=self.verifier,
        )

    def _full(self, commit: str) -> str:
        if COMMIT.match(commit):
            return commit
        if self.resolve is None:
            raise UnusableInputError(
                f"{commit or self.host.branch} is no full commit id, and there is no GitHub token to look "
                "it up with.",
                next_step=f"give the 40 characters of `git rev-parse`, or export {GITHUB_TOKEN}",
            )
        return self.resolve(commit or self.host.branch)


def vercel_operations(
    *,
    names: Names,
    settings: EnvironmentSettings,
    environ: Mapping[str, str] = os.environ,
    http: Http | None = None,
    clock: Callable[[], float] = time.monotonic,
    wall_clock: Callable[[], float] = time.time,
    sleep: Callable[[float], None] = time.sleep,
    verifier: Verifier | None = None,
    tell: Callable[[Step], None] = lambda _: None,
) -> VercelOperations:
    """The operations of an environment.

    Args:
        names: Names of the environment.
        settings: Its settings.
        environ: Variables: the token, the bypass secret, a GitHub token, proxies.
        http: urllib3's pool manager; made by the environment's proxy when None.
        clock: Tells the time in seconds.
        wall_clock: Tells the time in seconds since the epoch.
        sleep: Waits a number of seconds.
        verifier: The whole verification of a candidate; None: health and a page.
        tell: Is told of each step when it ends.

    Raises:
        SettingsError: The settings ask for what is not Vercel's.
        UnusableInputError: There is no token.
    """
    _require_fitting(names, settings)
    token = read_token(environ)
    pool = http or open_pool(environ)
    owner, repository = settings.repository.removeprefix("https://github.com/").split("/")
    bypass = environ.get(BYPASS_VARIABLE, "").strip()
    host = VercelHost(
        client=VercelClient(
            http=pool,
            token=token,
            team=settings.vercel.team,
            clock=clock,
            wall_clock=wall_clock,
            sleep=sleep,
        ),
        http=pool,
        project_name=settings.vercel.project or names.prefix,
        sites=tuple(f"https://{domain}" for domain in settings.domains),
        owner=owner,
        repository=repository,
        branch=settings.branch,
        page=settings.verification.pages[0],
        bypass=SecretValue(bypass) if bypass else None,
        clock=clock,
        sleep=sleep,
    )
    github = environ.get(GITHUB_TOKEN, "").strip()
    return VercelOperations(
        host=host,
        rules=settings.release.rules,
        who=_who(environ),
        wall_clock=wall_clock,
        resolve=Repository(
            http=pool, owner=owner, name=repository, token=SecretValue(github).reveal()
        ).resolve
        if github
        else None,
        verifier=verifier,
        tell=tell,
    )


def _require_fitting(names: Names, settings: EnvironmentSettings) -> None:
    path = f"environments.{names.environment}"
    problems = []
    if settings.host is not Host.VERCEL:
        problems.append(
            Problem(
                where=f"{path}.host",
                expected=f"it is `{settings.host.value}`",
                next_step="name an environment with host `vercel`",
            )
        )
    if settings.release.canary_percent:
        problems.append(
            Problem(
                where=f"{path}.release.canaryPercent",
                expected="on Vercel a canary is a rolling release, which the project's settings declare",
                next_step="remove it; docs/vercel.md says what a rolling release means for a release",
            )
        )
    if problems:
        raise SettingsError(
            f"{names.environment} cannot be released on Vercel.",
            problems=problems,
            next_step="correct the context in cdk.json; docs/settings.md lists every setting",
        )


def _who(environ: Mapping[str, str]) -> str:
    """Who asks: GitHub Actions' actor, else this machine's user."""
    if actor := environ.get("GITHUB_ACTOR"):
        return f"{actor} by GitHub Actions"
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return ""


def _entry(deployment: Deployment, live: Live) -> Entry:
    return Entry(
        deployment=deployment.id,
        release=deployment.release,
        commit=deployment.commit,
        revision=deployment.revision,
        created=deployment.created,
        state=" ".join(filter(None, (deployment.state, deployment.substate))),
        live=deployment.id == live.id,
        who=deployment.meta.get(WHO, ""),
        address=deployment.url,
        reason=deployment.meta.get(REASON, ""),
    )


def _in_words(move: Move | None) -> str:
    if move is None:
        return ""
    return f"{move.kind} from {move.source or 'nothing'} to {move.target}: {move.status}"


def _differences(project: Project, live: Live) -> list[str]:
    found = []
    if project.auto_assign:
        found.append("new production builds take the domains by themselves: pulumi up in pulumi/vercel")
    if live.health is None:
        found.append("the domain gives no health answer")
    elif live.deployment is None:
        found.append(f"the domain answers with {live.health.release}, which is no deployment of the project")
    moved = project.move
    if moved and moved.done and live.health and live.id != moved.target:
        found.append(f"the last {moved.kind} gave the domains to {moved.target}, yet {live.id} answers")
    return found
