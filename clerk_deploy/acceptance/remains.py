"""What there is of a throw-away environment: it must be nothing before a run, and nothing after it."""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, Final

from botocore.exceptions import ClientError

from clerk_deploy.acceptance.throw_away import MARK, MARKED, ThrowAway
from clerk_deploy.aws.errors import MISSING, aws_errors, code_of
from clerk_deploy.aws.stacks import read_stack
from clerk_deploy.names import Names
from clerk_deploy.status import STACKS

Client = Callable[[str], Any]
AMPLIFY_LOGS: Final = "/aws/amplify/"


@dataclass(frozen=True, kw_only=True)
class Left:
    """Something that exists.

    Args:
        kind: What it is, such as `stack`.
        name: Its name.
        note: More about it.
    """

    kind: str
    name: str
    note: str = ""

    def __str__(self) -> str:
        """For people."""
        return f"{self.kind} {self.name}" + (f" ({self.note})" if self.note else "")


def remains(target: ThrowAway, client: Client) -> tuple[Left, ...]:
    """Everything that exists of an environment.

    Args:
        target: The environment.
        client: Makes a boto3 client of a service.

    Raises:
        DeployError: AWS did not tell.
    """
    with aws_errors(f"Looking for what there is of {target.names.prefix}"):
        return (
            *_stacks(target.names, client),
            *_named(target.names, client),
            *(Left(kind="log group", name=name) for name in marked_logs(target.names, client)),
            *(Left(kind="key", name=key) for key in marked_keys(target.names, client)),
            *(
                Left(kind="DNS record", name=f"{each['Name'].rstrip('.')} {each['Type']}")
                for each in records(target, client)
            ),
        )


def _stacks(names: Names, client: Client) -> Iterator[Left]:
    for kind in STACKS:
        stack = read_stack(client("cloudformation"), names.stack(kind))
        if stack:
            yield Left(kind="stack", name=stack.name, note=stack.status)


def secrets_of(names: Names) -> tuple[str, ...]:
    """Names of an environment's secrets."""
    return (names.variables_secret, names.secrets_secret, names.repository_secret, names.smoke_secret)


def _named(names: Names, client: Client) -> Iterator[Left]:
    for name in secrets_of(names):
        found = _found(lambda name=name: client("secretsmanager").describe_secret(SecretId=name))  # type: ignore[misc]
        if found:
            yield Left(
                kind="secret", name=name, note="marked for deletion" if found.get("DeletedDate") else ""
            )
    table = _found(lambda: client("dynamodb").describe_table(TableName=names.ledger))
    if table:
        yield Left(kind="table", name=names.ledger, note=table["Table"]["TableStatus"].lower())
    if _found(lambda: client("ssm").get_parameter(Name=names.revision_parameter)):
        yield Left(kind="parameter", name=names.revision_parameter)


def _found(ask: Callable[[], Any]) -> Any:
    try:
        return ask()
    except ClientError as error:
        if code_of(error) in MISSING:
            return None
        raise


def tags_of(names: Names) -> dict[str, str]:
    """The tags of everything that a run made."""
    return {"application": names.application, "environment": names.environment, MARK: MARKED}


def is_marked(names: Names, client: Client) -> bool:
    """Whether what bears these names is a run's, by its secrets: they are made first and go last.

    Raises:
        DeployError: AWS did not tell.
    """
    wanted = tags_of(names)
    found: list[dict[str, str]] = []
    with aws_errors(f"Looking for the mark of {names.prefix}"):
        for name in secrets_of(names):
            secret = _found(lambda name=name: client("secretsmanager").describe_secret(SecretId=name))  # type: ignore[misc]
            if secret:
                found.append({tag["Key"]: tag["Value"] for tag in secret.get("Tags", ())})
    return all(wanted.items() <= tags.items() for tags in found)


def marked_logs(names: Names, client: Client) -> list[str]:
    """Log groups of Amplify apps that a run made: their names tell nothing."""
    logs, wanted = client("logs"), tags_of(names)
    pages = logs.get_paginator("describe_log_groups").paginate(logGroupNamePrefix=AMPLIFY_LOGS)
    return [
        group["logGroupName"]
        for page in pages
        for group in page["logGroups"]
        if wanted.items()
        <= logs.list_tags_for_resource(resourceArn=group["arn"].removesuffix(":*"))["tags"].items()
    ]


def marked_keys(names: Names, client: Client) -> list[str]:
    """KMS keys that a run made and that are not about to be deleted."""
    kms = client("kms")
    pages = (
        client("resourcegroupstaggingapi")
        .get_paginator("get_resources")
        .paginate(
            TagFilters=[{"Key": key, "Values": [value]} for key, value in tags_of(names).items()],
            ResourceTypeFilters=["kms:key"],
        )
    )
    found = [
        each["ResourceARN"].rpartition("/")[2] for page in pages for each in page["ResourceTagMappingList"]
    ]
    # the index of tags lags behind: the key itself knows
    return [key for key in found if key_exists(kms, key)]


def key_exists(kms: Any, key: str) -> bool:
    """Whether a key is there and not about to be deleted."""
    try:
        return bool(kms.describe_key(KeyId=key)["KeyMetadata"]["KeyState"] != "PendingDeletion")
    except ClientError as error:
        if code_of(error) == "NotFoundException":
            return False
        raise


def records(target: ThrowAway, client: Client) -> list[dict[str, Any]]:
    """The site's records, and those by which its certificate was validated.

    CloudFormation makes the latter and leaves them (cloudformation-coverage-roadmap#1603).
    """
    zone = target.settings.hosted_zone
    if zone is None:
        return []
    domains = "|".join(re.escape(domain) for domain in target.settings.domains)
    wanted = re.compile(rf"(?:_[0-9a-z]+\.)?(?:{domains})\.?")
    pages = client("route53").get_paginator("list_resource_record_sets").paginate(HostedZoneId=zone.id)
    return [each for page in pages for each in page["ResourceRecordSets"] if wanted.fullmatch(each["Name"])]
