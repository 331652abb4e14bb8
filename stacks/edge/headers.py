"""Response headers that the edge owns; docs/headers.md has them all with their owners."""

import aws_cdk as cdk
from aws_cdk import aws_cloudfront as cloudfront
from constructs import Construct

from clerk_deploy.names import Names

# without includeSubDomains: the domain's other hosts are not this project's to bind
TRANSPORT = cloudfront.ResponseHeadersStrictTransportSecurity(
    access_control_max_age=cdk.Duration.days(365), include_subdomains=False, override=True
)


class DocumentHeaders(cloudfront.ResponseHeadersPolicy):
    """Of pages and the API: transport alone, the app owns the rest.

    Args:
        scope: The stack.
        construct_id: The construct's id.
        names: Names of what the environment owns.
    """

    def __init__(self, scope: Construct, construct_id: str, *, names: Names) -> None:
        super().__init__(
            scope,
            construct_id,
            response_headers_policy_name=f"{names.prefix}-documents",
            comment="Pages and API",
            security_headers_behavior=cloudfront.ResponseSecurityHeadersBehavior(
                strict_transport_security=TRANSPORT
            ),
        )


class FileHeaders(cloudfront.ResponseHeadersPolicy):
    """Of static files, which Amplify answers without asking the app.

    Args:
        scope: The stack.
        construct_id: The construct's id.
        names: Names of what the environment owns.
    """

    def __init__(self, scope: Construct, construct_id: str, *, names: Names) -> None:
        super().__init__(
            scope,
            construct_id,
            response_headers_policy_name=f"{names.prefix}-files",
            comment="Static files",
            security_headers_behavior=cloudfront.ResponseSecurityHeadersBehavior(
                strict_transport_security=TRANSPORT,
                content_type_options=cloudfront.ResponseHeadersContentTypeOptions(override=True),
            ),
        )
