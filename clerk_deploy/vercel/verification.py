"""The whole verification of a release on Vercel: of a candidate on its own address, then on the domain."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import Final

from clerk_deploy.release.errors import VerificationFailedError
from clerk_deploy.release.health import Health
from clerk_deploy.secret_value import SecretValue
from clerk_deploy.vercel.host import BYPASS_HEADER
from clerk_deploy.vercel.records import Deployment
from clerk_deploy.verification.context import Context
from clerk_deploy.verification.engine import run
from clerk_deploy.verification.findings import Status
from clerk_deploy.verification.http import Client, Signature
from clerk_deploy.verification.registry import Check, Moment, all_checks, select
from clerk_deploy.verification.report import Report, Waiver
from clerk_deploy.verification.routes import Routes, authority
from clerk_deploy.verification.target import Expected, Target

NOT_ON_ITS_OWN_ADDRESS: Final = ("headers.indexing",)
"""Vercel keeps search engines away from deployments' own addresses."""

SHOWN: Final = 5
"""Failures that are named in the reason."""


@dataclass(frozen=True, kw_only=True)
class BypassSignature(Signature):
    """Opens a protected deployment too, and no other host.

    Args:
        bypass: The bypass secret; None without protection.
    """

    bypass: SecretValue | None = field(default=None, repr=False)

    def headers(self, method: str, url: str) -> dict[str, str]:
        """The headers for one request."""
        made = Signature.headers(self, method, url)
        if self.bypass and authority(url) == authority(self.base_url):
            made[BYPASS_HEADER] = self.bypass.reveal()
        return made


@dataclass(frozen=True, kw_only=True)
class WholeVerification:
    """Runs the checks of a release.

    Args:
        target: The site on its domain, with all that is known of it.
        bypass: Opens protected deployments.
        waivers: Failures that are accepted for a while.
        routes: How hosts are reached.
        now: Seconds since the epoch.
        cacert: PEM file of the authorities to trust in place of the machine's; empty: the machine's.
        checks: Every check there is.
    """

    target: Target
    bypass: SecretValue | None = field(repr=False)
    waivers: tuple[Waiver, ...]
    routes: Routes = field(repr=False)
    now: Callable[[], float]
    cacert: str = ""
    checks: Sequence[Check] = field(default_factory=all_checks, repr=False)

    def candidate(self, deployment: Deployment, health: Health) -> str:
        """Verify a deployment on its own address; a sentence about it.

        Raises:
            VerificationFailedError: A check failed; the message names the first ones.
        """
        target = replace(
            self.target, url=deployment.url, domains=(), app_url=self.target.app_url or self.target.url
        )
        checks = select(self.checks, moment=Moment.CANDIDATE)
        checks = tuple(each for each in checks if each.id not in NOT_ON_ITS_OWN_ADDRESS)
        return self._verify(target, health, checks, moment=Moment.CANDIDATE, bypass=self.bypass)

    def live(self, health: Health) -> str:
        """Verify the live site on its domain; a sentence about it.

        Raises:
            VerificationFailedError: A check failed; the message names the first ones.
        """
        checks = select(self.checks, moment=Moment.EMERGENCY)
        return self._verify(self.target, health, checks, moment=Moment.EMERGENCY, bypass=None)

    def _verify(
        self,
        target: Target,
        health: Health,
        checks: Sequence[Check],
        *,
        moment: Moment,
        bypass: SecretValue | None,
    ) -> str:
        expected = Expected(commit=health.commit, slot=health.slot, revision=health.revision, job=health.job)
        target = replace(target, expected=expected)
        signature = BypassSignature(
            base_url=target.url,
            now=self.now,
            verification_token=target.verification_token,
            bypass=bypass,
        )
        client = Client(routes=self.routes, cacert=self.cacert, signature=signature)
        report = run(
            checks,
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


def _failures(report: Report) -> str:
    bad = [*report.of(Status.FAILED), *report.of(Status.UNKNOWN)]
    named = "; ".join(f"{result.check.id}: {result.finding.evidence}" for result in bad[:SHOWN])
    more = f" and {len(bad) - SHOWN} more" if len(bad) > SHOWN else ""
    return f"{len(bad)} checks failed: {named}{more}" if bad else "no check could be tried"
