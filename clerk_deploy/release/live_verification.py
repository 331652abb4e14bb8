"""The live verification of a slot, from what the environment has stored."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from clerk_deploy.authentication import BACKEND, CLIENT_SIDE
from clerk_deploy.environment.secrets_document import SecretsDocument
from clerk_deploy.errors import UnusableInputError
from clerk_deploy.release.errors import VerificationFailedError
from clerk_deploy.release.ledger.records import Placement
from clerk_deploy.verification.context import Context
from clerk_deploy.verification.engine import run
from clerk_deploy.verification.findings import Status
from clerk_deploy.verification.http import Client, Signature
from clerk_deploy.verification.load import make_target, parse_smoke, waivers
from clerk_deploy.verification.registry import Moment, all_checks, select
from clerk_deploy.verification.report import Report
from clerk_deploy.verification.routes import Routes
from clerk_deploy.verification.target import Expected

SHOWN = 5
"""Failures that are named in the reason."""


@dataclass(frozen=True, kw_only=True)
class LiveVerification:
    """Runs the checks of a candidate.

    Args:
        secrets: boto3's `secretsmanager` client.
        settings: What the Delivery stack wrote down: `site`, `otherSites`, `verification`, names.
        document: The secrets document.
        environ: Variables such as HTTPS_PROXY.
        now: Seconds since the epoch.
    """

    secrets: Any
    settings: Mapping[str, Any]
    document: SecretsDocument
    environ: Mapping[str, str]
    now: Callable[[], float]

    def __call__(self, placement: Placement) -> str:
        """Verify a slot.

        Raises:
            VerificationFailedError: A check failed; the message names the first ones.
        """
        verification = self.settings["verification"]
        target = make_target(
            url=self.settings["site"],
            domains=[site.removeprefix("https://") for site in self.settings["otherSites"]],
            verification=verification,
            variables=self._variables(placement.revision),
            secrets=self.document,
            smoke=self._smoke(),
            production=self.settings["production"],
        )
        expected = Expected(
            commit=placement.commit,
            slot=placement.slot,
            revision=placement.revision,
            job=placement.job,
            authentication=CLIENT_SIDE if placement.fallback else BACKEND,
        )
        target = replace(target, slot=placement.slot, expected=expected)
        signature = Signature(
            base_url=target.url,
            now=self.now,
            verification_token=target.verification_token,
            release_token=target.release_token,
            slot=target.slot,
        )
        client = Client(routes=Routes(detours=(), environment=self.environ), cacert="", signature=signature)
        report = run(
            select(all_checks(), moment=Moment.CANDIDATE),
            Context(target=target, client=client, now=self.now),
            moment=Moment.CANDIDATE,
            waivers=waivers(verification),
        )
        if not report.is_good:
            raise VerificationFailedError(
                _failures(report), next_step="clerk-deploy verify --slot " + placement.slot
            )
        return f"{len(report.results)} checks of {placement.slot} in {report.seconds:.0f} s"

    def require_ready(self) -> None:
        """Refuse to begin what could not be verified.

        Raises:
            UnusableInputError: There are no smoke users.
        """
        self._smoke()

    def _variables(self, revision: str) -> Mapping[str, str]:
        name = self.settings["variables"]
        try:
            text = self.secrets.get_secret_value(SecretId=name, VersionId=revision)["SecretString"]
        except self.secrets.exceptions.ResourceNotFoundException:
            raise UnusableInputError(
                f"Revision {revision[:8]} is no longer in {name}: what was built with it cannot be verified.",
                next_step="push the variables and deploy them, then release the commit again",
            ) from None
        found: Mapping[str, str] = json.loads(text)
        return found

    def _smoke(self) -> Mapping[str, Any]:
        """The users to sign in with; a release without them would not be verified at all.

        Raises:
            UnusableInputError: There are none.
        """
        name = self.settings["smoke"]
        try:
            text = self.secrets.get_secret_value(SecretId=name)["SecretString"]
        except self.secrets.exceptions.ResourceNotFoundException:
            raise UnusableInputError(
                f"{name} holds no smoke users, so no sign-in could be verified.",
                next_step="clerk-deploy smoke create; in an emergency release with --skip-bake",
            ) from None
        return parse_smoke(text, source=name)


def _failures(report: Report) -> str:
    bad = [*report.of(Status.FAILED), *report.of(Status.UNKNOWN)]
    named = "; ".join(f"{result.check.id}: {result.finding.evidence}" for result in bad[:SHOWN])
    more = f" and {len(bad) - SHOWN} more" if len(bad) > SHOWN else ""
    return f"{len(bad)} checks failed: {named}{more}"
