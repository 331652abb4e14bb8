import json
from collections.abc import Callable
from typing import Any

import pytest

from clerk_deploy.errors import SettingsError
from stacks.edge.router import CODE

CERTIFICATE = "arn:aws:acm:us-east-1:123456789012:certificate/12345678-1234-1234-1234-123456789012"


@pytest.fixture
def stack(stacks: Any) -> Any:
    return stacks["production/Edge"]


def site(stack: Any) -> dict[str, Any]:
    return stack.only("AWS::CloudFront::Distribution")["DistributionConfig"]


def records(stack: Any) -> list[tuple[str, str]]:
    found = stack.of_type("AWS::Route53::RecordSet").values()
    return sorted((record["Properties"]["Name"], record["Properties"]["Type"]) for record in found)


def test_documents_are_never_cached_and_reach_the_slot_whole_but_for_the_host(stack: Any) -> None:
    behaviour = site(stack)["DefaultCacheBehavior"]
    caching_disabled = "4135ea2d-6df8-44a3-9df3-4b5a84be39ad"
    all_viewer_except_host_header = "b689b0a8-53d0-40ab-baf2-68738e2966ac"
    assert behaviour["CachePolicyId"] == caching_disabled
    assert behaviour["OriginRequestPolicyId"] == all_viewer_except_host_header
    assert {"GET", "HEAD", "OPTIONS", "PUT", "PATCH", "POST", "DELETE"} == set(behaviour["AllowedMethods"])


def test_files_are_cached_by_slot_and_take_no_cookie_along(stack: Any) -> None:
    (behaviour,) = site(stack)["CacheBehaviors"]
    assert behaviour["PathPattern"] == "/_slots/*"
    assert behaviour["AllowedMethods"] == ["GET", "HEAD"]
    assert "OriginRequestPolicyId" not in behaviour
    policy = stack.only("AWS::CloudFront::CachePolicy")["CachePolicyConfig"]
    key = policy["ParametersInCacheKeyAndForwardedToOrigin"]
    assert key["HeadersConfig"] == {"HeaderBehavior": "whitelist", "Headers": ["x-release-slot"]}
    assert key["CookiesConfig"] == {"CookieBehavior": "none"}
    assert key["QueryStringsConfig"] == {"QueryStringBehavior": "none"}
    assert (key["EnableAcceptEncodingBrotli"], key["EnableAcceptEncodingGzip"]) == (True, True)
    assert policy["MinTTL"] == 0


def test_every_behaviour_asks_the_router_and_redirects_to_https(stack: Any) -> None:
    config = site(stack)
    for behaviour in (config["DefaultCacheBehavior"], *config["CacheBehaviors"]):
        (association,) = behaviour["FunctionAssociations"]
        assert association["EventType"] == "viewer-request"
        assert association["FunctionARN"]["Fn::GetAtt"][0].startswith("RouterFunction")
        assert behaviour["ViewerProtocolPolicy"] == "redirect-to-https"
        assert behaviour["Compress"] is True


def test_the_deployed_function_is_the_tested_file_and_fits(stack: Any) -> None:
    function = stack.only("AWS::CloudFront::Function")
    assert function["FunctionCode"] == CODE.read_text()
    assert len(function["FunctionCode"].encode()) < 10_240
    assert function["FunctionConfig"]["Runtime"] == "cloudfront-js-2.0"
    (association,) = function["FunctionConfig"]["KeyValueStoreAssociations"]
    assert association["KeyValueStoreARN"]["Fn::GetAtt"][0].startswith("RouterStore")


def test_cloudformation_writes_nothing_into_the_store(stack: Any) -> None:
    assert set(stack.only("AWS::CloudFront::KeyValueStore")) == {"Name", "Comment", "Tags"}


def test_transport_is_modern(stack: Any) -> None:
    config = site(stack)
    assert config["HttpVersion"] == "http2and3"
    assert config["IPV6Enabled"] is True
    assert config["ViewerCertificate"]["MinimumProtocolVersion"] == "TLSv1.2_2021"
    (origin,) = config["Origins"]
    assert origin["CustomOriginConfig"]["OriginProtocolPolicy"] == "https-only"
    assert origin["CustomOriginConfig"]["OriginSSLProtocols"] == ["TLSv1.2"]


def test_the_edge_owns_hsts_and_binds_no_other_host_of_the_domain(stack: Any) -> None:
    policies = stack.of_type("AWS::CloudFront::ResponseHeadersPolicy").values()
    assert len(policies) == 2
    for policy in policies:
        security = policy["Properties"]["ResponseHeadersPolicyConfig"]["SecurityHeadersConfig"]
        assert security["StrictTransportSecurity"] == {
            "AccessControlMaxAgeSec": 31_536_000,
            "IncludeSubdomains": False,
            "Override": True,
        }


def test_additional_metrics_are_on(stack: Any) -> None:
    subscription = stack.only("AWS::CloudFront::MonitoringSubscription")
    assert "Enabled" in json.dumps(subscription["MonitoringSubscription"])


