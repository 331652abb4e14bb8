"""Deleting everything of a throw-away environment, what its stacks would keep included.

By CloudFormation's own API: it needs neither the templates nor the CDK, and serves after a run that was cut
off anywhere.
"""

import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from botocore.exceptions import BotoCoreError, ClientError

from clerk_deploy.acceptance.remains import (
    Client,
    Left,
    key_exists,
    marked_keys,
    marked_logs,
    records,
    remains,
    secrets_of,
)
from clerk_deploy.acceptance.throw_away import ThrowAway
from clerk_deploy.aws.errors import MISSING, aws_errors, code_of
from clerk_deploy.aws.stacks import Stack, read_stack
from clerk_deploy.errors import CheckFailedError, DeployError
from clerk_deploy.names import SLOTS, Names
from clerk_deploy.release.github import Repository
from clerk_deploy.status import STACKS

STACK_SECONDS: Final = 3600.0
"""A distribution takes a quarter of an hour to go; more is a stack that hangs."""
GONE_SECONDS: Final = 180.0
"""Deleted secrets and tables are still told of for a while."""
TICK_SECONDS: Final = 5.0
LOOKS: Final = 2
"""Looks in a row that must find nothing: a server or function that is just ending may write once more, which
makes its log group again."""
KEY_DAYS: Final = 7
"""The least that KMS takes. A key that waits for its deletion costs nothing."""
UNEXECUTED: Final = "REVIEW_IN_PROGRESS"
"""A stack whose first change set was never executed: nothing is in progress, whatever its name."""


