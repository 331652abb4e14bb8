"""docs/other-monitors.md names what there is: accepted settings, sites, alarms, prices, links."""

import json
import re
from pathlib import Path
from typing import Any

import pytest

from clerk_deploy.monitoring.alarms.export import export_alarms
from clerk_deploy.monitoring.document import PRICE, document
from clerk_deploy.monitoring.export.vendors import ADDRESSES, UNCONFIRMED
from clerk_deploy.settings import parse_settings
from clerk_deploy.settings.monitoring import MonitoringSettings

DOCS = Path(__file__).parents[4] / "docs"
UPDATES_PRICE = 0.003 / 1000
MINUTES = 43_800


@pytest.fixture(scope="module")
def page() -> str:
    return (DOCS / "other-monitors.md").read_text(encoding="utf-8")


def blocks(page: str) -> list[Any]:
    return [json.loads(f"{{{text}}}") for text in re.findall(r"```json\n(.*?)```", page, re.DOTALL)]


def test_its_settings_are_accepted(page: str) -> None:
    found = blocks(page)
    assert {each["monitoring"]["export"]["vendor"] for each in found} == {"datadog", "newrelic"}
    for each in found:
        environment = {
            "host": "amplify",
            "account": "123456789012",
            "domain": "yourapp.com",
            "repository": "https://github.com/your-org/yourapp",
            **each,
        }
        parse_settings({"application": "yourapp", "environments": {"production": environment}})


def test_it_names_every_site_and_which_addresses_are_unconfirmed(page: str) -> None:
    table = page.partition("### Sites")[2].partition("##")[0]
    for sites in ADDRESSES.values():
        assert all(f"`{site}`" in table for site in sites)
    unconfirmed = table.partition("*unconfirmed*:")[2].partition("\n")[0]
    assert set(re.findall(r"`([^`]+)`", unconfirmed)) - {"|"} == UNCONFIRMED


def test_it_explains_both_alarms(page: str) -> None:
    for alarm in export_alarms(delivery="", settings=MonitoringSettings()):
        assert f"`{alarm.key}`" in page


def test_its_price_follows_the_number_of_metrics(page: str) -> None:
    metrics = int(re.findall(r"one slot with traffic \| (\d+)", document())[0])
    percentiles = 3
    assert f"{metrics} metrics and {percentiles} percentiles" in page
    assert f"| {(metrics + percentiles) * MINUTES * UPDATES_PRICE:.2f} |" in page
    assert f"| two alarms | {PRICE['alarm metric']:.2f} each | {2 * PRICE['alarm metric']:.2f} |" in page


def test_its_links_lead_somewhere(page: str) -> None:
    for target in re.findall(r"\]\(([\w.-]+\.md)?(?:#([\w-]+))?\)", page):
        name, anchor = target
        text = (DOCS / name).read_text(encoding="utf-8") if name else page
        heads = {
            re.sub(r"[^\w -]", "", head.lower()).replace(" ", "-")
            for head in re.findall(r"^#+ (.+)$", text, re.MULTILINE)
        }
        assert not anchor or anchor in heads, target
