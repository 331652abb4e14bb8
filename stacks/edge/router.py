"""The function that picks the slot of each request, and the store that tells it which."""

from pathlib import Path

from aws_cdk import aws_cloudfront as cloudfront
from constructs import Construct

from clerk_deploy.names import Names

CODE = Path(__file__).with_name("route.js")


class Router(Construct):
    """CloudFront Function and KeyValueStore.

    The store goes with the stack: it says only where this distribution sends its visitors, and one left
    behind would by its name refuse the next deployment.

    Args:
        scope: The stack.
        construct_id: The construct's id.
        names: Names of what the environment owns.
    """

    def __init__(self, scope: Construct, construct_id: str, *, names: Names) -> None:
        super().__init__(scope, construct_id)
        self.store = cloudfront.KeyValueStore(
            self,
            "Store",
            key_value_store_name=names.prefix,
            comment="Which slot is live; written by releases alone",
        )
        self.function = cloudfront.Function(
            self,
            "Function",
            function_name=names.prefix,
            comment="Picks the slot of each request",
            runtime=cloudfront.FunctionRuntime.JS_2_0,
            key_value_store=self.store,
            code=cloudfront.FunctionCode.from_inline(CODE.read_text(encoding="utf-8")),
        )

    @property
    def association(self) -> cloudfront.FunctionAssociation:
        """How a behaviour calls the function."""
        return cloudfront.FunctionAssociation(
            event_type=cloudfront.FunctionEventType.VIEWER_REQUEST, function=self.function
        )