def test_with_a_zone_certificate_and_records_are_made(stack: Any) -> None:
    certificate = stack.only("AWS::CertificateManager::Certificate")
    assert certificate["DomainName"] == "yourapp.com"
    assert certificate["SubjectAlternativeNames"] == ["www.yourapp.com"]
    assert certificate["ValidationMethod"] == "DNS"
    assert site(stack)["Aliases"] == ["yourapp.com", "www.yourapp.com"]
    assert records(stack) == [
        ("accounts.yourapp.com.", "CNAME"),
        ("clerk.yourapp.com.", "CNAME"),
        ("www.yourapp.com.", "A"),
        ("www.yourapp.com.", "AAAA"),
        ("yourapp.com.", "A"),
        ("yourapp.com.", "AAAA"),
    ]


def test_without_www_there_is_one_domain(stacks: Any) -> None:
    stack = stacks["staging/Edge"]
    assert site(stack)["Aliases"] == ["staging.yourapp.com"]
    assert "SubjectAlternativeNames" not in stack.only("AWS::CertificateManager::Certificate")
    assert records(stack) == [("staging.yourapp.com.", "A"), ("staging.yourapp.com.", "AAAA")]


def test_a_first_deploy_goes_without_the_domain_and_says_what_to_enter(
    production_with: Callable[..., Any],
) -> None:
    stack = production_with(hostedZone=None)["production/Edge"]
    assert "Aliases" not in site(stack)
    assert "ViewerCertificate" not in site(stack)
    assert not stack.of_type("AWS::CertificateManager::Certificate")
    assert records(stack) == []
    outputs = stack.template["Outputs"]
    assert (
        "ACM certificate in us-east-1 for yourapp.com, www.yourapp.com"
        in (outputs["DnsCertificate"]["Value"])
    )
    assert outputs["DnsClerk1"]["Value"] == "clerk.yourapp.com CNAME frontend-api.clerk.services"
    assert "DnsSite1" not in outputs


def test_with_a_certificate_of_ones_own_the_outputs_name_the_sites_records(
    production_with: Callable[..., Any],
) -> None:
    stack = production_with(hostedZone=None, certificateArn=CERTIFICATE)["production/Edge"]
    assert site(stack)["ViewerCertificate"]["AcmCertificateArn"] == CERTIFICATE
    assert site(stack)["Aliases"] == ["yourapp.com", "www.yourapp.com"]
    outputs = stack.template["Outputs"]
    assert outputs["DnsSite2"]["Value"]["Fn::Join"][1][0] == "www.yourapp.com CNAME "
    assert "DnsCertificate" not in outputs


def test_a_record_of_clerks_outside_the_zone_is_refused(production_with: Callable[..., Any]) -> None:
    foreign = {"cnames": [{"name": "clerk.notyourapp.com", "target": "frontend-api.clerk.services"}]}
    with pytest.raises(SettingsError, match=r"clerk\.cnames\[0\]\.name: a name in the hosted zone"):
        production_with(clerk=foreign)


def test_the_firewall_limits_sign_in_and_answers_in_the_apis_words(
    production_with: Callable[..., Any],
) -> None:
    stack = production_with(firewall={"authRequestsPer5Minutes": 77})["production/Edge"]
    acl = stack.only("AWS::WAFv2::WebACL")
    assert acl["Scope"] == "CLOUDFRONT"
    assert acl["DefaultAction"] == {"Allow": {}}
    limit, *managed = acl["Rules"]
    rate = limit["Statement"]["RateBasedStatement"]
    assert (rate["Limit"], rate["EvaluationWindowSec"], rate["AggregateKeyType"]) == (77, 300, "IP")
    match = rate["ScopeDownStatement"]["ByteMatchStatement"]
    assert (match["SearchString"], match["PositionalConstraint"]) == ("/api/auth", "STARTS_WITH")
    answer = limit["Action"]["Block"]["CustomResponse"]
    assert answer["ResponseCode"] == 429
    headers = {each["Name"]: each["Value"] for each in answer["ResponseHeaders"]}
    assert headers == {"cache-control": "no-store", "retry-after": "300", "x-content-type-options": "nosniff"}
    assert acl["CustomResponseBodies"]["limited"]["Content"] == '{"error":"rate_limited"}'
    assert [rule["Name"] for rule in managed] == [
        "AWSManagedRulesAmazonIpReputationList",
        "AWSManagedRulesKnownBadInputsRuleSet",
        "AWSManagedRulesCommonRuleSet",
    ]
    assert {rule["Priority"] for rule in acl["Rules"]} == {0, 1, 2, 3}
    assert site(stack)["WebACLId"] == {"Fn::GetAtt": ["Firewall", "Arn"]}


def test_long_bodies_and_queries_are_counted_not_refused(stack: Any) -> None:
    common = stack.only("AWS::WAFv2::WebACL")["Rules"][-1]["Statement"]["ManagedRuleGroupStatement"]
    assert common["RuleActionOverrides"] == [
        {"Name": name, "ActionToUse": {"Count": {}}}
        for name in ("SizeRestrictions_BODY", "SizeRestrictions_QUERYSTRING")
    ]


def test_the_firewall_can_be_switched_off(production_with: Callable[..., Any]) -> None:
    stack = production_with(firewall={"enabled": False})["production/Edge"]
    assert not stack.of_type("AWS::WAFv2::WebACL")
    assert "WebACLId" not in site(stack)
