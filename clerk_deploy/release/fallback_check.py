"""Building the fallback on a schedule, so that people hear when it builds no longer."""

from dataclasses import dataclass

from clerk_deploy.errors import DeployError
from clerk_deploy.names import FALLBACK_CHECK
from clerk_deploy.release.github import Repository
from clerk_deploy.release.notify import Notifier
from clerk_deploy.release.slots import Slots


@dataclass(frozen=True, kw_only=True)
class FallbackCheck:
    """Builds what the setting `release.fallback` names, as a release would, and makes nothing live.

    A failed build is told when it happens, by Monitoring's rule for builds; here, what keeps a build from
    being started, and a failure that nobody mended since the last time.

    Args:
        ref: Branch, tag or commit.
        repository: The application's repository.
        slots: The branches of the Amplify app.
        notifier: Tells people.
    """

    ref: str
    repository: Repository
    slots: Slots
    notifier: Notifier

    def run(self) -> str:
        """Look at the last build, and start the next one; a sentence about it."""
        last = self.slots.newest(FALLBACK_CHECK)
        if last and not last.finished:
            return f"job {last.job} is {last.status}"
        if last and last.status == "FAILED":
            self._tell(
                "still did not build at the last try",
                self.slots.look(FALLBACK_CHECK, last.job).reason or "no reason given",
                next_step=f"read the log of job {last.job} of {self.slots.branch(FALLBACK_CHECK)} in Amplify",
            )
        try:
            commit = self.repository.resolve(self.ref)
            self.repository.point_branch(self.slots.branch(FALLBACK_CHECK), commit)
        except DeployError as error:
            self._tell("cannot be built", error.message, next_step=error.next_step)
            return error.message
        build = self.slots.start_if_possible(FALLBACK_CHECK)
        return f"job {build.job} builds {commit[:12]}" if build else "Amplify takes no further job now"

    def _tell(self, what: str, reason: str, *, next_step: str) -> None:
        self.notifier.tell(
            subject=f"the fallback {self.ref} {what}",
            body=f"{reason}\nUntil it builds, clerk-deploy release --fallback would fail.\nnext: {next_step}",
        )
