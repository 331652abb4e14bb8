"""Every threshold alarm, as synthesised, over minutes of a site's life. Anomaly bands are not evaluated."""

from typing import Any

import pytest

from rehearsal.aws.cloudwatch.board import MINUTE
from tests.stacks.monitoring.drives import DRIVES
from tests.stacks.monitoring.timeline import START, Life, alarmed, board, metric_alarms

FIRST_BAD = 60
WARM = 45
"""Minutes after which what was missing before the first datapoint is out of every evaluation range."""
RATES = [key for key, drive in DRIVES.items() if drive.least]
DAMPED = [key for key, drive in DRIVES.items() if drive.damped]
SILENCE_IS_BAD = ["verification"]
LINES = [key for key in RATES if not any(name[0].isupper() for name in DRIVES[key].good)]


@pytest.fixture
def life(template: Any, key: str) -> Life:
    return Life(template=template, key=key, drive=DRIVES[key])


def every(keys: Any) -> Any:
    return pytest.mark.parametrize("key", list(keys))


def period(life: Life) -> int:
    """Minutes of a datapoint."""
    alarm = metric_alarms(life.template)[life.key]
    seconds = alarm.get("Period") or next(
        query["MetricStat"]["Period"] for query in alarm["Metrics"] if "MetricStat" in query
    )
    return int(seconds) // 60


def over(life: Life) -> int:
    """Minutes that the alarm's evaluation periods take."""
    return period(life) * int(metric_alarms(life.template)[life.key]["EvaluationPeriods"])


def warm(states: list[tuple[int, str]]) -> list[int]:
    """Minutes at which it went into ALARM, once it had data to look at."""
    return [minute for minute in alarmed(states) if minute > WARM]


def test_every_threshold_alarm_is_tried_here_and_every_band_is_refused(template: Any) -> None:
    alarms = metric_alarms(template)
    bands = {key for key, alarm in alarms.items() if alarm.get("ThresholdMetricId")}
    assert set(DRIVES) == set(alarms) - bands
    every_alarm = board(template)
    every_alarm.tick(START)
    assert every_alarm.refused == bands


@every(DRIVES)
def test_it_fires_on_a_spike_and_only_once(life: Life) -> None:
    bad = life.drive.share
    states = life.run(FIRST_BAD + 4 * over(life), lambda minute: bad if minute >= FIRST_BAD else 0)
    (fired,) = warm(states)
    assert FIRST_BAD < fired <= FIRST_BAD + over(life) + 1


@every(DRIVES)
def test_it_fires_on_a_slow_ramp_before_the_top(life: Life) -> None:
    minutes = 20 * over(life)
    ramp = alarmed(life.run(minutes, lambda minute: life.drive.share * minute / minutes))
    assert ramp, "it never fired"
    if life.drive.noise:
        assert ramp[0] > minutes * 0.05, "it fired within noise"


@every(DRIVES)
def test_it_clears_after_recovery_and_stays_clear(life: Life) -> None:
    end = FIRST_BAD + 3 * over(life)
    bad = life.drive.share
    states = life.run(end + 6 * over(life), lambda minute: bad if FIRST_BAD <= minute < end else 0)
    assert [state for minute, state in states if minute > FIRST_BAD] == ["ALARM", "OK"]
    assert states[-1][0] <= end + over(life) + 1


@every(DRIVES)
def test_normal_noise_is_quiet(life: Life) -> None:
    assert warm(life.run(6 * over(life) + 60, lambda _minute: life.drive.noise)) == []


@every(DRIVES)
def test_silence(life: Life) -> None:
    """No traffic at all: only the verification, which runs always, must not be silent."""
    fired = alarmed(life.run(6 * over(life), lambda _minute: 0, skip=lambda _minute: True))
    assert bool(fired) is (life.key in SILENCE_IS_BAD)


@every(DRIVES)
def test_traffic_that_stops_is_quiet_until_too_much_is_missing(life: Life) -> None:
    stop = FIRST_BAD + over(life)
    states = life.run(stop + 8 * over(life), lambda _minute: 0, skip=lambda minute: minute >= stop)
    fired = warm(states)
    assert bool(fired) is (life.key in SILENCE_IS_BAD)
    assert all(minute > stop + period(life) for minute in fired), "one missing datapoint is no alarm"


@every(RATES)
def test_three_failures_at_night_page_nobody(life: Life) -> None:
    """Every request fails, but there are too few to judge."""
    if life.key in LINES:
        quiet = life.with_volume(1).run(240, lambda _minute: 1.0, every=2 * period(life))
    else:
        to = board(life.template, life.key)
        few = {**life.drive.bad, "Requests": 1}
        drive = type(life.drive)(good=few, bad=few)
        changes = []
        for minute in range(240):
            if minute % (2 * period(life)) == 0:
                drive.minute(to, to.metric_alarms[life.key], START + minute * MINUTE, 1.0)
            changes += to.tick(START + (minute + 1) * MINUTE)
        quiet = [(0, change.state) for change in changes]
    assert alarmed(quiet) == []


@every(DAMPED)
def test_a_single_bad_datapoint_is_quiet(life: Life) -> None:
    alarm = metric_alarms(life.template)[life.key]
    assert alarm["DatapointsToAlarm"] > 1
    length = period(life) - 1
    states = life.run(
        FIRST_BAD + 6 * over(life),
        # sliding windows may cut one period's badness into two datapoints, so it is a little shorter
        lambda minute: life.drive.share if FIRST_BAD <= minute < FIRST_BAD + max(1, length // 3) else 0,
    )
    if period(life) > 1:
        # a rate that is bad in a third of each of two windows is bad in neither
        assert len(alarmed(states)) <= (1 if life.drive.share / 3 > 0.1 else 0)
    else:
        assert alarmed(states) == []


@every(DRIVES)
def test_late_data_raises_it_all_the_same(life: Life) -> None:
    bad = life.drive.share
    states = life.run(FIRST_BAD + 6 * over(life), lambda minute: bad if minute >= FIRST_BAD else 0, late=110)
    (fired,) = warm(states)
    assert FIRST_BAD < fired <= FIRST_BAD + over(life) + 4


@every(DRIVES)
def test_data_with_holes_raises_it_all_the_same(life: Life) -> None:
    """Every other datapoint is missing."""
    length = period(life)

    def skip(minute: int) -> bool:
        return minute >= FIRST_BAD and minute // length % 2 == 1

    bad = life.drive.share
    states = life.run(
        FIRST_BAD + 10 * over(life), lambda minute: bad if minute >= FIRST_BAD else 0, skip=skip
    )
    assert warm(states)


@every(LINES)
@pytest.mark.parametrize("fills", [True, False], ids=["FILL fills all", "FILL leaves an empty metric empty"])
def test_when_nothing_ever_worked_it_fires_whatever_fill_makes_of_an_empty_metric(
    life: Life, fills: bool
) -> None:
    assert alarmed(life.run(4 * over(life), lambda _minute: 1.0, fills_empty_series=fills))


@every(LINES)
def test_verifications_own_requests_are_left_out(life: Life) -> None:
    drive = type(life.drive)(
        good={**life.drive.good, "synthetic": True}, bad={**life.drive.bad, "synthetic": True}, share=1.0
    )
    synthetic = Life(template=life.template, key=life.key, drive=drive)
    assert alarmed(synthetic.run(4 * over(life), lambda _minute: 1.0)) == []
