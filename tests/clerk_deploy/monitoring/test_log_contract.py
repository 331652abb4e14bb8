import json
import re
import subprocess
from pathlib import Path

import pytest

from clerk_deploy.monitoring import log_contract as contract
from clerk_deploy.monitoring.log_contract import EVENTS, FIELDS, problems_of
from clerk_deploy.monitoring.metrics import OUTSIDE_A_RELEASE

PROJECT = Path(__file__).parents[3]
WEB = PROJECT / "web"
GOOD = {
    "time": "2026-11-24T12:00:00.000Z",
    "event": "auth.me",
    "route": "/api/auth/me",
    "method": "GET",
    "status": 200,
    "duration_ms": 12.5,
    "validation_ms": None,
    "reason": "ok",
    "tenant": None,
    "slot": "slot-a",
    "commit": "0123456789abcdef",
    "revision": "r",
    "synthetic": False,
}


def test_a_good_line_has_no_problem() -> None:
    assert problems_of(json.dumps(GOOD)) == ()
    assert problems_of(json.dumps({**GOOD, "error": "TypeError"})) == ()


@pytest.mark.parametrize(
    ("changed", "problem"),
    [
        ({"slot": ...}, "slot: it is missing"),
        ({"password": "x"}, "password: there is no such field"),
        ({"event": "auth.magic"}, "event: there is no such event"),
        ({"event": None}, "event: it must not be null"),
        ({"status": "200"}, "status: it must be a number"),
        ({"status": True}, "status: it must be a number"),
        ({"synthetic": 0}, "synthetic: it must be a flag"),
        ({"synthetic": None}, "synthetic: it must not be null"),
        ({"reason": "Wrong password for a@b.c"}, "reason: it must be one lower-case word with dashes"),
        ({"reason": ""}, "reason: it must be one lower-case word with dashes"),
        ({"error": 5}, "error: it must be a text"),
    ],
)
def test_a_bad_line_is_told(changed: dict[str, object], problem: str) -> None:
    line = {name: value for name, value in {**GOOD, **changed}.items() if value is not ...}
    assert problems_of(json.dumps(line)) == (problem,)


@pytest.mark.parametrize("text", ["", "START RequestId: 1", "{", "[]", "null", '"auth.me"', "12"])
def test_what_is_no_json_object_is_told(text: str) -> None:
    (problem,) = problems_of(text)
    assert "JSON" in problem


def test_the_app_has_the_contracts_events_and_no_other() -> None:
    source = (WEB / "lib" / "log.ts").read_text(encoding="utf-8")
    (declared,) = re.findall(r"export type Event =(.*?);", source, flags=re.DOTALL)
    assert set(re.findall(r"'([a-z.]+)'", declared)) == set(EVENTS)


def test_the_app_writes_the_contracts_fields_and_no_other() -> None:
    source = (WEB / "lib" / "log.ts").read_text(encoding="utf-8")
    (written,) = re.findall(r"const fields = \{(.*?)\n    \};", source, flags=re.DOTALL)
    names = set(re.findall(r"^      (\w+):", written, flags=re.MULTILINE))
    assert names | {"error"} == set(FIELDS)


COUNTED = sorted(
    {
        *contract.CLERK_IS_DOWN,
        *contract.SECRET_IS_WRONG,
        *contract.SIGNATURE_IS_WRONG,
        *contract.CLOCK_IS_WRONG,
        *OUTSIDE_A_RELEASE,
        "token-missing",
        "token-expired",
        "tenant-mismatch",
    }
)


@pytest.mark.parametrize("reason", COUNTED)
def test_a_reason_that_a_metric_counts_is_one_that_the_app_writes(reason: str) -> None:
    """Renamed in the app alone, it would silence an alarm."""
    sources = [path for folder in ("app", "lib") for path in (WEB / folder).rglob("*.ts")]
    text = "\n".join(path.read_text(encoding="utf-8") for path in sources)
    assert f"'{reason}'" in text or f"'{reason.replace('-', '_')}'" in text


@pytest.mark.skipif(not (WEB / "node_modules").is_dir(), reason="the app's dependencies are not installed")
def test_what_the_apps_handlers_really_write_keeps_the_contract() -> None:
    done = subprocess.run(
        [
            str(PROJECT / ".venv" / "bin" / "node"),
            str(Path(__file__).with_name("real_lines.mts")),
            str(WEB / "tests" / "support" / "app.ts"),
        ],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    lines = done.stdout.splitlines()
    assert [(line, problems_of(line)) for line in lines if problems_of(line)] == []
    seen = {json.loads(line)["event"] for line in lines}
    assert seen >= {
        "auth.signin", "auth.signup", "auth.refresh", "auth.signout", "auth.me", "auth.social",
        "health", "api.unknown", "server.error", "startup.secret",
    }  # fmt: skip
    reasons = {json.loads(line)["reason"] for line in lines}
    assert reasons >= {"ok", "token-missing", "token-expired", "token-invalid-signature", "user-unknown"}
