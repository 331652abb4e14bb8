"""What every test starts from."""

import pytest

from clerk_deploy.secret_value import SecretValue


@pytest.fixture(autouse=True)
def _no_secret_was_met(monkeypatch: pytest.MonkeyPatch) -> None:
    # A process stars every secret that it has met: one test's would star another's commit ids.
    monkeypatch.setattr(SecretValue, "_met", set())
