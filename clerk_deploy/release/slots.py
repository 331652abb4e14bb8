"""Builds of a slot: an Amplify branch with auto-build off."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from botocore.exceptions import ClientError

from clerk_deploy.errors import CheckFailedError, UnreachableError
from clerk_deploy.names import SLOTS, Names

FINISHED = ("SUCCEED", "FAILED", "CANCELLED")


@dataclass(frozen=True, kw_only=True)
class Build:
    """A job of a slot as Amplify tells it.

    Args:
        job: Job id.
        status: JobStatus of the Amplify API.
        reason: Why the first failed step failed, else empty.
        log_url: Where the log of the last step is, else empty.
    """

    job: str
    status: str
    reason: str = ""
    log_url: str = ""

    @property
    def finished(self) -> bool:
        """Whether nothing happens any more."""
        return self.status in FINISHED


@dataclass(frozen=True, kw_only=True)
class Slots:
    """The slots of one Amplify app.

    Args:
        client: boto3's `amplify` client.
        app_id: The app.
        names: Names of the environment.
    """

    client: Any
    app_id: str
    names: Names

    def branch(self, slot: str) -> str:
        """The branch of a slot."""
        return self.names.branch(slot)

    def domains(self) -> dict[str, str]:
        """The host under which Amplify serves each slot."""
        app = self.client.get_app(appId=self.app_id)["app"]
        return {slot: f"{self.branch(slot)}.{app['defaultDomain']}" for slot in SLOTS}

    def start(self, slot: str) -> Build:
        """Build what the slot's git branch points at: Amplify ignores a commit given here."""
        answer = self.client.start_job(appId=self.app_id, branchName=self.branch(slot), jobType="RELEASE")
        summary = answer["jobSummary"]
        return Build(job=summary["jobId"], status=summary["status"])

    def start_if_possible(self, slot: str) -> Build | None:
        """Build, or None when the branch or the account has as many jobs as it may."""
        try:
            return self.start(slot)
        except ClientError as error:
            if error.response["Error"]["Code"] != "LimitExceededException":
                raise
            return None

    def newest(self, slot: str) -> Build | None:
        """The slot's newest job."""
        found = self.client.list_jobs(appId=self.app_id, branchName=self.branch(slot), maxResults=1)[
            "jobSummaries"
        ]
        return Build(job=found[0]["jobId"], status=found[0]["status"]) if found else None

    def stop(self, slot: str, job: str) -> None:
        """End a job; one that has ended already is left alone."""
        try:
            self.client.stop_job(appId=self.app_id, branchName=self.branch(slot), jobId=job)
        except ClientError as error:
            if error.response["Error"]["Code"] not in ("BadRequestException", "NotFoundException"):
                raise

    def variable(self, slot: str, name: str) -> str:
        """A variable that the slot's builds get; empty when it has none of that name."""
        branch = self.client.get_branch(appId=self.app_id, branchName=self.branch(slot))["branch"]
        return str(branch.get("environmentVariables", {}).get(name, ""))

    def look(self, slot: str, job: str) -> Build:
        """The job as it is now."""
        found = self.client.get_job(appId=self.app_id, branchName=self.branch(slot), jobId=job)["job"]
        steps = found.get("steps", [])
        failed = [step for step in steps if step["status"] == "FAILED"]
        last = (failed or steps or [{}])[-1]
        return Build(
            job=job,
            status=found["summary"]["status"],
            reason=failed[0].get("statusReason", "") if failed else "",
            log_url=last.get("logUrl", ""),
        )

    def wait(
        self,
        slot: str,
        job: str,
        *,
        deadline: float,
        clock: Callable[[], float],
        sleep: Callable[[float], None],
    ) -> Build:
        """Look until the job is finished.

        Args:
            slot: The slot.
            job: Job id.
            deadline: Clock time in seconds after which to give up.
            clock: Tells the time in seconds.
            sleep: Waits a number of seconds.

        Raises:
            CheckFailedError: The job failed or was cancelled.
            UnreachableError: It was not finished at the deadline; the message has its last status.
        """
        build = self.look(slot, job)
        while not build.finished:
            if clock() >= deadline:
                raise UnreachableError(
                    f"Job {job} of {slot} is still {build.status}.",
                    next_step=f"look at the job in Amplify's console; its log: {build.log_url or 'none yet'}",
                )
            sleep(1.0)
            build = self.look(slot, job)
        if build.status != "SUCCEED":
            raise CheckFailedError(
                f"The build of {slot} (job {job}) ended {build.status}: {build.reason or 'no reason given'}",
                next_step=f"read the build's log: {build.log_url}",
            )
        return build
