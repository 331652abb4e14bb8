"""All alarms of an environment."""

from dataclasses import dataclass

from clerk_deploy.monitoring.alarms.causes import cause_alarms
from clerk_deploy.monitoring.alarms.edge import amplify_alarms, edge_alarms, firewall_alarms
from clerk_deploy.monitoring.alarms.export import export_alarms
from clerk_deploy.monitoring.alarms.model import (
    LONGEST_DESCRIPTION,
    BandAlarm,
    ReleaseAlarm,
    Text,
    ThresholdAlarm,
)
from clerk_deploy.monitoring.alarms.release import release_alarm, release_part_alarms
from clerk_deploy.monitoring.alarms.sign_in import band_alarms, sign_in_alarms
from clerk_deploy.monitoring.alarms.verification import verification_alarms
from clerk_deploy.names import Names
from clerk_deploy.settings.models import ContactSettings
from clerk_deploy.settings.monitoring import MonitoringSettings


@dataclass(frozen=True, kw_only=True)
class Watched:
    """What an environment consists of, as far as its alarms need to know.

    Args:
        slots: Where its releases run.
        queue: Name of the queue of verification runs that crashed.
        distribution: Id of its CloudFront distribution, if it has one.
        web_acl: Metric name of its web ACL, if it has one.
        app: Id of its Amplify app, if it has one.
        delivery: Name of the delivery stream to another monitor, if it has one.
    """

    slots: tuple[str, ...]
    queue: str
    distribution: str | None = None
    web_acl: str | None = None
    app: str | None = None
    delivery: str | None = None


@dataclass(frozen=True, kw_only=True)
class Catalogue:
    """Alarms by kind.

    Args:
        thresholds: On values; those that tell nobody are parts of the release alarms.
        bands: On what is unusual.
        releases: One for each slot.
    """

    thresholds: tuple[ThresholdAlarm, ...]
    bands: tuple[BandAlarm, ...]
    releases: tuple[ReleaseAlarm, ...]


def catalogue(names: Names, settings: MonitoringSettings, watched: Watched) -> Catalogue:
    """All alarms of an environment.

    Args:
        names: Names of what it owns.
        settings: Thresholds.
        watched: What it consists of.
    """
    namespace = names.metric_namespace
    thresholds = [
        *sign_in_alarms(namespace, settings),
        *cause_alarms(namespace, settings),
        *verification_alarms(namespace, queue=watched.queue, settings=settings),
    ]
    if watched.distribution:
        thresholds += edge_alarms(distribution=watched.distribution, settings=settings)
    if watched.web_acl:
        thresholds += firewall_alarms(web_acl=watched.web_acl, settings=settings)
    if watched.app:
        thresholds += amplify_alarms(app=watched.app, settings=settings)
    if watched.delivery:
        thresholds += export_alarms(delivery=watched.delivery, settings=settings)
    for slot in watched.slots:
        thresholds += release_part_alarms(namespace, slot=slot, settings=settings)
    return Catalogue(
        thresholds=tuple(thresholds),
        bands=band_alarms(namespace, settings),
        releases=tuple(release_alarm(slot) for slot in watched.slots),
    )


def description(text: Text, contacts: ContactSettings) -> str:
    """What an alarm's message says: its meaning, what to do first, and whom to ask.

    Args:
        text: The alarm's text.
        contacts: The settings' support contacts.

    Raises:
        ValueError: It is longer than CloudWatch keeps.
    """
    people = [
        f"Clerk {contacts.clerk_support}",
        *([f"backend team {contacts.backend_team}"] if contacts.backend_team else []),
        *([f"devops {contacts.devops}"] if contacts.devops else []),
    ]
    said = f"{text.means} First: {text.first} Contacts: {', '.join(people)}."
    if len(said) > LONGEST_DESCRIPTION:
        raise ValueError(f"the description of `{text.title}` is longer than {LONGEST_DESCRIPTION} characters")
    return said
