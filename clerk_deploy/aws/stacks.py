"""What CloudFormation tells about a stack."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from botocore.exceptions import ClientError

from clerk_deploy.aws.errors import aws_errors, code_of


@dataclass(frozen=True, kw_only=True)
class Stack:
    """A deployed stack.

    Args:
        name: Its name.
        status: CloudFormation's status, such as UPDATE_COMPLETE.
        outputs: Value by output name.
    """

    name: str
    status: str
    outputs: Mapping[str, str]

    @property
    def in_progress(self) -> bool:
        """Whether CloudFormation is at work on it."""
        return self.status.endswith("_IN_PROGRESS")

    @property
    def usable(self) -> bool:
        """Whether its last create, update or rollback left it in a state that can be updated."""
        return self.status in (
            "CREATE_COMPLETE",
            "UPDATE_COMPLETE",
            "UPDATE_ROLLBACK_COMPLETE",
            "IMPORT_COMPLETE",
        )


def read_stack(client: Any, name: str) -> Stack | None:
    """A stack as it is now; None when there is none of that name.

    Args:
        client: boto3's `cloudformation` client.
        name: The stack's name.

    Raises:
        DeployError: AWS did not tell.
    """
    with aws_errors(f"Looking at the stack {name}"):
        try:
            found = client.describe_stacks(StackName=name)["Stacks"][0]
        except ClientError as error:
            message = str(error.response.get("Error", {}).get("Message", ""))
            if code_of(error) == "ValidationError" and "does not exist" in message:
                return None
            raise
    return Stack(
        name=name,
        status=found["StackStatus"],
        outputs={item["OutputKey"]: item["OutputValue"] for item in found.get("Outputs", ())},
    )
