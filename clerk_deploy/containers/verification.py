"""Looking at a release that is live: as a user would, then its health, until the bake is over."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Final

from clerk_deploy.authentication import BACKEND, CLIENT_SIDE
from clerk_deploy.containers.alarm import ReleaseAlarm
from clerk_deploy.containers.inputs import Place
from clerk_deploy.containers.release import SLOT, Release
from clerk_deploy.containers.values import ContainerValues
from clerk_deploy.environment.secrets_document import SecretsDocument
from clerk_deploy.errors import CheckFailedError, UnreachableError
from clerk_deploy.http import Http
from clerk_deploy.release.errors import BakeFailedError, VerificationFailedError
from clerk_deploy.release.health import ask_health
from clerk_deploy.verification.context import Context
from clerk_deploy.verification.engine import run
from clerk_deploy.verification.findings import Status
from clerk_deploy.verification.http import Client, Signature
from clerk_deploy.verification.load import make_target, waivers
from clerk_deploy.verification.registry import Check, Moment, all_checks, select
from clerk_deploy.verification.report import Report, Waiver
from clerk_deploy.verification.routes import Routes
from clerk_deploy.verification.target import Expected, Target

LOOKS_BETWEEN: Final = 12
"""Looks at the health between two sign-ins of a bake: the app allows an account ten in five minutes."""

LOOKS_AT_ALARM: Final = 3
"""Looks from one at the alarm to the next: half a minute, as on AWS."""

FAILURES_TOLERATED: Final = 2
"""Looks in a row that may fail in a bake; the next one ends it."""

SHOWN: Final = 5
"""Failures that are named in the reason."""

JOB: Final = "-"
"""What an image says where a build on Amplify names its job."""

Whole = Callable[[Release, Moment], str]
"""Runs the checks of a moment; a sentence about them."""


@dataclass(frozen=True, kw_only=True)
class SiteVerification:
    """The ordinary verification of the live site.

    Args:
        target: The site, with all that is known of it.
        waivers: Failures that are accepted for a while.
        routes: How hosts are reached.
        now: Seconds since the epoch.
        fallback: The release is the app with Clerk's own components.
        cacert: PEM file of the authorities to trust in place of the machine's; empty: the machine's.
        checks: Every check there is.
    """

    target: Target
    waivers: tuple[Waiver, ...]
    routes: Routes = field(repr=False)
    now: Callable[[], float]
    fallback: bool = False
    cacert: str = ""
    checks: Sequence[Check] = field(default_factory=all_checks, repr=False)

    def __call__(self, release: Release, moment: Moment) -> str:
        """Verify the site; a sentence about it.

        Raises:
            VerificationFailedError: A check failed; the message names the first ones.
        """
        expected = Expected(
            commit=release.commit,
            slot=SLOT,
            revision=release.revision,
            job=JOB,
            authentication=CLIENT_SIDE if self.fallback else BACKEND,
        )
        target = replace(self.target, expected=expected)
        signature = Signature(base_url=target.url, now=self.now, verification_token=target.verification_token)
        client = Client(routes=self.routes, cacert=self.cacert, signature=signature)
        report = run(
            select(self.checks, moment=moment),
            Context(target=target, client=client, now=self.now),
            moment=moment,
            waivers=self.waivers,
        )
        if not report.is_good:
            raise VerificationFailedError(
                f"{target.host}: {_failures(report)}",
                next_step="clerk-deploy verify --list tells what each check means; see clerk-deploy logs",
            )
        return f"{len(report.results)} checks of {target.host} in {report.seconds:.0f} s"


def site_verification(
    place: Place,
    values: ContainerValues,
    *,
    secrets: SecretsDocument,
    smoke: Mapping[str, Any],
    routes: Routes,
    now: Callable[[], float],
    fallback: bool = False,
) -> SiteVerification:
    """The verification of an environment.

    Args:
        place: The environment.
        values: The values of the release that is verified.
        secrets: Its secrets, tokens included.
        smoke: The document of the smoke users.
        routes: How hosts are reached.
        now: Seconds since the epoch.
        fallback: The release is the app with Clerk's own components.
    """
    document = place.environment.verification.model_dump(by_alias=True, mode="json")
    target = make_target(
        url=place.environment.url,
        domains=place.environment.domains[1:],
        verification=document,
        variables={**values.visible, **values.extras},
        secrets=secrets,
        smoke=smoke,
        cnames=[each.model_dump() for each in place.environment.clerk.cnames],
        region=place.environment.region,
        production=place.environment.clerk.instance == "live",
    )
    return SiteVerification(
        target=target, waivers=waivers(document), routes=routes, now=now, fallback=fallback
    )


@dataclass(kw_only=True)
class Watch:
    """Looks at one release, once a call.

    The checks that a candidate on Amplify passes before its switch are run at the first look: Swarm has no
    address for a task that nobody is sent to yet. Later looks ask for the health, some sign users in.

    Args:
        http: Reaches the site.
        site: https://HOST.
        release: What must answer.
        whole: The ordinary verification; None where health is all that can be asked for.
        tell: Hears what was found.
        alarm: The release alarm; None where no log reaches Monitoring.
        looks: How many there were.
        failures: How many failed in a row.
    """

    http: Http
    site: str
    release: Release
    whole: Whole | None
    tell: Callable[[str], None]
    alarm: ReleaseAlarm | None = None
    looks: int = 0
    failures: int = 0

    def __call__(self) -> None:
        """Look once.

        Raises:
            VerificationFailedError: The first look found a check that fails.
            BakeFailedError: Three looks in a row failed, or the alarm is red.
        """
        self.looks += 1
        if self.looks == 1:
            if self.whole:
                self.tell(self.whole(self.release, Moment.CANDIDATE))
            return
        if self.alarm and self.looks % LOOKS_AT_ALARM == 0:
            self.alarm.look()
        try:
            self._look()
        except (CheckFailedError, UnreachableError) as error:
            self.failures += 1
            if self.failures > FAILURES_TOLERATED:
                raise BakeFailedError(
                    f"{self.failures} looks in a row failed: {error.message}", next_step=error.next_step
                ) from None
            self.tell(f"look {self.looks} failed: {error.message}")
            return
        self.failures = 0

    def _look(self) -> None:
        health = ask_health(self.http, self.site, headers={})
        if health.release != self.release.name:
            raise CheckFailedError(
                f"{health.release} answers instead of {self.release.name}.",
                next_step="clerk-deploy status tells who is live",
            )
        if not health.healthy:
            bad = ", ".join(f"{name}: {found}" for name, found in health.checks.items() if found != "ok")
            raise CheckFailedError(
                f"{health.release} is not well: {bad or 'no reason given'}", next_step="clerk-deploy logs"
            )
        # After a failure the same is looked at again: health alone would hide that users cannot sign in.
        if self.whole and (self.failures or self.looks % LOOKS_BETWEEN == 0):
            self.tell(self.whole(self.release, Moment.EMERGENCY))


def _failures(report: Report) -> str:
    bad = [*report.of(Status.FAILED), *report.of(Status.UNKNOWN)]
    named = "; ".join(f"{result.check.id}: {result.finding.evidence}" for result in bad[:SHOWN])
    more = f" and {len(bad) - SHOWN} more" if len(bad) > SHOWN else ""
    return f"{len(bad)} checks failed: {named}{more}" if bad else "no check could be tried"
