"""The distribution: transport, caching and compression of the site."""

import aws_cdk as cdk
from aws_cdk import aws_certificatemanager as acm
from aws_cdk import aws_cloudfront as cloudfront
from aws_cdk import aws_cloudfront_origins as origins
from constructs import Construct

from clerk_deploy.names import SLOTS, Names
from stacks.deployment import Deployment
from stacks.edge.headers import DocumentHeaders, FileHeaders
from stacks.edge.router import Router
from stacks.suppressions import acknowledge

KEPT_ERRORS = (404, 414, 500, 501, 502, 503, 504)
"""Answers that CloudFront keeps unless told otherwise (CloudFront Developer Guide, error caching)."""


class Site(cloudfront.Distribution):
    """CloudFront distribution whose function chooses among the slots.

    Args:
        scope: The stack.
        construct_id: The construct's id.
        deployment: The environment.
        slots_domain: The Amplify app's default domain; each slot is a host in it.
        router: Chooses the slot.
        certificate: Of the site's domains; without one the site answers on CloudFront's own domain only.
        web_acl_arn: The firewall, if any.
    """

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        deployment: Deployment,
        slots_domain: str,
        router: Router,
        certificate: acm.ICertificate | None,
        web_acl_arn: str | None,
    ) -> None:
        # the function names the origin of every request, with this one's settings; should it fail and let a
        # request through, the app refuses what lacks the origin token
        origin = origins.HttpOrigin(
            f"{deployment.names.branch(SLOTS[0])}.{slots_domain}",
            protocol_policy=cloudfront.OriginProtocolPolicy.HTTPS_ONLY,
            origin_ssl_protocols=[cloudfront.OriginSslPolicy.TLS_V1_2],
            read_timeout=cdk.Duration.seconds(30),
        )
        super().__init__(
            scope,
            construct_id,
            comment=deployment.names.prefix,
            certificate=certificate,
            domain_names=list(deployment.settings.domains) if certificate else None,
            http_version=cloudfront.HttpVersion.HTTP2_AND_3,
            minimum_protocol_version=cloudfront.SecurityPolicyProtocol.TLS_V1_2_2021,
            publish_additional_metrics=True,
            web_acl_id=web_acl_arn,
            # CloudFront keeps these for 10 s whatever the app says, by path alone: a candidate's failing
            # health check would be served to the users of the live slot
            error_responses=[
                cloudfront.ErrorResponse(http_status=status, ttl=cdk.Duration.seconds(0))
                for status in KEPT_ERRORS
            ],
            default_behavior=_documents(scope, origin=origin, router=router, names=deployment.names),
            additional_behaviors={
                "/_slots/*": _files(scope, origin=origin, router=router, names=deployment.names)
            },
        )
        reasons = {
            "AwsSolutions-CFR1": "the site is for users everywhere; who may sign in is Clerk's to decide",
            "AwsSolutions-CFR3": "the app writes one JSON line a request; access logs would be a second "
            "place of users' addresses, to keep and to delete",
        }
        if web_acl_arn is None:
            reasons["AwsSolutions-CFR2"] = "switched off in the settings, firewall.enabled"
        if certificate is None:
            reasons["AwsSolutions-CFR4"] = "CloudFront's own certificate, until the settings name one"
        acknowledge(self, reasons)


def _documents(
    scope: Construct, *, origin: cloudfront.IOrigin, router: Router, names: Names
) -> cloudfront.BehaviorOptions:
    return cloudfront.BehaviorOptions(
        origin=origin,
        viewer_protocol_policy=cloudfront.ViewerProtocolPolicy.REDIRECT_TO_HTTPS,
        allowed_methods=cloudfront.AllowedMethods.ALLOW_ALL,
        cache_policy=cloudfront.CachePolicy.CACHING_DISABLED,
        # Amplify's own CDN would answer for the visitor's Host: a loop
        origin_request_policy=cloudfront.OriginRequestPolicy.ALL_VIEWER_EXCEPT_HOST_HEADER,
        response_headers_policy=DocumentHeaders(scope, "DocumentHeaders", names=names),
        function_associations=[router.association],
    )


def _files(
    scope: Construct, *, origin: cloudfront.IOrigin, router: Router, names: Names
) -> cloudfront.BehaviorOptions:
    return cloudfront.BehaviorOptions(
        origin=origin,
        viewer_protocol_policy=cloudfront.ViewerProtocolPolicy.REDIRECT_TO_HTTPS,
        allowed_methods=cloudfront.AllowedMethods.ALLOW_GET_HEAD,
        cache_policy=cloudfront.CachePolicy(
            scope,
            "FileCache",
            cache_policy_name=f"{names.prefix}-files",
            comment="Static files of a slot",
            min_ttl=cdk.Duration.seconds(0),
            default_ttl=cdk.Duration.days(1),
            max_ttl=cdk.Duration.days(365),
            # the function takes the slot out of the path before the cache is asked
            header_behavior=cloudfront.CacheHeaderBehavior.allow_list("x-release-slot"),
            cookie_behavior=cloudfront.CacheCookieBehavior.none(),
            query_string_behavior=cloudfront.CacheQueryStringBehavior.none(),
            enable_accept_encoding_brotli=True,
            enable_accept_encoding_gzip=True,
        ),
        response_headers_policy=FileHeaders(scope, "FileHeaders", names=names),
        function_associations=[router.association],
    )
