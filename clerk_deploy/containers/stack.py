"""A Pulumi stack through the Automation API, behind a small interface. Pulumi is imported when asked."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Protocol

from clerk_deploy.containers.interrupt import Interruption
from clerk_deploy.containers.problems import explain
from clerk_deploy.errors import UnusableInputError
from clerk_deploy.secret_value import SecretValue
from clerk_deploy.settings.containers import PROJECT

PROGRAM = Path(__file__).resolve().parents[2] / "pulumi"
"""The program's folder in this repository."""

FOLDER = "CLERK_DEPLOY_PULUMI_FOLDER"
"""Variable of the command line: another project's folder, whose `main` is this program."""


@dataclass(frozen=True, kw_only=True)
class Update:
    """An entry of a stack's history.

    Args:
        version: Its number; later ones are greater. A folder or bucket counts none: 0.
        kind: `update`, `destroy`, `refresh`.
        result: `succeeded`, `failed`, `in-progress`.
        started: When it began.
        ended: When it ended; None while it runs.
        message: What was said to it.
        git_commit: The commit of the folder that it ran in; empty when it ran in no repository.
        who: Who ran it, as far as Pulumi knows.
        config: The stack's configuration then, secrets left out.
    """

    version: int
    kind: str
    result: str
    started: datetime
    ended: datetime | None
    message: str
    git_commit: str = ""
    who: str = ""
    config: Mapping[str, str] = field(default_factory=dict)


class Stack(Protocol):
    """What a host needs of a stack."""

    @property
    def name(self) -> str:
        """The stack's name."""
        ...

    def config(self) -> dict[str, str]:
        """All configuration but the secrets; objects are JSON."""
        ...

    def secret(self, name: str) -> SecretValue | None:
        """A secret of the configuration; None when it is not set."""
        ...

    def set_release(self, release: Mapping[str, str] | None) -> None:
        """Set or remove the setting `release`."""
        ...

    def up(self, *, message: str, progress: Callable[[str], None]) -> dict[str, str]:
        """Update the stack and give its outputs."""
        ...

    def history(self, *, limit: int) -> tuple[Update, ...]:
        """The last updates, the newest first."""
        ...


@dataclass(frozen=True, kw_only=True)
class PulumiStack:
    """A stack of this repository's program.

    Args:
        stack: The Automation API's stack.
    """

    stack: Any

    @property
    def name(self) -> str:
        """The stack's name."""
        return str(self.stack.name)

    def config(self) -> dict[str, str]:
        """All configuration but the secrets; objects are JSON."""
        with _pulumi_errors():
            found = self.stack.get_all_config()
        return {key: str(item.value) for key, item in found.items() if not item.secret}

    def secret(self, name: str) -> SecretValue | None:
        """A secret of the configuration; None when it is not set."""
        with _pulumi_errors():
            found = self.stack.get_all_config().get(f"{PROJECT}:{name}")
        return SecretValue(found.value) if found else None

    def set_release(self, release: Mapping[str, str] | None) -> None:
        """Set or remove the setting `release`."""
        from pulumi import automation

        with _pulumi_errors():
            if f"{PROJECT}:release" in self.config():
                self.stack.remove_config("release")
            for key, value in (release or {}).items():
                self.stack.set_config(f"release.{key}", automation.ConfigValue(value=value), path=True)

    def up(self, *, message: str, progress: Callable[[str], None]) -> dict[str, str]:
        """Update the stack and give its outputs.

        Raises:
            DeployError: It failed; the error says what that means.
            KeyboardInterrupt: A person has interrupted it; Pulumi has ended in order.
        """
        printed: list[str] = []

        def heard(line: str) -> None:
            printed.append(line)
            progress(line)

        with Interruption(progress), _pulumi_errors(printed):
            done = self.stack.up(
                message=message, on_output=heard, on_error=heard, color="never", suppress_progress=True
            )
        return {key: str(item.value) for key, item in done.outputs.items() if not item.secret}

    def history(self, *, limit: int) -> tuple[Update, ...]:
        """The last updates, the newest first."""
        with _pulumi_errors():
            found = self.stack.history(page_size=limit, page=1, show_secrets=False)
        return tuple(_update(summary) for summary in found)


def open_stack(name: str, *, folder: Path = PROGRAM) -> PulumiStack:
    """An existing stack of the program.

    Args:
        name: The stack's name.
        folder: The folder with Pulumi.yaml.

    Raises:
        DeployError: There is no `pulumi` command, no such stack, or no way into its state.
    """
    if not (folder / "Pulumi.yaml").is_file():
        raise UnusableInputError(
            f"There is no Pulumi project in {folder}.",
            next_step=f"run it in a checkout of this repository, or name the project's folder in {FOLDER}",
        )
    from pulumi import automation

    with _pulumi_errors():
        try:
            return PulumiStack(stack=automation.select_stack(name, work_dir=str(folder)))
        except automation.StackNotFoundError:
            raise UnusableInputError(
                f"There is no stack {name}.", next_step=f"in {folder.name}/: pulumi stack init {name}"
            ) from None


class _pulumi_errors:  # noqa: N801 used as a function
    """Turns the Automation API's errors into ours."""

    def __init__(self, printed: list[str] | None = None) -> None:
        self._printed = printed

    def __enter__(self) -> None:
        """Nothing to prepare."""

    def __exit__(self, _kind: object, error: BaseException | None, _traceback: object) -> None:
        """Explain what Pulumi said."""
        if isinstance(error, FileNotFoundError):
            raise UnusableInputError(
                "There is no `pulumi` command.",
                next_step="install Pulumi's CLI (pulumi.com/docs/install) and its docker plugin",
            ) from None
        from pulumi import automation

        if isinstance(error, automation.InvalidVersionError):
            raise UnusableInputError(
                f"This `pulumi` command is of no use: {error}",
                next_step="install Pulumi's CLI of today (pulumi.com/docs/install)",
            ) from None
        if isinstance(error, automation.CommandError):
            raise explain("\n".join(self._printed or []) + str(error)) from None


def _update(summary: Any) -> Update:
    environment = summary.environment or {}
    author = environment.get("git.author") or environment.get("git.committer") or ""
    return Update(
        version=int(summary.version or 0),
        kind=summary.kind,
        result=summary.result,
        started=_utc(summary.start_time),
        ended=_utc(summary.end_time) if summary.end_time else None,
        message=summary.message or "",
        git_commit=environment.get("git.head", ""),
        who=author,
        config={
            key: str(item["value"] if isinstance(item, dict) else item.value)
            for key, item in (summary.config or {}).items()
            if not (item.get("secret") if isinstance(item, dict) else item.secret)
        },
    )


def _utc(moment: datetime) -> datetime:
    """The Automation API reads moments in UTC and does not say so."""
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
