"""The engine of a deployed environment: for the functions, and for whoever looks on from outside."""

import json
import time
from collections.abc import Callable, Mapping
from functools import cache
from typing import Any

from clerk_deploy.environment.secrets_document import SecretsDocument
from clerk_deploy.http import Http
from clerk_deploy.release.alarms import Alarms
from clerk_deploy.release.amplify_host import AmplifyHost, Tokens
from clerk_deploy.release.deployed import Deployed
from clerk_deploy.release.edge_store import EdgeStore
from clerk_deploy.release.engine import Engine
from clerk_deploy.release.executions import Pipeline, StateMachine
from clerk_deploy.release.fallback_check import FallbackCheck
from clerk_deploy.release.github import Repository
from clerk_deploy.release.ledger.ledger import Ledger
from clerk_deploy.release.ledger.table import Table
from clerk_deploy.release.live_verification import LiveVerification
from clerk_deploy.release.notify import Notifier
from clerk_deploy.release.pool import open_pool
from clerk_deploy.release.slots import Slots
from clerk_deploy.release.verifier import SiteVerifier

MARGIN_SECONDS = 2 * 3600
"""How much longer than its bake an operation may hold the lock: the machine ends before."""


def wire(deployed: Deployed, *, client: Callable[[str], Any], environ: Mapping[str, str]) -> Engine:
    """The engine.

    Args:
        deployed: What the Delivery stack says.
        client: Makes a boto3 client of a service.
        environ: Variables such as HTTPS_PROXY.
    """
    names, rules = deployed.names, deployed.rules
    secrets = client("secretsmanager")
    text = secrets.get_secret_value(SecretId=names.secrets_secret)["SecretString"]
    document = SecretsDocument.from_json(text, source=names.secrets_secret)
    host = _host(deployed, client=client, document=document, environ=environ)
    whole = _whole(deployed, secrets=secrets, document=document, environ=environ)
    return Engine(
        names=names,
        host=host,
        ledger=ledger_of(deployed, client("dynamodb")),
        alarms=Alarms(client=client("cloudwatch"), names=names),
        verifier=SiteVerifier(host=host, whole=whole),
        notifier=Notifier(client=client("sns"), topic=deployed.topic_arn, names=names),
        executions=StateMachine(client=client("stepfunctions"), arn=deployed.machine_arn),
        pipeline=Pipeline(client=client("codepipeline"), name=names.pipeline),
        rules=rules,
        clock=time.time,
        sleep=time.sleep,
    )


def wire_fallback_check(
    deployed: Deployed, *, client: Callable[[str], Any], environ: Mapping[str, str]
) -> FallbackCheck:
    """The scheduled build of the fallback; the arguments are those of `wire`."""
    return FallbackCheck(
        ref=deployed.fallback,
        repository=_repository(deployed, client=client, http=open_pool(environ)),
        slots=Slots(client=client("amplify"), app_id=deployed.app_id, names=deployed.names),
        notifier=Notifier(client=client("sns"), topic=deployed.topic_arn, names=deployed.names),
    )


def ledger_of(deployed: Deployed, client: Any) -> Ledger:
    """The environment's ledger."""
    rules = deployed.rules
    return Ledger(
        table=Table(client=client, name=deployed.table),
        history_days=rules.history_days,
        lock_seconds=MARGIN_SECONDS + 60 * (rules.bake_minutes + rules.canary_minutes),
    )


def _host(
    deployed: Deployed, *, client: Callable[[str], Any], document: SecretsDocument, environ: Mapping[str, str]
) -> AmplifyHost:
    names = deployed.names
    http = open_pool(environ)
    sites = [f"https://{domain}" for domain in deployed.domains]
    revealed = {
        purpose: tuple(token.reveal() for token in tokens) for purpose, tokens in document.tokens.items()
    }
    return AmplifyHost(
        slots=Slots(client=client("amplify"), app_id=deployed.app_id, names=names),
        store=EdgeStore(client=client("cloudfront-keyvaluestore"), arn=deployed.store_arn),
        repository=_repository(deployed, client=client, http=http),
        http=http,
        site=sites[0],
        other_sites=tuple(sites[1:]),
        tokens=Tokens(**{name: revealed.get(name, ()) for name in ("origin", "release", "verification")}),
        clock=time.time,
        sleep=time.sleep,
        branch=deployed.branch,
        parameters=client("ssm"),
        revision_parameter=names.revision_parameter,
    )


def _repository(deployed: Deployed, *, client: Callable[[str], Any], http: Http) -> Repository:
    owner, name = deployed.repository.split("/")

    @cache
    def token() -> str:
        secret = deployed.names.repository_secret
        text = client("secretsmanager").get_secret_value(SecretId=secret)["SecretString"]
        return str(json.loads(text)["token"])

    return Repository(http=http, owner=owner, name=name, token=token)


def _whole(
    deployed: Deployed, *, secrets: Any, document: SecretsDocument, environ: Mapping[str, str]
) -> LiveVerification | None:
    if deployed.verification is None:
        return None
    names = deployed.names
    settings = {
        "site": f"https://{deployed.domains[0]}",
        "otherSites": [f"https://{domain}" for domain in deployed.domains[1:]],
        "verification": deployed.verification,
        "production": deployed.production,
        "variables": names.variables_secret,
        "smoke": names.smoke_secret,
    }
    return LiveVerification(
        secrets=secrets, settings=settings, document=document, environ=environ, now=time.time
    )
