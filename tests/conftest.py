"""What every test starts from."""

import signal

import pytest

from clerk_deploy.secret_value import SecretValue

if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    # A shell's background job ignores Ctrl-C, and so would every command that a test interrupts.
    signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture(autouse=True)
def _no_secret_was_met(monkeypatch: pytest.MonkeyPatch) -> None:
    # A process stars every secret that it has met: one test's would star another's commit ids.
    monkeypatch.setattr(SecretValue, "_met", set())
