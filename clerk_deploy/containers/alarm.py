"""The release alarm of an environment on containers, where Monitoring watches its log."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from clerk_deploy.release.alarms import Alarm
from clerk_deploy.release.errors import AlarmIsRedError, AlarmUnusableError, BakeFailedError

UNREADABLE_TOLERATED: Final = 4
"""Times in a row that the alarm may be unreadable; the next one ends the bake, as on AWS."""


@dataclass(kw_only=True)
class ReleaseAlarm:
    """The alarm during one release. All releases share it: Swarm has no slots.

    Args:
        name: Its name.
        environment: The environment's name.
        read: Reads it.
        was_red: It was red before the release and has not been OK since.
        unreadable: Times in a row that it could not be read.
    """

    name: str
    environment: str
    read: Callable[[], Alarm]
    was_red: bool = False
    unreadable: int = 0

    def begin(self, *, despite: bool) -> None:
        """Refuse a release that nobody would watch, or that comes on top of trouble.

        Args:
            despite: The release is the fix.

        Raises:
            AlarmIsRedError: It is red.
            AlarmUnusableError: It is missing, switched off or cannot be read.
        """
        state = self.read()
        if state in (Alarm.MISSING, Alarm.DISABLED, Alarm.UNREADABLE):
            raise AlarmUnusableError(
                f"The alarm {self.name} is of no use: {state}.",
                next_step=f"cdk deploy '{self.environment}/Monitoring', enable its actions, or see whether "
                "these credentials may call cloudwatch:DescribeAlarms",
            )
        self.was_red = state is Alarm.RED
        if self.was_red and not despite:
            raise AlarmIsRedError(
                f"The alarm {self.name} of the live release is red.",
                next_step="clerk-deploy rollback; or, if this release is the fix, "
                "clerk-deploy release --despite-alarm",
            )

    def look(self) -> None:
        """Look in a bake.

        Raises:
            BakeFailedError: It went red, is of no use, or could not be read too often.
        """
        state = self.read()
        if state is Alarm.RED and not self.was_red:
            raise BakeFailedError(f"The alarm {self.name} is red.", next_step="clerk-deploy logs --failures")
        if state in (Alarm.MISSING, Alarm.DISABLED):
            raise BakeFailedError(
                f"The alarm {self.name} is of no use: {state}.",
                next_step=f"cdk deploy '{self.environment}/Monitoring', then release again",
            )
        self.unreadable = self.unreadable + 1 if state is Alarm.UNREADABLE else 0
        if self.unreadable > UNREADABLE_TOLERATED:
            raise BakeFailedError(
                f"The alarm {self.name} could not be read {self.unreadable} times in a row.",
                next_step="see whether these credentials may call cloudwatch:DescribeAlarms",
            )
        self.was_red = self.was_red and state is not Alarm.OK
