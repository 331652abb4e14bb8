"""A project on Vercel as a host of releases: build aside, look, move the domains, move them back.

A release is a deployment. Vercel keeps all of them, so the way back is never built over.
"""

import contextlib
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from clerk_deploy.errors import CheckFailedError, RefusedError, UnreachableError
from clerk_deploy.http import Answer, Http
from clerk_deploy.release.errors import BuildFailedError, SupersededError, VerificationFailedError
from clerk_deploy.release.health import PATH as HEALTH_PATH
from clerk_deploy.release.health import Health, ask_health
from clerk_deploy.secret_value import SecretValue
from clerk_deploy.vercel.answers import ID, expect, is_from
from clerk_deploy.vercel.client import VercelClient
from clerk_deploy.vercel.errors import NotFoundError, OutcomeUnknownError, ProtectedError, QueuedError
from clerk_deploy.vercel.records import FAILED, Deployment, Move, Project

BYPASS_HEADER: Final = "x-vercel-protection-bypass"
BYPASS_VARIABLE: Final = "VERCEL_AUTOMATION_BYPASS_SECRET"
PROTECTED: Final = (301, 302, 303, 307, 308, 401, 403)
"""What a protected deployment answers instead of the application."""

REVISION_VARIABLE: Final = "RELEASE_REVISION"
_REVISION: Final = re.compile(r"[0-9a-f-]{8,64}")


@dataclass(frozen=True, kw_only=True)
class Live:
    """Who has the traffic.

    Args:
        deployment: The deployment; None where nothing is live, or what answers is none of the project's.
        health: What the domain says; None when it does not answer as a release does.
    """

    deployment: Deployment | None
    health: Health | None

    @property
    def id(self) -> str:
        """The deployment's id; empty without one."""
        return self.deployment.id if self.deployment else ""


