"""Executions of the state machine."""

import json
from dataclasses import dataclass
from typing import Any

from botocore.exceptions import ClientError

MISSING = ("ExecutionDoesNotExist", "InvalidArn")


@dataclass(frozen=True, kw_only=True)
class Pipeline:
    """The pipeline of one environment.

    Args:
        client: boto3's `codepipeline` client.
        name: The pipeline.
    """

    client: Any
    name: str

    def is_rollback(self, execution: str) -> bool:
        """Whether an execution is the console's manual stage rollback: it replays an old commit."""
        answer = self.client.get_pipeline_execution(pipelineName=self.name, pipelineExecutionId=execution)
        return bool(answer["pipelineExecution"].get("executionType") == "ROLLBACK")


@dataclass(frozen=True, kw_only=True)
class StateMachine:
    """The state machine of one environment.

    Args:
        client: boto3's `stepfunctions` client.
        arn: The machine.
    """

    client: Any
    arn: str

    def execution(self, name: str) -> str:
        """ARN of an execution by its name."""
        return f"{self.arn.replace(':stateMachine:', ':execution:')}:{name}"

    def is_running(self, execution: str) -> bool:
        """Whether an execution is at work; one that AWS does not know is not."""
        return self.status(execution) == "RUNNING"

    def status(self, execution: str) -> str:
        """An execution's status; empty when AWS knows none of that name."""
        try:
            return str(self.client.describe_execution(executionArn=execution)["status"])
        except ClientError as error:
            if error.response["Error"]["Code"] not in MISSING:
                raise
            return ""

    def start(self, name: str, request: dict[str, Any]) -> bool:
        """Start an execution; False when one of that name was started before."""
        try:
            self.client.start_execution(stateMachineArn=self.arn, name=name, input=json.dumps(request))
        except ClientError as error:
            if error.response["Error"]["Code"] != "ExecutionAlreadyExists":
                raise
            return False
        return True
