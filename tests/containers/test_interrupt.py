"""Ctrl-C while Pulumi updates a stack: Pulumi ends first."""

import os
import signal
from dataclasses import dataclass, field
from typing import Any

import pytest

from clerk_deploy.containers.interrupt import Interruption
from clerk_deploy.containers.stack import PulumiStack


def interrupt() -> None:
    os.kill(os.getpid(), signal.SIGINT)


def test_interruption_waits_for_the_end() -> None:
    told: list[str] = []
    ended = False
    with pytest.raises(KeyboardInterrupt), Interruption(told.append):
        interrupt()
        ended = True
    assert ended
    assert "Ctrl-C again" in told[0]


def test_second_interruption_waits_for_nothing() -> None:
    with pytest.raises(KeyboardInterrupt), Interruption(lambda line: None):
        interrupt()
        interrupt()
        pytest.fail("it went on")


def test_without_interruption_all_is_as_before() -> None:
    before = signal.getsignal(signal.SIGINT)
    with Interruption(lambda line: None):
        pass
    assert signal.getsignal(signal.SIGINT) is before


@dataclass
class Automation:
    """An automation stack whose update is interrupted in the middle."""

    done: list[str] = field(default_factory=list)

    def up(self, **_: Any) -> None:
        interrupt()
        self.done.append("saved its state")
        raise OSError("ended by a signal")


def test_interrupted_update_ends_in_order_and_is_told_as_an_interruption() -> None:
    automation = Automation()
    told: list[str] = []
    with pytest.raises(KeyboardInterrupt):
        PulumiStack(stack=automation).up(message="release", progress=told.append)
    assert automation.done == ["saved its state"]
    assert len(told) == 1
