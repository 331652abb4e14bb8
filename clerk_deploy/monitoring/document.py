"""The page docs/monitoring.md, written from the alarms by `python -m clerk_deploy.monitoring.document`."""

import sys
from collections.abc import Iterable, Sequence
from typing import Final

from clerk_deploy.monitoring.alarms.catalogue import Catalogue, Watched, catalogue
from clerk_deploy.monitoring.alarms.export import export_alarms
from clerk_deploy.monitoring.alarms.model import BandAlarm, Source, ThresholdAlarm
from clerk_deploy.monitoring.log_contract import EVENTS, FIELDS, REASONS, Field
from clerk_deploy.monitoring.metrics import FOR_PEOPLE, FOR_RELEASES, LogMetric
from clerk_deploy.monitoring.queries import QUERIES
from clerk_deploy.names import SLOTS, Names
from clerk_deploy.settings.monitoring import MonitoringSettings

INTRODUCTION: Final = """# Monitoring

Written from the alarms by `python -m clerk_deploy.monitoring.document > docs/monitoring.md`; do not
edit.

The application writes one JSON line a request. The Monitoring stack makes metrics of the lines, alarms
of the metrics, and tells a topic. Names of alarms begin with `APPLICATION-ENVIRONMENT-`; thresholds are
settings (docs/settings.md, `monitoring`), shown here with their defaults. Requests of the deployment's
own verification are left out everywhere but in `ClerkFailures`, `SecretProblems` and `Evidence`.

Told are the addresses of `monitoring.emails` and `monitoring.httpsEndpoints` (PagerDuty, Opsgenie
and others take CloudWatch's messages there; Slack's AWS app subscribes to the topic itself). Metrics
and alarms in Datadog or New Relic: [other monitors](other-monitors.md).
Each e-mail address has to confirm once. The messages hold what the alarm means, what to do first, and
the settings' `contacts`.
"""

EXPORT: Final = """## Alarms of the way to another monitor

With `monitoring.export` (see [other monitors](other-monitors.md)) there are two more:
"""

RELEASES: Final = """## Release alarms

`APPLICATION-ENVIRONMENT-release-SLOT` judges the release in one slot, and decides only while that slot
is live. One of these parts is enough, each from the slot's own lines, two datapoints of three minutes
by default:
"""

AFTER_RELEASES: Final = """\
The last two do not count while `clerk-failures` is in alarm: no release causes Clerk's outage, and
no rollback cures it. Unknown, banned and locked users, too many attempts, and Clerk's own failures
are left out of the metrics. What a release under verification does counts for its own slot alone. A
slot without traffic has no data, and that is no alarm. What the edge and Amplify measure for all
slots together decides nothing.

`Evidence` counts verification's own requests by slot: the proof that a slot's lines arrive as
metrics. A release is not promoted before it was seen. Release steps write `Releases` (dimension
`slot`, value 1) at each switch: the marks on the dashboard.
"""

NOTES: Final = """## Good to know

- Until the first release is live, `verification` is in alarm: there is nothing to verify, and it says
  so.
- A missing datapoint of the verification is a bad one. Two of three must be bad, so one late run is
  none; when the verification stops altogether, its alarm comes after about twenty minutes, since
  CloudWatch looks at older datapoints first.
- A failed Amplify build is an event, no metric: EventBridge tells the topic, with branch and job. These
  events are best effort.
- Metric filters read new lines only, not those of before they existed.
- CloudWatch judges each alarm every minute over windows that slide. Lines arrive up to two minutes
  late.
- `clerk-deploy logs --failures --users --since 1h` shows the lines behind an alarm. The saved queries are in
  the console under Logs Insights, in APPLICATION/ENVIRONMENT.
- Containers write the same lines. With an `account` in the settings, `cdk deploy 'ENVIRONMENT/*'` makes the
  group `/APPLICATION/ENVIRONMENT/containers`; with Docker's awslogs driver on it they get the same
  metrics, alarms and dashboards, with `containers` in place of the slot.

## What the tests show

Every alarm on a threshold is judged by an evaluator of CloudWatch's documented rules (statistics,
metric math, M of N, missing data, composite rules) over the minutes of a site's life: spike, slow ramp,
recovery, normal noise, no traffic, three failures at night, late lines, holes
(tests/stacks/monitoring). Anomaly bands are not evaluated: nobody but CloudWatch can say where a band
lies. In the rehearsal the same evaluator judges the deployed alarms, on metrics that the deployed
filters made of lines (tests/rehearsal/aws/cloudwatch).
"""

PRICE: Final = {"metric": 0.30, "alarm metric": 0.10, "composite": 0.50, "key": 1.00}
"""USD a month in us-east-1, in November 2026; the first three dashboards are free."""

OWN_VERIFICATION_METRICS: Final = 3
BAND_METRICS: Final = 3


