"""The Lambda that verifies the live site every few minutes and publishes what it found as metrics.

Small dependencies only: its package holds this library and urllib3; boto3 comes with Lambda.
"""

import json
import os
import sys
import time
from collections.abc import Callable, Mapping
from typing import Any, Final

from clerk_deploy.environment.secrets_document import SecretsDocument
from clerk_deploy.monitoring.publication import Outcome, metric_data, slot_to_judge
from clerk_deploy.monitoring.scheduled_configuration import VARIABLE, Configuration
from clerk_deploy.verification import tls
from clerk_deploy.verification.context import Context
from clerk_deploy.verification.engine import run
from clerk_deploy.verification.findings import Status
from clerk_deploy.verification.http import Client, NoAnswerError, Signature
from clerk_deploy.verification.load import make_target, parse_smoke, waivers
from clerk_deploy.verification.registry import Moment, all_checks, select
from clerk_deploy.verification.report import Report
from clerk_deploy.verification.routes import Routes
from clerk_deploy.verification.target import Target

CLERK_CHECK: Final = "clerk.frontend_health"
RELEASE_TAGS: Final = frozenset({"authentication", "tokens", "headers", "caching", "leakage", "cors"})
"""What a release can break. Certificates, DNS, Clerk and the backend are nobody's release."""


def handler(_event: object, _context: object) -> dict[str, Any]:
    """Lambda's entry point."""
    import boto3

    configuration = Configuration(**json.loads(os.environ[VARIABLE]))
    return verify_and_publish(
        configuration, client=boto3.client, routes=Routes(detours=(), environment=os.environ), now=time.time
    )


def verify_and_publish(
    configuration: Configuration, *, client: Callable[[str], Any], routes: Routes, now: Callable[[], float]
) -> dict[str, Any]:
    """Verify the site once; a crash is Lambda's to retry, and in the end a message in the dead-letter queue.

    Args:
        configuration: What is verified.
        client: Makes a boto3 client of a service.
        routes: How hosts are reached.
        now: The time in seconds since the epoch.
    """
    health = _health(configuration.url, routes=routes)
    target = _target(configuration, client("secretsmanager"), revision=str(health.get("revision", "")))
    context = _context(target, routes=routes, now=now)
    report = run(
        select(all_checks(), moment=Moment.SCHEDULE),
        context,
        moment=Moment.SCHEDULE,
        waivers=waivers(configuration.verification),
    )
    outcome = Outcome(
        failures=_failures(report),
        release_failures=_release_failures(report),
        milliseconds=report.seconds * 1000,
        certificate_days=_certificate_days(context),
        slot=str(health.get("slot", "")),
        clerk_answers=not any(
            result.check.id == CLERK_CHECK and result.status in (Status.FAILED, Status.UNKNOWN)
            for result in report.results
        ),
    )
    cloudwatch = client("cloudwatch")
    namespace = configuration.names.metric_namespace
    slot = slot_to_judge(
        outcome, slots=configuration.slots, cloudwatch=cloudwatch, namespace=namespace, now=now()
    )
    cloudwatch.put_metric_data(Namespace=namespace, MetricData=metric_data(outcome, slot=slot, now=now()))
    return _told(report, outcome, slot)


def _health(url: str, *, routes: Routes) -> Mapping[str, Any]:
    """What the live release tells about itself; nothing when it does not answer."""
    try:
        found = Client(routes=routes, deadline=time.monotonic() + 10).get(f"{url}/api/health").json()
    except (NoAnswerError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}


def _target(configuration: Configuration, secrets: Any, *, revision: str) -> Target:
    names = configuration.names
    smoke = _read(secrets, names.smoke_secret)
    return make_target(
        url=configuration.url,
        domains=configuration.domains,
        verification=configuration.verification,
        variables=json.loads(_read(secrets, names.variables_secret, version=revision) or "{}"),
        secrets=SecretsDocument.from_json(
            _read(secrets, names.secrets_secret) or "{}", source=names.secrets_secret
        ),
        smoke=parse_smoke(smoke, source=names.smoke_secret) if smoke else None,
        cnames=configuration.cnames,
        production=configuration.production,
    )


def _read(secrets: Any, name: str, *, version: str = "") -> str | None:
    """A secret's text, in the version that the live release was built with where that is known."""
    for arguments in ([{"VersionId": version}] if version else []) + [{}]:
        try:
            return str(secrets.get_secret_value(SecretId=name, **arguments)["SecretString"])
        except (secrets.exceptions.ResourceNotFoundException, secrets.exceptions.InvalidParameterException):
            continue
    return None


def _context(target: Target, *, routes: Routes, now: Callable[[], float]) -> Context:
    signature = Signature(base_url=target.url, now=now, verification_token=target.verification_token)
    return Context(target=target, client=Client(routes=routes, signature=signature), now=now)


def _failures(report: Report) -> int:
    """Failed checks; a run in which nothing passed has failed once, for it has shown nothing."""
    return len(report.of(Status.FAILED)) or int(not report.of(Status.PASSED))


def _release_failures(report: Report) -> int:
    return sum(1 for result in report.of(Status.FAILED) if result.check.tags & RELEASE_TAGS)


def _certificate_days(context: Context) -> float | None:
    target = context.target
    if not target.is_https:
        return None
    try:
        shown = tls.read_certificate(context.client, target.host, target.port)
    except NoAnswerError:
        return None
    return tls.days_left(shown, context.now()) if shown.expires else None


def _told(report: Report, outcome: Outcome, slot: str) -> dict[str, Any]:
    """The run as one line of the function's log; findings hold no secret."""
    told = {
        "summary": report.summary(),
        "slot": slot,
        "failures": outcome.failures,
        "clerk_answers": outcome.clerk_answers,
        "failed": {
            result.check.id: result.finding.evidence
            for result in report.results
            if result.status in (Status.FAILED, Status.UNKNOWN)
        },
    }
    sys.stdout.write(json.dumps(told) + "\n")
    return told
