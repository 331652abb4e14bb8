"""The release alarm of an environment on containers, before a release and in its bake."""

import pytest

from clerk_deploy.containers.alarm import UNREADABLE_TOLERATED, ReleaseAlarm
from clerk_deploy.release.alarms import Alarm
from clerk_deploy.release.errors import AlarmIsRedError, AlarmUnusableError, BakeFailedError


def alarm(*states: Alarm) -> ReleaseAlarm:
    found = iter(states)
    name = "yourapp-production-release-containers"
    return ReleaseAlarm(name=name, environment="production", read=lambda: next(found))


def test_red_alarm_refuses_a_release_that_is_no_fix() -> None:
    with pytest.raises(AlarmIsRedError, match="is red"):
        alarm(Alarm.RED).begin(despite=False)
    alarm(Alarm.RED).begin(despite=True)
    alarm(Alarm.OK).begin(despite=False)


@pytest.mark.parametrize("state", [Alarm.MISSING, Alarm.DISABLED, Alarm.UNREADABLE])
def test_alarm_that_nobody_would_notice_refuses_a_release(state: Alarm) -> None:
    with pytest.raises(AlarmUnusableError, match=str(state)):
        alarm(state).begin(despite=True)


def test_alarm_that_goes_red_ends_the_bake() -> None:
    watched = alarm(Alarm.OK, Alarm.INSUFFICIENT, Alarm.RED)
    watched.begin(despite=False)
    watched.look()
    with pytest.raises(BakeFailedError, match="is red"):
        watched.look()


def test_fix_is_given_until_the_alarm_was_ok_once() -> None:
    watched = alarm(Alarm.RED, Alarm.RED, Alarm.OK, Alarm.RED)
    watched.begin(despite=True)
    watched.look()
    watched.look()
    with pytest.raises(BakeFailedError, match="is red"):
        watched.look()


def test_alarm_that_cannot_be_read_is_borne_for_a_while() -> None:
    unreadable = [Alarm.UNREADABLE] * UNREADABLE_TOLERATED
    watched = alarm(*unreadable, Alarm.OK, *unreadable, Alarm.UNREADABLE)
    for _ in range(2 * UNREADABLE_TOLERATED + 1):
        watched.look()
    with pytest.raises(BakeFailedError, match="could not be read 5 times"):
        watched.look()


@pytest.mark.parametrize("state", [Alarm.MISSING, Alarm.DISABLED])
def test_alarm_that_is_taken_away_ends_the_bake(state: Alarm) -> None:
    with pytest.raises(BakeFailedError, match="of no use"):
        alarm(state).look()
