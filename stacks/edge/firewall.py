"""AWS WAF in front of the site: AWS's managed rules and a limit on sign-in."""

from aws_cdk import aws_wafv2 as wafv2
from constructs import Construct

from clerk_deploy.names import Names
from clerk_deploy.settings.models import Firewall as FirewallSettings

Acl = wafv2.CfnWebACL

COUNTED = {
    # bodies above 8 KB and queries above 2 KB are ordinary here: Clerk's handshake parameter, the app's forms
    "AWSManagedRulesCommonRuleSet": ("SizeRestrictions_BODY", "SizeRestrictions_QUERYSTRING"),
}
MANAGED = (
    "AWSManagedRulesAmazonIpReputationList",
    "AWSManagedRulesKnownBadInputsRuleSet",
    "AWSManagedRulesCommonRuleSet",
)
LIMITED_PATH = "/api/auth"
LIMITED_HEADERS = {"cache-control": "no-store", "retry-after": "300", "x-content-type-options": "nosniff"}


class Firewall(Acl):
    """Web ACL of the distribution: everything passes that no rule refuses.

    Args:
        scope: The stack.
        construct_id: The construct's id.
        names: Names of what the environment owns.
        settings: The firewall's settings.
    """

    def __init__(
        self, scope: Construct, construct_id: str, *, names: Names, settings: FirewallSettings
    ) -> None:
        super().__init__(
            scope,
            construct_id,
            name=names.prefix,
            scope="CLOUDFRONT",
            default_action=Acl.DefaultActionProperty(allow=Acl.AllowActionProperty()),
            visibility_config=_visibility(names.prefix),
            custom_response_bodies={
                "limited": Acl.CustomResponseBodyProperty(
                    content_type="APPLICATION_JSON", content='{"error":"rate_limited"}'
                )
            },
            rules=[
                # first, so that a flood is counted whole and costs no managed rule
                _rate_limit(priority=0, limit=settings.auth_requests_per_5_minutes),
                *(_managed(name, priority=priority) for priority, name in enumerate(MANAGED, start=1)),
            ],
        )


def _rate_limit(*, priority: int, limit: int) -> Acl.RuleProperty:
    return Acl.RuleProperty(
        name="AuthRate",
        priority=priority,
        visibility_config=_visibility("AuthRate"),
        statement=Acl.StatementProperty(
            rate_based_statement=Acl.RateBasedStatementProperty(
                limit=limit,
                evaluation_window_sec=300,
                aggregate_key_type="IP",
                scope_down_statement=Acl.StatementProperty(
                    byte_match_statement=Acl.ByteMatchStatementProperty(
                        field_to_match=Acl.FieldToMatchProperty(uri_path={}),
                        positional_constraint="STARTS_WITH",
                        search_string=LIMITED_PATH,
                        text_transformations=[
                            Acl.TextTransformationProperty(priority=0, type="URL_DECODE"),
                            Acl.TextTransformationProperty(priority=1, type="NORMALIZE_PATH"),
                        ],
                    )
                ),
            )
        ),
        action=Acl.RuleActionProperty(
            block=Acl.BlockActionProperty(
                custom_response=Acl.CustomResponseProperty(
                    response_code=429,
                    custom_response_body_key="limited",
                    response_headers=[
                        Acl.CustomHTTPHeaderProperty(name=name, value=value)
                        for name, value in LIMITED_HEADERS.items()
                    ],
                )
            )
        ),
    )


def _managed(name: str, *, priority: int) -> Acl.RuleProperty:
    counted = [
        Acl.RuleActionOverrideProperty(name=rule, action_to_use=Acl.RuleActionProperty(count={}))
        for rule in COUNTED.get(name, ())
    ]
    return Acl.RuleProperty(
        name=name,
        priority=priority,
        override_action=Acl.OverrideActionProperty(none={}),
        visibility_config=_visibility(name),
        statement=Acl.StatementProperty(
            managed_rule_group_statement=Acl.ManagedRuleGroupStatementProperty(
                vendor_name="AWS", name=name, rule_action_overrides=counted or None
            )
        ),
    )


def _visibility(metric: str) -> Acl.VisibilityConfigProperty:
    return Acl.VisibilityConfigProperty(
        cloud_watch_metrics_enabled=True, sampled_requests_enabled=True, metric_name=metric
    )
