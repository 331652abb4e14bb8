"""What a person reads in the message of an alarm."""

import re
from pathlib import Path

import pytest

from clerk_deploy.monitoring.alarms.catalogue import Watched, catalogue, description
from clerk_deploy.monitoring.alarms.model import Text
from clerk_deploy.monitoring.queries import QUERIES
from clerk_deploy.names import SLOTS, Names
from clerk_deploy.settings import ContactSettings
from clerk_deploy.settings.monitoring import MonitoringSettings

CONTACTS = ContactSettings.model_validate(
    {"backendTeam": "backend-team@yourapp.com", "devops": "devops@yourapp.com"}
)
ALARMS = catalogue(
    Names(application="yourapp", environment="production"),
    MonitoringSettings(),
    Watched(slots=SLOTS, queue="q", distribution="D", web_acl="w", app="a"),
)
TEXTS = {alarm.key: alarm.text for alarm in (*ALARMS.thresholds, *ALARMS.bands)}
GUIDE = [
    "Track successful vs failed sign-ins",
    "Monitor token refresh success rate",
    "Alert on unusual failure patterns",
    "Monitor authentication endpoint response times",
    "Track token validation latency",
    "(>500ms)",
    "Monitor 401 error rates",
    "Track token expiration frequency",
    "Alert on spike in errors",
]


@pytest.mark.parametrize("key", TEXTS)
def test_every_alarm_says_what_it_means_what_to_do_first_and_whom_to_ask(key: str) -> None:
    said = description(TEXTS[key], CONTACTS)
    assert TEXTS[key].means.endswith(".")
    assert " First: " in said
    for contact in ("https://clerk.com/support", "backend-team@yourapp.com", "devops@yourapp.com"):
        assert contact in said
    assert len(said) <= 1024


def test_contacts_that_are_not_set_are_left_out() -> None:
    said = description(TEXTS["certificate"], ContactSettings())
    assert said.endswith("Contacts: Clerk https://clerk.com/support.")


def test_a_text_that_cloudwatch_would_cut_is_refused() -> None:
    with pytest.raises(ValueError, match="1024"):
        description(Text(title="x", means="m" * 1000, first="f"), CONTACTS)


@pytest.mark.parametrize("key", TEXTS)
def test_a_query_or_alarm_that_a_text_names_exists(key: str) -> None:
    known = {query.name for query in QUERIES} | set(TEXTS)
    for quoted in re.findall(r"`([^`]+)`", TEXTS[key].first):
        command = quoted.split()[0] in ("clerk-deploy", "timedatectl", "release")
        assert command or quoted in known, quoted


@pytest.mark.parametrize("line", GUIDE)
def test_every_metric_of_the_guide_has_an_alarm(line: str) -> None:
    assert any(line in text.guide for text in TEXTS.values())


def test_no_band_is_on_a_metric_with_a_slot() -> None:
    assert [band.key for band in ALARMS.bands if band.source.dimensions] == []


def test_a_percentile_is_judged_with_a_minimum_of_requests() -> None:
    for alarm in ALARMS.thresholds:
        if any(source.statistic.startswith("p") for source in alarm.sources.values()):
            assert ">=" in alarm.expression, alarm.key


def test_the_commands_in_the_texts_are_commands() -> None:
    table = (Path(__file__).parents[3] / "clerk_deploy" / "cli" / "root.py").read_text(encoding="utf-8")
    later = {"rollback", "history"}
    for text in TEXTS.values():
        for command in re.findall(r"`clerk-deploy (\w+)", text.first):
            assert f'"{command}"' in table or command in later, command
