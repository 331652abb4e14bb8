"""What the command `acceptance` works with."""

import json
import os
import signal
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from types import FrameType
from typing import Final, TypeVar

from clerk_deploy.acceptance.remains import remains
from clerk_deploy.acceptance.teardown import Teardown, stored_token
from clerk_deploy.acceptance.throw_away import NAME, ThrowAway, has_test_keys, throw_away
from clerk_deploy.aws.clients import Clients
from clerk_deploy.aws.stacks import read_stack
from clerk_deploy.cli.context import Context, Target
from clerk_deploy.cli.unseen import unseen
from clerk_deploy.environment.repository import github_token
from clerk_deploy.environment.sources import RawInput
from clerk_deploy.errors import DeployError, RefusedError
from clerk_deploy.names import Names
from clerk_deploy.release.github import Repository
from clerk_deploy.release.pool import open_pool
from clerk_deploy.secret_value import SecretValue

TOOLKIT: Final = "CDKToolkit"
T = TypeVar("T")


@dataclass(frozen=True, kw_only=True)
class Desk:
    """A throw-away environment, and AWS.

    Args:
        context: The command's.
        target: The environment.
        clients: AWS clients.
        folder: Where reports go, and what a later teardown needs.
    """

    context: Context
    target: ThrowAway
    clients: Clients
    folder: Path

    @classmethod
    def make(
        cls, context: Context, raw: RawInput | None, *, name: str, domain: str | None, folder: Path
    ) -> "Desk":
        """From what a person named.

        Args:
            context: The command's.
            raw: The variables' file; None for a teardown.
            name: The throw-away environment's name.
            domain: Its domain; None takes one below that of the environment.
            folder: Where reports go.

        Raises:
            DeployError: The settings cannot be used, or the credentials are of another account.
        """
        like = context.target()
        document = json.loads(context.settings_path.read_text(encoding="utf-8-sig"))
        target = throw_away(
            context.settings(),
            like=like.name,
            context=document["context"],
            name=name,
            domain=domain,
            test_keys=raw is not None and has_test_keys(raw),
        )
        place = Target(names=target.names, settings=target.settings)
        return cls(context=context, target=target, clients=context.clients(place), folder=folder)

    @property
    def place(self) -> Target:
        """The environment as other commands see theirs."""
        return Target(names=self.target.names, settings=self.target.settings)

    @property
    def again(self) -> str:
        """The command that deletes what is left."""
        name = self.target.names.environment
        own = f"{name}.{self.context.target().settings.domain}"
        words = [
            f"clerk-deploy acceptance --teardown -e {self.target.like}",
            *([f"--name {name}"] if name != NAME else []),
            *([f"--domain {self.target.settings.domain}"] if self.target.settings.domain != own else []),
        ]
        return " ".join(words)

    def tell(self, text: str) -> None:
        """Tell what goes on."""
        self.context.output.note(f"{datetime.now(UTC):%H:%M:%S} {text}")

    def require_nothing(self) -> None:
        """Refuse an account that has the environment already, or cannot take it.

        Raises:
            RefusedError: With what there is.
        """
        found = remains(self.target, self.clients.client)
        if found:
            raise RefusedError(
                f"There is something of {self.target.names.prefix} already: {'; '.join(map(str, found))}.",
                next_step=f"if an earlier run left it: {self.again}; if it is yours, choose another --name",
            )
        settings = self.target.settings
        if read_stack(self.clients.client("cloudformation"), TOOLKIT) is None:
            raise RefusedError(
                f"The CDK is not bootstrapped in {settings.account}, {settings.region}.",
                next_step=f"cdk bootstrap aws://{settings.account}/{settings.region}",
            )

    def repository(self, token: SecretValue) -> Repository:
        """The application's repository."""
        owner, name = self.target.settings.repository.removeprefix("https://github.com/").split("/")
        return Repository(http=open_pool(os.environ), owner=owner, name=name, token=token.reveal())

    def teardown(self, token: SecretValue | None) -> Teardown:
        """The teardown of this environment.

        Args:
            token: The GitHub token, if there is one.
        """
        return Teardown(
            target=self.target,
            client=self.clients.client,
            repository=self.repository(token) if token else None,
            tell=self.tell,
            now=time.monotonic,
            sleep=time.sleep,
        )

    def token(self) -> SecretValue:
        """The GitHub token: of the environment that this one is like, else typed or piped in.

        Raises:
            UnusableInputError: It is none.
        """
        names = Names(application=self.target.names.application, environment=self.target.like)
        stored = stored_token(names, self.clients.client)
        if stored:
            self.tell(f"the GitHub token is the one in {names.repository_secret}")
        return github_token(stored or unseen(f"GitHub token for {self.target.settings.repository}"))

    def own_token(self) -> SecretValue | None:
        """The GitHub token that an earlier run stored; None when it is deleted."""
        stored = stored_token(self.target.names, self.clients.client)
        return github_token(stored) if stored else None

    def unless_interrupted(self, work: Callable[[], T]) -> T:
        """Run what tears down; a Ctrl-C in it ends it, and then it must be told what is left.

        Args:
            work: What is run; it handles the first Ctrl-C itself.
        """
        with _ended_like_ctrl_c():
            try:
                return work()
            except KeyboardInterrupt:
                self._tell_what_is_left()
                raise

    def _tell_what_is_left(self) -> None:
        note = self.context.output.note
        note(f"The deletion was interrupted. Go on with it: {self.again}")
        try:
            for left in remains(self.target, self.clients.client):
                note(f"  left: {left}")
        except DeployError as error:
            note(f"  what is left could not be found out: {error.message}")


@contextmanager
def _ended_like_ctrl_c() -> Iterator[None]:
    """Take a request to end (a CI job that is cancelled, a closed terminal) like Ctrl-C."""

    def interrupt(_number: int, _frame: FrameType | None) -> None:
        raise KeyboardInterrupt

    # SIGINT too: a shell that starts this in the background lets it be ignored
    numbers = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
    before = {number: signal.signal(number, interrupt) for number in numbers}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