@dataclass(frozen=True, kw_only=True)
class VercelHost:
    """One environment on Vercel.

    Args:
        client: The API.
        http: Reaches the site and the deployments' own addresses.
        project_name: The project.
        sites: https://HOST of every name of the site, the apex first.
        owner: Owner of the GitHub repository.
        repository: Its name.
        branch: The branch that releases come from.
        page: A page that every release must serve.
        bypass: Opens protected deployments to verification.
        clock: Tells the time in seconds.
        sleep: Waits a number of seconds.
        poll_seconds: Time between two looks at a build or a move.
    """

    client: VercelClient
    http: Http
    project_name: str
    sites: tuple[str, ...]
    owner: str
    repository: str
    branch: str
    clock: Callable[[], float]
    sleep: Callable[[float], None]
    page: str = "/"
    bypass: SecretValue | None = field(default=None, repr=False)
    poll_seconds: float = 2.0

    def project(self) -> Project:
        """The project as it is now."""
        return self.client.project(self.project_name)

    def require_ready(self) -> Project:
        """The project, if a release on it can be staged and served.

        Raises:
            RefusedError: Builds would go live by themselves, a domain is not verified, or its domains
                are being moved.
            DeployError: Vercel did not tell.
        """
        project = self.project()
        if project.auto_assign:
            raise RefusedError(
                f"Project {project.name} gives the domain to every new production build by itself: "
                "a release would be live before it is verified.",
                next_step="pulumi up in pulumi/vercel; or switch off Settings, Environments, Production, "
                "Auto-assign Custom Production Domains",
            )
        for site in self.sites:
            self._require_domain(project, site.removeprefix("https://"))
        require_still(project)
        return project

    def _require_domain(self, project: Project, name: str) -> None:
        try:
            domain = self.client.domain(project.id, name)
        except NotFoundError:
            raise RefusedError(
                f"Project {project.name} has no domain {name}.", next_step="pulumi up in pulumi/vercel"
            ) from None
        if not domain.verified:
            told = f" Add to DNS: {'; '.join(domain.records)}." if domain.records else ""
            raise RefusedError(
                f"{name} is not verified for project {project.name}.{told}",
                next_step="enter the record, then press Verify at Settings, Domains; then ask again",
            )

    def deployed_revision(self, project: Project) -> str:
        """The revision that the next build gets; empty when Vercel does not show it."""
        found = [
            each
            for each in self.client.variables(project.id)
            if each.key == REVISION_VARIABLE and "production" in each.targets
        ]
        value = found[0].value if found else ""
        return value if _REVISION.fullmatch(value) else ""

    def live(self, project: Project) -> Live:
        """Who has the traffic: what the domain says, found among the project's deployments.

        Where the domain does not answer as a release, the last move that was done is believed.
        """
        try:
            health = self.live_health()
        except UnreachableError:
            health = None
        moved = project.move.target if project.move and project.move.done else ""
        if health is None:
            return Live(deployment=self._known(moved) if moved else None, health=None)
        candidates = [moved, health.job] if ID.fullmatch(health.job) else [moved]
        for name in dict.fromkeys(filter(None, candidates)):
            if (found := self._known(name)) and is_from(health, found):
                return Live(deployment=found, health=health)
        listed = [each for each in self.client.deployments(project.id, commit=health.commit) if each.ready]
        return Live(deployment=next((each for each in listed if is_from(health, each)), None), health=health)

    def _known(self, name: str) -> Deployment | None:
        try:
            return self.client.deployment(name)
        except NotFoundError:
            return None

    def find(self, project: Project, commit: str, revision: str) -> Deployment | None:
        """The newest build of a commit with a revision that can be used, ready or at work.

        A build that a push made has no revision written down; verification compares what it tells.
        """
        return next(
            (
                each
                for each in self.client.deployments(project.id, commit=commit)
                if each.commit == commit
                and each.state not in FAILED
                and (not each.revision or not revision or each.revision == revision)
            ),
            None,
        )

    def start(self, project: Project, commit: str, meta: Mapping[str, str]) -> Deployment:
        """Build a commit; when nobody knows whether that began, the build is looked for."""
        before = {each.id for each in self.client.deployments(project.id, commit=commit)}
        try:
            return self.client.create_deployment(
                project=project.name,
                owner=self.owner,
                repository=self.repository,
                ref=self.branch,
                commit=commit,
                meta=meta,
            )
        except OutcomeUnknownError:
            self.sleep(self.poll_seconds)
            made = [
                each for each in self.client.deployments(project.id, commit=commit) if each.id not in before
            ]
            if made:
                return made[0]
            raise

    def await_build(self, deployment: Deployment, *, deadline: float) -> Deployment:
        """Look at a build until it is over.

        Raises:
            BuildFailedError: It failed, or was not over at the deadline; it goes on staged.
        """
        while not deployment.ready:
            if deployment.state in FAILED:
                raise BuildFailedError(
                    f"The build of {deployment.commit[:12]} ({deployment.id}) ended {deployment.state}: "
                    f"{deployment.problem or 'no reason given'}",
                    next_step=f"read its log: {deployment.page or 'in the dashboard'}",
                )
            if self.clock() >= deadline:
                raise BuildFailedError(
                    f"{deployment.id} is still {deployment.state}.",
                    next_step="it goes on building and stays staged: clerk-deploy release of the same "
                    "commit takes it up again",
                )
            self.sleep(self.poll_seconds)
            deployment = self.client.deployment(deployment.id)
        return deployment

    def health(self, deployment: Deployment) -> Health:
        """What a deployment says of itself, asked on its own address.

        Raises:
            ProtectedError: Deployment protection keeps us out.
            UnreachableError: It does not answer as a release does.
        """
        answer = self._get(deployment.url + HEALTH_PATH, headers=self.bypass_headers)
        if answer.status in PROTECTED:
            raise self._protected(deployment, answer.status)
        return ask_health(_Given(answer), deployment.url, headers={})

    @property
    def bypass_headers(self) -> dict[str, str]:
        """Headers for a deployment's own address, and for no other."""
        return {BYPASS_HEADER: self.bypass.reveal()} if self.bypass else {}

    def _protected(self, deployment: Deployment, status: int) -> ProtectedError:
        if self.bypass is None:
            return ProtectedError(
                f"Deployment protection keeps verification out of {deployment.host} ({status}).",
                next_step=f"export {BYPASS_VARIABLE}: Settings, Deployment Protection, Protection Bypass "
                "for Automation; or `bypass` of the stack in pulumi/vercel",
            )
        return ProtectedError(
            f"{deployment.host} does not accept the bypass secret ({status}).",
            next_step=f"compare {BYPASS_VARIABLE} with Settings, Deployment Protection, Protection Bypass "
            "for Automation",
        )

    def verify(self, deployment: Deployment, *, revision: str, deadline: float) -> Health:
        """Look at a deployment on its own address until it is well; it may start cold.

        Args:
            deployment: It is to serve its commit.
            revision: Revision that it must have been built with; empty is not compared.
            deadline: Clock time in seconds after which to give up.

        Raises:
            VerificationFailedError: At the deadline it is not what it should be.
            ProtectedError: Deployment protection keeps us out.
        """
        while True:
            try:
                health = self.health(deployment)
                expect(health, deployment, revision=revision)
                self._expect_page(deployment)
                return health
            except (CheckFailedError, UnreachableError) as error:
                if self.clock() >= deadline:
                    raise VerificationFailedError(error.message, next_step=error.next_step) from None
                self.sleep(1.0)

    def _expect_page(self, deployment: Deployment) -> None:
        answer = self._get(deployment.url + self.page, headers=self.bypass_headers)
        if answer.status != 200:
            raise CheckFailedError(
                f"{deployment.host}{self.page} answered {answer.status}.",
                next_step="see the deployment's runtime log: clerk-deploy logs",
            )

    def live_health(self) -> Health:
        """What the live release says of itself, asked as a user would."""
        return ask_health(self.http, self.sites[0], headers={})

    def answers_from(self, deployment: Deployment, *, answers: int) -> bool:
        """Whether so many answers in a row come from a deployment, on each of the site's names."""
        for _ in range(answers):
            for site in self.sites:
                try:
                    health = ask_health(self.http, site, headers={})
                except UnreachableError:
                    return False
                if not is_from(health, deployment):
                    return False
        return True

    def confirm(self, deployment: Deployment, *, answers: int, deadline: float) -> None:
        """Ask the domains until a number of answers in a row come from a deployment.

        Raises:
            CheckFailedError: At the deadline they do not.
        """
        while not self.answers_from(deployment, answers=answers):
            if self.clock() >= deadline:
                raise CheckFailedError(
                    f"{' and '.join(self.sites)} do not answer from {deployment.release} ({deployment.id}).",
                    next_step="look at the project's domains in the dashboard, and whether DNS leads to "
                    "Vercel",
                )
            self.sleep(1.0)

    def promote(self, project: Project, deployment: Deployment, *, deadline: float) -> None:
        """Move the domains to a deployment, and wait until that is done.

        Raises:
            QueuedError: It waits behind a rolling release.
            SupersededError: Somebody else moved them meanwhile.
            RefusedError: Vercel refused, or the move failed.
        """
        try:
            queued = not self.client.promote(project.id, deployment.id)
        except OutcomeUnknownError:
            queued = False  # the move itself tells whether it was accepted
        try:
            self._await_move(
                deployment, before=project.move, deadline=deadline, what="promotion", queued=queued
            )
        except UnreachableError:
            if not queued:
                raise
            raise QueuedError(
                f"The promotion of {deployment.id} is queued behind a rolling release.",
                next_step="finish or abort the rolling release in the dashboard, then clerk-deploy status: "
                "the promotion may still take effect, and nobody watches it then",
            ) from None

    def roll_back(self, project: Project, deployment: Deployment, *, deadline: float) -> None:
        """Move the domains back to a deployment that had them, and wait until that is done.

        Raises:
            SupersededError: Somebody else moved them meanwhile.
            RefusedError: Vercel refused (plan, gone, at work), or the move failed.
        """
        with contextlib.suppress(OutcomeUnknownError):  # the move itself tells whether it was accepted
            self.client.roll_back(project.id, deployment.id)
        self._await_move(deployment, before=project.move, deadline=deadline, what="rollback")

    def _await_move(
        self, deployment: Deployment, *, before: Move | None, deadline: float, what: str, queued: bool = False
    ) -> None:
        began = False
        while True:
            move = self.project().move
            if move and move.target == deployment.id:
                began = True
                if move.done:
                    return
                if not move.at_work:
                    raise RefusedError(
                        f"The {what} of {deployment.id} ended {move.status}.",
                        next_step="look at the project's domains in the dashboard; clerk-deploy status "
                        "tells who is live",
                    )
            elif move and not queued and (began or move != before):
                raise overtaken(move)
            if self.clock() >= deadline:
                raise UnreachableError(
                    f"The {what} of {deployment.id} is not done: "
                    f"{f'{move.kind} of {move.target} is {move.status}' if move else 'none was seen'}.",
                    next_step="clerk-deploy status tells who is live",
                )
            self.sleep(min(1.0, self.poll_seconds))

    def _get(self, url: str, *, headers: Mapping[str, str]) -> Answer:
        try:
            return self.http.request("GET", url, headers=dict(headers), redirect=False)
        except Exception as error:  # urllib3's errors; their text may repeat the request's headers
            raise UnreachableError(
                f"{url} did not answer: {type(error).__name__}",
                next_step="see whether the name resolves; the deployment may be starting",
            ) from None


@dataclass(frozen=True)
class _Given:
    """An answer that has come already, for code that wants to ask."""

    answer: Answer

    def request(self, method: str, url: str, **options: Any) -> Answer:  # noqa: ARG002 urllib3's signature
        return self.answer


def require_still(project: Project) -> None:
    """Refuse while the project's domains are being moved.

    Raises:
        RefusedError: They are.
    """
    move = project.move
    if move and move.at_work:
        raise RefusedError(
            f"Somebody else's {move.kind} to {move.target} is {move.status}.",
            next_step="wait for it (clerk-deploy status), then ask again",
        )


def overtaken(move: Move) -> SupersededError:
    """Somebody else moved the domains."""
    return SupersededError(
        f"Somebody else's {move.kind} gave the domains to {move.target}.",
        next_step="clerk-deploy status tells who is live; agree on who releases",
    )
