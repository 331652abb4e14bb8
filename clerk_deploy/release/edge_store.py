"""Reading and conditionally writing the edge's KeyValueStore."""

from dataclasses import dataclass
from typing import Any

from botocore.exceptions import ClientError

from clerk_deploy.errors import RefusedError
from clerk_deploy.names import STORE_KEY
from clerk_deploy.release.edge_state import EdgeState


@dataclass(frozen=True, kw_only=True)
class Stored:
    """What was read.

    Args:
        state: The state; a new store holds none.
        etag: The store's version, which a write must name.
    """

    state: EdgeState | None
    etag: str


@dataclass(frozen=True, kw_only=True)
class EdgeStore:
    """The store of one environment.

    Args:
        client: boto3's `cloudfront-keyvaluestore` client (signs with SigV4A, so awscrt must be there).
        arn: The KeyValueStore's ARN.
    """

    client: Any
    arn: str

    def read(self) -> Stored:
        """The state and the store's version."""
        # The version first: a write between the two calls must make ours fail, not theirs disappear.
        etag = self.client.describe_key_value_store(KvsARN=self.arn)["ETag"]
        try:
            value = self.client.get_key(KvsARN=self.arn, Key=STORE_KEY)["Value"]
        except ClientError as error:
            if error.response["Error"]["Code"] != "ResourceNotFoundException":
                raise
            return Stored(state=None, etag=etag)
        return Stored(state=EdgeState.from_json(value), etag=etag)

    def write(self, state: EdgeState, *, etag: str) -> str:
        """Write the state if nobody wrote since it was read.

        Returns:
            The store's new version.

        Raises:
            RefusedError: Somebody wrote in between.
        """
        try:
            answer = self.client.update_keys(
                KvsARN=self.arn, IfMatch=etag, Puts=[{"Key": STORE_KEY, "Value": state.to_json()}]
            )
        except ClientError as error:
            if error.response["Error"]["Code"] not in ("ConflictException", "PreconditionFailed"):
                raise
            raise RefusedError(
                "The edge's store was written by somebody else at the same moment; nothing was changed.",
                next_step="look at `clerk-deploy status`, then run the command again",
            ) from None
        return str(answer["ETag"])
