"""The live verification as a release uses it: what is missing is told, what fails is named."""

import json
from dataclasses import dataclass, field, replace
from typing import Any

import pytest

from clerk_deploy.environment.secrets_document import SecretsDocument
from clerk_deploy.errors import UnusableInputError
from clerk_deploy.release import live_verification
from clerk_deploy.release.errors import VerificationFailedError
from clerk_deploy.release.ledger.records import Placement
from clerk_deploy.release.live_verification import LiveVerification
from clerk_deploy.settings.verification import VerificationSettings
from clerk_deploy.verification.findings import failed, passed
from clerk_deploy.verification.registry import Moment, all_checks
from clerk_deploy.verification.report import Report, Result

HELD = Placement(release="a-1", commit="a" * 40, revision="11111111-aaaa", slot="slot-b", job="7")
VARIABLES = {"NEXT_PUBLIC_TENANT_ID": "tenant_production_001", "NEXT_PUBLIC_APP_URL": "https://yourapp.com"}
SMOKE = {"users": [{"tenant": "tenant_production_001", "email": "a@example.com", "password": "example"}]}


class MissingError(Exception):
    pass


@dataclass
class Secrets:
    """Secrets Manager by name, or by name and version."""

    texts: dict[str, str] = field(default_factory=dict)

    class exceptions:  # noqa: N801 boto3's name
        ResourceNotFoundException = MissingError

    def get_secret_value(self, *, SecretId: str, VersionId: str = "") -> dict[str, str]:  # noqa: N803
        key = f"{SecretId}@{VersionId}" if VersionId else SecretId
        if key not in self.texts:
            raise MissingError
        return {"SecretString": self.texts[key]}


def verification(**texts: str) -> LiveVerification:
    return LiveVerification(
        secrets=Secrets(texts),
        settings={
            "site": "https://yourapp.com",
            "otherSites": ["https://www.yourapp.com"],
            "verification": VerificationSettings().model_dump(by_alias=True, mode="json"),
            "production": True,
            "variables": "variables",
            "smoke": "smoke",
        },
        document=SecretsDocument(),
        environ={},
        now=lambda: 2_000_000_000.0,
    )


def whole() -> LiveVerification:
    return verification(**{"variables@11111111-aaaa": json.dumps(VARIABLES), "smoke": json.dumps(SMOKE)})


def report(*findings: Any) -> Report:
    results = tuple(
        Result(check=check, finding=finding, seconds=0.1)
        for check, finding in zip(all_checks(), findings, strict=False)
    )
    return Report(
        url="https://yourapp.com", moment=Moment.CANDIDATE, started=0.0, seconds=3.0, results=results
    )


def test_missing_smoke_users_are_told_with_the_command():
    with pytest.raises(UnusableInputError) as caught:
        verification().require_ready()
    assert "smoke create" in caught.value.next_step


def test_a_revision_that_is_gone_is_told():
    with pytest.raises(UnusableInputError, match="Revision 11111111 is no longer in variables"):
        verification(smoke=json.dumps(SMOKE))(HELD)


def test_the_slot_is_verified_as_what_was_built(monkeypatch: pytest.MonkeyPatch):
    seen: list[Any] = []

    def run(_checks: Any, context: Any, **_: Any) -> Report:
        seen.append(context.target)
        return report(passed("fine"), passed("fine"))

    monkeypatch.setattr(live_verification, "run", run)
    assert whole()(HELD) == "2 checks of slot-b in 3 s"
    target = seen[0]
    assert (target.slot, target.expected.commit, target.expected.job) == ("slot-b", "a" * 40, "7")
    assert target.tenant == "tenant_production_001"
    assert target.domains == ("www.yourapp.com",)
    assert target.expected.authentication == "backend"
    whole()(replace(HELD, fallback=True))
    assert seen[1].expected.authentication == "client-side"


def test_what_failed_is_named_and_what_is_too_much_is_counted(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(live_verification, "run", lambda *_, **__: report(*[failed("no sign-in")] * 7))
    with pytest.raises(VerificationFailedError, match=r"7 checks failed: .*no sign-in.* and 2 more"):
        whole()(HELD)