@dataclass(kw_only=True)
class Teardown:
    """What is needed to delete an environment.

    Args:
        target: The environment.
        client: Makes a boto3 client of a service.
        repository: The application's repository; None when there is no token.
        tell: Told of each step.
        now: Seconds on a clock.
        sleep: Waits some seconds.
    """

    target: ThrowAway
    client: Client
    repository: Repository | None
    tell: Callable[[str], None]
    now: Callable[[], float]
    sleep: Callable[[float], None]
    _made: list[tuple[str, str]] = field(default_factory=list)

    def run(self) -> tuple[Left, ...]:
        """Delete everything; a step that fails stops none of the others.

        Returns:
            What is left all the same.

        Raises:
            DeployError: AWS did not tell what is left.
        """
        self.tell(f"delete {self.target.names.prefix}; Ctrl-C would stop that")
        problems: list[str] = []
        for name, step in self._steps():
            self.tell(f"  {name}")
            try:
                with aws_errors(name.capitalize()):
                    step()
            except DeployError as error:
                problems.append(f"{name}: {error.message}")
                self.tell(f"    {problems[-1]}")
        return (*self._left(), *(Left(kind="step", name=problem) for problem in problems))

    def _steps(self) -> Iterator[tuple[str, Callable[[], None]]]:
        yield "find out what the stacks made", self._collect
        yield "stop running releases", self._stop
        for kind in reversed(STACKS):
            name = self.target.names.stack(kind)
            yield f"delete the stack {name}", lambda name=name: self._delete_stack(name)  # type: ignore[misc]
        yield "delete the slots' branches", self._branches
        yield "delete the secrets", self._secrets
        yield "delete the ledger", self._table
        yield "delete the log groups", self._logs
        yield "schedule the key's deletion", self._keys
        yield "delete the certificate's DNS records", self._records

    def _collect(self) -> None:
        names, cloudformation = self.target.names, self.client("cloudformation")
        for kind in STACKS:
            if read_stack(cloudformation, names.stack(kind)) is None:
                continue
            pages = cloudformation.get_paginator("list_stack_resources").paginate(StackName=names.stack(kind))
            self._made += [
                (each["ResourceType"], each["PhysicalResourceId"])
                for page in pages
                for each in page["StackResourceSummaries"]
                if each.get("PhysicalResourceId")
            ]

    def _of(self, kind: str) -> list[str]:
        return [name for type_, name in self._made if type_ == kind]

    def _stop(self) -> None:
        machines = self.client("stepfunctions")
        for arn in self._of("AWS::StepFunctions::StateMachine"):
            running = machines.list_executions(stateMachineArn=arn, statusFilter="RUNNING")["executions"]
            for execution in running:
                machines.stop_execution(executionArn=execution["executionArn"], error="Acceptance")

    def _delete_stack(self, name: str) -> None:
        why = ""
        for _ in range(2):
            if self._settled(name) is None:
                return
            self.client("cloudformation").delete_stack(StackName=name)
            if self._settled(name) is None:
                return
            why = self._why(name)
            self.tell(f"    it could not be deleted: {why}")
        raise CheckFailedError(why, next_step="remove what hinders it, then run the teardown again")

    def _settled(self, name: str) -> Stack | None:
        """The stack when nothing is in progress; None when it is gone."""
        deadline = self.now() + STACK_SECONDS
        while True:
            stack = read_stack(self.client("cloudformation"), name)
            if stack is None or not stack.in_progress or stack.status == UNEXECUTED:
                return stack
            if self.now() >= deadline:
                raise CheckFailedError(
                    f"it is {stack.status} for an hour", next_step="look at the stack's events"
                )
            self.sleep(TICK_SECONDS)

    def _why(self, name: str) -> str:
        events = self.client("cloudformation").describe_stack_events(StackName=name)["StackEvents"]
        return next(
            (
                f"{each['LogicalResourceId']}: {each.get('ResourceStatusReason', 'no reason given')}"
                for each in events
                if each["ResourceStatus"] == "DELETE_FAILED" and each["LogicalResourceId"] != name
            ),
            "no reason given",
        )

    def _branches(self) -> None:
        branches = [self.target.names.branch(slot) for slot in SLOTS]
        if self.repository is None:
            # It is stored before the first release makes them, and deleted after them.
            self.tell(f"    there is no GitHub token, and no release without one: {', '.join(branches)}")
            return
        for branch in branches:
            self.repository.delete_branch(branch)

    def _secrets(self) -> None:
        for name in secrets_of(self.target.names):
            self._unless_missing(
                lambda name=name: self.client("secretsmanager").delete_secret(  # type: ignore[misc]
                    SecretId=name, ForceDeleteWithoutRecovery=True
                )
            )

    def _table(self) -> None:
        ledger = self.target.names.ledger
        self._unless_missing(lambda: self.client("dynamodb").delete_table(TableName=ledger))

    def _logs(self) -> None:
        for name in {*self._of("AWS::Logs::LogGroup"), *marked_logs(self.target.names, self.client)}:
            self._unless_missing(
                lambda name=name: self.client("logs").delete_log_group(logGroupName=name)  # type: ignore[misc]
            )

    def _keys(self) -> None:
        kms = self.client("kms")
        for key in {*self._of("AWS::KMS::Key"), *marked_keys(self.target.names, self.client)}:
            if key_exists(kms, key):
                kms.schedule_key_deletion(KeyId=key, PendingWindowInDays=KEY_DAYS)
                self.tell(f"    {key} goes in {KEY_DAYS} days")

    def _records(self) -> None:
        zone = self.target.settings.hosted_zone
        found = [each for each in records(self.target, self.client) if each["Type"] == "CNAME"]
        if zone is None or not found:
            return
        changes = [{"Action": "DELETE", "ResourceRecordSet": each} for each in found]
        self.client("route53").change_resource_record_sets(
            HostedZoneId=zone.id, ChangeBatch={"Changes": changes}
        )

    def _unless_missing(self, call: Callable[[], Any]) -> None:
        try:
            call()
        except ClientError as error:
            if code_of(error) not in MISSING:
                raise

    def _left(self) -> Sequence[Left]:
        """What is left when nothing more goes or comes."""
        deadline, nothing = self.now() + GONE_SECONDS, 0
        while True:
            left = (*remains(self.target, self.client), *self._late_logs())
            nothing = 0 if left else nothing + 1
            going = all(each.kind in ("secret", "table", "log group") for each in left)
            if nothing == LOOKS or not going or self.now() >= deadline:
                return left
            self.sleep(TICK_SECONDS)

    def _late_logs(self) -> list[Left]:
        """Log groups that are there again, without their tags; they are deleted again."""
        functions = [f"/aws/lambda/{name}" for name in self._of("AWS::Lambda::Function")]
        logs, late = self.client("logs"), []
        for name in {*self._of("AWS::Logs::LogGroup"), *functions}:
            with aws_errors(f"Looking for {name}"):
                groups = logs.describe_log_groups(logGroupNamePrefix=name)["logGroups"]
                if any(group["logGroupName"] == name for group in groups):
                    late.append(Left(kind="log group", name=name))
                    self._unless_missing(lambda name=name: logs.delete_log_group(logGroupName=name))  # type: ignore[misc]
        return late


def stored_token(names: Names, client: Client) -> str | None:
    """The GitHub token that an environment has; None when there is none to be read."""
    try:
        answer = client("secretsmanager").get_secret_value(SecretId=names.repository_secret)
        return str(json.loads(answer["SecretString"])["token"])
    except (ClientError, BotoCoreError, ValueError, KeyError, TypeError):
        return None