def document() -> str:
    """The page."""
    settings = MonitoringSettings()
    alarms = catalogue(
        Names(application="APPLICATION", environment="ENVIRONMENT"),
        settings,
        Watched(slots=SLOTS, queue="", distribution="the distribution", web_acl="the web ACL", app="the app"),
    )
    people = [alarm for alarm in alarms.thresholds if alarm.tells]
    return "\n".join(
        [
            INTRODUCTION,
            "## The guide's metrics\n\nTests are in tests/stacks/monitoring.\n",
            _table(("The guide", "Metric", "Alarm", "Test"), _guide_rows(people, alarms.bands)),
            "\n## Every alarm: what it means, and what to do first\n",
            *map(_entry, people),
            *map(_entry, alarms.bands),
            EXPORT,
            *map(_entry, export_alarms(delivery="the delivery stream", settings=settings)),
            RELEASES,
            _table(("Part", "In alarm when"), _part_rows(alarms)),
            "",
            AFTER_RELEASES,
            "## What it costs\n",
            _cost(alarms),
            NOTES,
            "## Metrics\n",
            _table(("Metric", "What", "By slot"), _metric_rows([*FOR_PEOPLE, *FOR_RELEASES])),
            "\n## The line\n",
            _table(("Field", "Type", "What"), _field_rows()),
            "\nEvents:\n",
            _table(("Event", "What"), [(f"`{name}`", text) for name, text in EVENTS.items()]),
            "\nReasons; others come from Clerk, with dashes:\n",
            _table(("Reason", "What"), [(f"`{name}`", text) for name, text in REASONS.items()]),
            "\n## Saved queries\n",
            _table(("Query", "Helps with"), [(f"`{query.name}`", query.answers) for query in QUERIES]),
            "",
        ]
    )


def _guide_rows(
    people: Sequence[ThresholdAlarm], bands: Sequence[BandAlarm]
) -> list[tuple[str, str, str, str]]:
    tested = "test_alarms_in_time.py"
    rows = [
        (
            alarm.text.guide,
            ", ".join(dict.fromkeys(_named(source) for source in alarm.sources.values())),
            f"`{alarm.key}`",
            f"{tested} `[{alarm.key}]`",
        )
        for alarm in people
        if alarm.text.guide
    ]
    rows += [
        (band.text.guide, _named(band.source), f"`{band.key}`", "declared only: bands are not evaluated")
        for band in bands
    ]
    return sorted(rows)


def _named(source: Source) -> str:
    return source.name if source.namespace.endswith("ENVIRONMENT") else f"{source.namespace} {source.name}"


def _entry(alarm: ThresholdAlarm | BandAlarm) -> str:
    when = _when(alarm) if isinstance(alarm, ThresholdAlarm) else _beyond_band(alarm)
    return f"### {alarm.key}\n\n{alarm.text.title}: {when}.\n\n{alarm.text.means} {alarm.text.first}\n"


def _when(alarm: ThresholdAlarm) -> str:
    beyond = {
        "GreaterThanThreshold": "above",
        "GreaterThanOrEqualToThreshold": "at or above",
        "LessThanThreshold": "below",
    }[alarm.beyond.value]
    over = alarm.over
    missing = "; no data is as bad" if alarm.missing == "breaching" else ""
    return (
        f"{beyond} {alarm.threshold:g} in {over.datapoints} of {over.of} x {over.period // 60} min{missing}"
    )


def _beyond_band(alarm: BandAlarm) -> str:
    over = alarm.over
    return (
        f"above a band of {alarm.deviations} standard deviations in {over.datapoints} of {over.of} x "
        f"{over.period // 60} min"
    )


def _part_rows(alarms: Catalogue) -> list[tuple[str, str]]:
    release = alarms.releases[0]
    by_key = {alarm.key: alarm for alarm in alarms.thresholds}
    return [
        (
            key.removeprefix(f"release-{release.slot}-"),
            f"{_what(by_key[key], release.slot)} {_when(by_key[key])}",
        )
        for key in (*release.parts, *release.excused)
    ]


def _what(alarm: ThresholdAlarm, slot: str) -> str:
    return alarm.text.title.removesuffix(f" in {slot}")


def _cost(alarms: Catalogue) -> str:
    lines = len(FOR_PEOPLE) + OWN_VERIFICATION_METRICS
    by_slot = len(FOR_RELEASES) + 1
    alarm_metrics = sum(len(alarm.sources) for alarm in alarms.thresholds) + BAND_METRICS * len(alarms.bands)
    one = (lines + by_slot) * PRICE["metric"]
    three = (lines + by_slot * len(SLOTS)) * PRICE["metric"]
    watching = alarm_metrics * PRICE["alarm metric"] + len(alarms.releases) * PRICE["composite"]
    total = one + watching + PRICE["key"]
    table = _table(
        ("What", "How many", "USD a month"),
        [
            ("metrics, one slot with traffic", str(lines + by_slot), f"{one:.2f}"),
            ("metrics, were all three slots busy", str(lines + by_slot * len(SLOTS)), f"{three:.2f}"),
            ("metrics in alarms", str(alarm_metrics), f"{alarm_metrics * PRICE['alarm metric']:.2f}"),
            ("release alarms", str(len(alarms.releases)), f"{len(alarms.releases) * PRICE['composite']:.2f}"),
            ("key of the topics", "1", f"{PRICE['key']:.2f}"),
            ("dashboards", "2", "0.00 (the first three of an account)"),
        ],
    )
    return (
        f"{table}\n\nAbout {total:.0f} USD a month for an environment, at list price in us-east-1 (November "
        "2026).\nA metric costs only for the hours in which it has data, so those of failures cost next to "
        "nothing\nwhile all is well. The log itself is charged by volume (0.50 USD a GB); verification's "
        "function, queue\nand topics stay within cents.\n"
    )


def _metric_rows(metrics: Iterable[LogMetric]) -> list[tuple[str, str, str]]:
    return [(f"`{metric.name}`", metric.help, "yes" if metric.by_slot else "") for metric in metrics]


def _field_rows() -> list[tuple[str, str, str]]:
    return [(f"`{name}`", _kind(field), field.help) for name, field in FIELDS.items()]


def _kind(field: Field) -> str:
    words = [
        field.kind,
        *(["or null"] if field.nullable else []),
        *(["may be absent"] if field.optional else []),
    ]
    return ", ".join(words).replace(", or", " or")


def _table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join(f"| {' | '.join(cells)} |" for cells in lines)


if __name__ == "__main__":
    sys.stdout.write(document())
