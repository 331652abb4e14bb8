"""The scheduled verification: what it publishes, and which slot it blames."""

import json
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from clerk_deploy.monitoring.publication import Outcome, metric_data, slot_to_judge
from clerk_deploy.monitoring.scheduled import verify_and_publish
from clerk_deploy.monitoring.scheduled_configuration import Configuration
from clerk_deploy.settings import EnvironmentSettings
from tests.clerk_deploy.verification import world as w

SLOTS = ["slot-a", "slot-b", "slot-c"]
NOW = 1_800_000_000.0


class NotFoundError(Exception):
    pass


@dataclass
class Aws:
    """boto3's clients as far as they are used."""

    secrets: dict[str, str]
    newest: dict[str, datetime] = field(default_factory=dict)
    published: list[dict[str, Any]] = field(default_factory=list)
    asked: list[dict[str, Any]] = field(default_factory=list)

    class exceptions:  # noqa: N801 - boto3's word
        ResourceNotFoundException = NotFoundError
        InvalidParameterException = NotFoundError

    def __call__(self, service: str) -> "Aws":
        assert service in ("secretsmanager", "cloudwatch")
        return self

    def get_secret_value(self, *, SecretId: str, **more: str) -> dict[str, str]:  # noqa: N803
        self.asked.append({"SecretId": SecretId, **more})
        if SecretId not in self.secrets or more.get("VersionId") == "unknown":
            raise NotFoundError
        return {"SecretString": self.secrets[SecretId]}

    def put_metric_data(self, *, Namespace: str, MetricData: list[dict[str, Any]]) -> None:  # noqa: N803
        assert Namespace == "yourapp/production"
        self.published += MetricData

    def get_metric_data(self, *, MetricDataQueries: list[dict[str, Any]], **_: Any) -> dict[str, Any]:  # noqa: N803
        return {
            "MetricDataResults": [
                {
                    "Label": query["Label"],
                    "Timestamps": [self.newest[query["Label"]]] if query["Label"] in self.newest else [],
                }
                for query in MetricDataQueries
            ]
        }

    def values(self) -> dict[str, float]:
        return {
            "/".join([datum["MetricName"], *(each["Value"] for each in datum["Dimensions"])]): datum["Value"]
            for datum in self.published
        }


@pytest.fixture
def aws(served: Any) -> Aws:
    users = [
        {"tenant": user.tenant, "email": user.email, "password": user.password}
        for user in served.world.users.values()
    ]
    return Aws(
        {
            "yourapp/production/variables": json.dumps(
                {
                    "NEXT_PUBLIC_CLERK_PUBLISHABLE_KEY": w.PUBLISHABLE,
                    "NEXT_PUBLIC_TENANT_ID": w.OWN,
                    "NEXT_PUBLIC_API_BASE_URL": f"https://{w.BACKEND}",
                    "NEXT_PUBLIC_APP_URL": f"https://{w.SITE}",
                }
            ),
            "yourapp/production/secrets": json.dumps(
                {
                    "instances": {w.PUBLISHABLE: {"CLERK_SECRET_KEY": w.SECRET}},
                    "tokens": {"verification": ["0" * 16 + "f" * 16]},
                }
            ),
            "yourapp/production/smoke": json.dumps({"users": users}),
        }
    )


def configuration(**changed: Any) -> Configuration:
    environment = EnvironmentSettings.model_validate(
        {
            "host": "amplify",
            "account": "123456789012",
            "domain": w.SITE,
            "repository": "https://github.com/your-org/yourapp",
        }
    )
    verification = environment.verification.model_dump(by_alias=True, mode="json")
    given = {
        "application": "yourapp",
        "environment": "production",
        "url": f"https://{w.SITE}",
        "domains": [],
        "slots": SLOTS,
        "production": True,
        "cnames": [],
        "verification": verification,
    }
    return Configuration(**{**given, **changed})


@pytest.fixture
def verify(served: Any, aws: Aws, monkeypatch: pytest.MonkeyPatch) -> Callable[[], dict[str, Any]]:
    monkeypatch.setenv("SSL_CERT_FILE", served.cacert)
    return lambda: verify_and_publish(configuration(), client=aws, routes=served.routes, now=time.time)


def test_a_healthy_site_publishes_no_failure_its_certificate_and_its_slot(
    verify: Callable[[], dict[str, Any]], aws: Aws, capsys: pytest.CaptureFixture[str]
) -> None:
    told = verify()
    values = aws.values()
    assert (told["failures"], told["failed"]) == (0, {})
    assert values["VerificationFailures"] == values["VerificationFailures/slot-a"] == 0
    assert values["VerificationDuration"] > 0
    assert values["CertificateDaysLeft"] > 0
    assert json.loads(capsys.readouterr().out)["slot"] == "slot-a"


