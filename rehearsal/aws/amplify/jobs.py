"""Jobs: started, run through their steps in a thread, stopped."""

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from rehearsal.aws.amplify.build import Builder, BuildFailedError, BuildStoppedError
from rehearsal.aws.amplify.compute import Compute, DeployFailedError
from rehearsal.aws.amplify.state import Apps, Branch, Job, Status, Step

CONCURRENT_JOBS = 5


class LimitError(Exception):
    """Another job runs on the branch, or too many run on the account."""


@dataclass(kw_only=True)
class Jobs:
    """Runs jobs.

    Args:
        apps: All apps.
        builder: Does the BUILD step.
        compute: Does the DEPLOY step.
        logs: A folder for the steps' logs.
        publish: Told of every job that starts or ends (EventBridge).
    """

    apps: Apps
    builder: Builder
    compute: Compute
    logs: Path
    publish: Callable[[Job], None]

    def start(self, branch: Branch, *, kind: str, commit_id: str) -> Job:
        """A new job on a branch; it is PENDING until its thread takes it up.

        Args:
            branch: The branch.
            kind: RELEASE or RETRY.
            commit_id: What Amplify reports: HEAD for a release by API, whatever was asked for.

        Raises:
            LimitError: A job of the branch is not finished, or the account runs its five.
        """
        with self.apps.lock:
            if branch.running:
                raise LimitError(f"The branch {branch.name} already has pending or running jobs.")
            running = [b for app in self.apps.by_id.values() for b in app.branches.values() if b.running]
            if len(running) >= CONCURRENT_JOBS:
                raise LimitError(f"You have reached the limit of {CONCURRENT_JOBS} concurrent jobs.")
            job = Job(id=f"{len(branch.jobs) + 1:010d}", branch=branch, kind=kind, commit_id=commit_id)
            branch.jobs.append(job)
        threading.Thread(target=self._run, args=(job,), daemon=True).start()
        return job

    def stop(self, job: Job) -> None:
        """Cancel a job that is not finished."""
        if not job.status.finished:
            job.status = Status.CANCELLING
            job.stop.set()

    def log(self, job_name: str, step: str) -> str:
        """The log of a step, empty when there is none."""
        file = self.logs / job_name / f"{step}.txt"
        return file.read_text(encoding="utf-8", errors="replace") if file.is_file() else ""

    def _run(self, job: Job) -> None:
        self.publish(job)
        folder = self.logs / job.name
        folder.mkdir(parents=True, exist_ok=True)
        job.status = Status.PROVISIONING
        outcome = self._steps(job, folder)
        # Read by pollers without the lock: the end must be there before the status says so.
        job.end = time.time()
        job.status = outcome
        self.publish(job)

    def _steps(self, job: Job, folder: Path) -> Status:
        build = _begin(job, "BUILD")
        try:
            with (folder / "BUILD.txt").open("wb") as log:
                if not job.stop.is_set():
                    job.status = Status.RUNNING
                root, spec = self.builder.build(job, log)
            _finish(build, Status.SUCCEED)
            deploy = _begin(job, "DEPLOY")
            try:
                self.compute.deploy(job, root, spec)
            except DeployFailedError as error:
                _finish(deploy, Status.FAILED, str(error))
                (folder / "DEPLOY.txt").write_text(f"[ERROR]: !!! {error}\n", encoding="utf-8")
                return Status.FAILED
            _finish(deploy, Status.SUCCEED)
        except BuildStoppedError:
            _finish(build, Status.CANCELLED, "stopped")
            return Status.CANCELLED
        except BuildFailedError as error:
            _finish(build, Status.FAILED, str(error))
            return Status.FAILED
        except Exception as error:  # a defect of the stand-in must end the job, not hang it
            _finish(job.steps[-1], Status.FAILED, f"InternalFailure: {type(error).__name__}: {error}")
            return Status.FAILED
        _finish(_begin(job, "VERIFY"), Status.SUCCEED)
        return Status.SUCCEED


def _begin(job: Job, name: str) -> Step:
    step = Step(name=name, status=Status.RUNNING)
    job.steps.append(step)
    return step


def _finish(step: Step, status: Status, reason: str = "") -> None:
    step.status, step.reason, step.end = status, reason, time.time()