def test_values_are_those_of_the_live_releases_revision(verify: Callable[[], Any], aws: Aws) -> None:
    verify()
    asked = [each for each in aws.asked if each["SecretId"].endswith("/variables")]
    assert asked == [{"SecretId": "yourapp/production/variables", "VersionId": w.REVISION}]


def test_without_smoke_users_it_verifies_what_it_can(verify: Callable[[], Any], aws: Aws) -> None:
    del aws.secrets["yourapp/production/smoke"]
    assert verify()["failures"] == 0


@pytest.mark.parametrize(
    ("fault", "blamed"),
    [("health-fails", True), ("page-500", True), ("signin-500", True), ("clerk-down", False)],
)
def test_a_fault_is_a_failure_and_blamed_on_the_release_only_if_it_can_cause_it(
    verify: Callable[[], Any], served: Any, aws: Aws, fault: str, blamed: bool
) -> None:
    served.world.faults.add(fault)
    aws.newest["slot-a"] = datetime(2026, 11, 24, tzinfo=UTC)
    verify()
    values = aws.values()
    assert values["VerificationFailures"] > 0
    assert (values["VerificationFailures/slot-a"] > 0) is blamed


def test_no_secret_reaches_the_functions_log(
    verify: Callable[[], Any], served: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    served.world.faults.update({"health-fails", "page-500", "signin-500"})
    verify()
    said = capsys.readouterr().out
    for user in served.world.users.values():
        assert user.password not in said
        assert user.email not in said
    assert w.SECRET not in said


def outcome(**changed: Any) -> Outcome:
    given = {
        "failures": 0,
        "release_failures": 0,
        "milliseconds": 4_000.0,
        "certificate_days": 80.0,
        "slot": "slot-b",
        "clerk_answers": True,
    }
    return Outcome(**{**given, **changed})


def published(found: Outcome, slot: str) -> dict[str, float]:
    cloudwatch = Aws({})
    cloudwatch.put_metric_data(
        Namespace="yourapp/production", MetricData=metric_data(found, slot=slot, now=NOW)
    )
    return cloudwatch.values()


def judged(found: Outcome, **newest: datetime) -> str:
    cloudwatch = Aws({}, newest={slot.replace("_", "-"): when for slot, when in newest.items()})
    return slot_to_judge(found, slots=SLOTS, cloudwatch=cloudwatch, namespace="yourapp/production", now=NOW)


def test_only_what_a_release_can_break_is_blamed_on_its_slot() -> None:
    values = published(outcome(failures=3, release_failures=1), "slot-b")
    assert (values["VerificationFailures"], values["VerificationFailures/slot-b"]) == (3, 1)


def test_while_clerk_is_down_no_release_is_blamed() -> None:
    values = published(outcome(failures=3, release_failures=3, clerk_answers=False), "slot-b")
    assert (values["VerificationFailures"], values["VerificationFailures/slot-b"]) == (3, 0)


def test_without_a_certificate_nothing_is_said_about_its_days() -> None:
    assert "CertificateDaysLeft" not in published(outcome(certificate_days=None), "slot-b")


def test_a_release_that_answers_nothing_is_the_one_verified_last() -> None:
    early, late = datetime(2026, 11, 24, 12, 0, tzinfo=UTC), datetime(2026, 11, 24, 12, 5, tzinfo=UTC)
    assert judged(outcome(slot="")) == ""
    assert judged(outcome(slot=""), slot_a=early, slot_c=late) == "slot-c"
    assert judged(outcome(slot="slot-b"), slot_a=early, slot_c=late) == "slot-b"
    assert judged(outcome(slot="local"), slot_a=early) == "slot-a"


def test_the_functions_package_needs_nothing_but_itself_and_boto3(tmp_path: Path) -> None:
    from stacks.lambda_code import assemble

    assemble(tmp_path, packages=["urllib3"])
    assert not list(tmp_path.rglob("__pycache__"))
    program = (
        f"import sys; sys.path.insert(0, {str(tmp_path)!r}); import clerk_deploy.monitoring.scheduled as s; "
        "from clerk_deploy.verification.registry import all_checks; assert len(all_checks()) > 40; "
        "print(s.__file__)"
    )
    done = subprocess.run(
        [sys.executable, "-I", "-S", "-c", program], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip().startswith(str(tmp_path))
