"""The edge's knowledge comes from the embedded AWS through the real APIs."""

import json
import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import boto3
import pytest

from rehearsal.aws.config import Config
from rehearsal.aws.process import start_aws
from rehearsal.edge.aws import AwsDistributions, AwsStores
from rehearsal.edge.firewall import Viewed
from rehearsal.ports import free_port
from rehearsal.processes import Children

CACHING_DISABLED = "4135ea2d-6df8-44a3-9df3-4b5a84be39ad"
ALL_VIEWER_EXCEPT_HOST = "b689b0a8-53d0-40ab-baf2-68738e2966ac"
ACCOUNT = "123456789012"


@dataclass(frozen=True)
class Aws:
    session: boto3.Session
    endpoint: str

    def client(self, service: str) -> Any:
        return self.session.client(service, endpoint_url=self.endpoint)


@pytest.fixture(scope="module")
def aws(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Aws]:
    folder = tmp_path_factory.mktemp("aws")
    config = Config(
        account=ACCOUNT,
        region="us-east-1",
        port=free_port(),
        sites_port=free_port(),
        folder=folder / "run",
        cache=folder / "cache",
        app_environment={},
    )
    session = boto3.Session(
        aws_access_key_id=ACCOUNT, aws_secret_access_key="rehearsal", region_name="us-east-1"
    )
    children = Children()
    try:
        start_aws(config, children=children)
        yield Aws(session, config.endpoint)
    finally:
        children.end_all()


def web_acl() -> dict[str, Any]:
    visibility = {"CloudWatchMetricsEnabled": False, "SampledRequestsEnabled": False, "MetricName": "m"}
    scope = {
        "FieldToMatch": {"UriPath": {}},
        "PositionalConstraint": "STARTS_WITH",
        "SearchString": "/api/auth",
        "TextTransformations": [{"Priority": 0, "Type": "URL_DECODE"}],
    }
    rate = {
        "Limit": 10,
        "EvaluationWindowSec": 300,
        "AggregateKeyType": "IP",
        "ScopeDownStatement": {"ByteMatchStatement": scope},
    }
    answer = {
        "ResponseCode": 429,
        "CustomResponseBodyKey": "limited",
        "ResponseHeaders": [{"Name": "retry-after", "Value": "300"}],
    }
    return {
        "Name": "site",
        "Scope": "CLOUDFRONT",
        "DefaultAction": {"Allow": {}},
        "VisibilityConfig": visibility,
        "CustomResponseBodies": {"limited": {"ContentType": "APPLICATION_JSON", "Content": '{"error":"x"}'}},
        "Rules": [
            {
                "Name": "AuthRate",
                "Priority": 0,
                "VisibilityConfig": visibility,
                "Action": {"Block": {"CustomResponse": answer}},
                "Statement": {"RateBasedStatement": rate},
            },
            {
                "Name": "Common",
                "Priority": 1,
                "VisibilityConfig": visibility,
                "OverrideAction": {"None": {}},
                "Statement": {
                    "ManagedRuleGroupStatement": {
                        "VendorName": "AWS",
                        "Name": "AWSManagedRulesCommonRuleSet",
                    }
                },
            },
        ],
    }


def distribution(**properties: Any) -> dict[str, Any]:
    behavior = {
        "TargetOriginId": "slot",
        "ViewerProtocolPolicy": "redirect-to-https",
        "Compress": True,
        "FunctionAssociations": [
            {"EventType": "viewer-request", "FunctionARN": {"Fn::GetAtt": ["Function", "FunctionARN"]}}
        ],
    }
    return {
        "DistributionConfig": {
            "Enabled": True,
            "Aliases": ["yourapp.com", "www.yourapp.com"],
            "WebACLId": {"Fn::GetAtt": ["Acl", "Arn"]},
            "Origins": [
                {
                    "Id": "slot",
                    "DomainName": "slot-a.d1.amplifyapp.com",
                    "CustomOriginConfig": {"OriginProtocolPolicy": "https-only", "OriginReadTimeout": 25},
                    "OriginCustomHeaders": [{"HeaderName": "x-a", "HeaderValue": "1"}],
                }
            ],
            "DefaultCacheBehavior": {
                **behavior,
                "AllowedMethods": ["GET", "HEAD", "OPTIONS", "PUT", "PATCH", "POST", "DELETE"],
                "CachePolicyId": CACHING_DISABLED,
                "OriginRequestPolicyId": ALL_VIEWER_EXCEPT_HOST,
                "ResponseHeadersPolicyId": {"Ref": "Headers"},
            },
            "CacheBehaviors": [
                {**behavior, "PathPattern": "/_slots/*", "CachePolicyId": {"Ref": "FileCache"}}
            ],
            "CustomErrorResponses": [{"ErrorCode": 503, "ErrorCachingMinTTL": 0}],
            **properties,
        }
    }


def template(*, code: str = "function handler(event) { return event.request; }") -> dict[str, Any]:
    store = {"Fn::GetAtt": ["Store", "Arn"]}
    keyed = {
        "EnableAcceptEncodingGzip": True,
        "EnableAcceptEncodingBrotli": True,
        "HeadersConfig": {"HeaderBehavior": "whitelist", "Headers": ["X-Release-Slot"]},
        "CookiesConfig": {"CookieBehavior": "none"},
        "QueryStringsConfig": {"QueryStringBehavior": "none"},
    }
    headers = {
        "Name": "site-headers",
        "SecurityHeadersConfig": {
            "StrictTransportSecurity": {"AccessControlMaxAgeSec": 31536000, "Override": True},
            "ContentTypeOptions": {"Override": True},
        },
        "CustomHeadersConfig": {"Items": [{"Header": "x-b", "Value": "2", "Override": False}]},
        "RemoveHeadersConfig": {"Items": [{"Header": "X-Powered-By"}]},
    }
    function = {
        "Name": "site",
        "AutoPublish": True,
        "FunctionCode": code,
        "FunctionConfig": {
            "Comment": "",
            "Runtime": "cloudfront-js-2.0",
            "KeyValueStoreAssociations": [{"KeyValueStoreARN": store}],
        },
    }
    policy = {
        "CachePolicyConfig": {
            "Name": "site-files",
            "MinTTL": 0,
            "DefaultTTL": 86400,
            "MaxTTL": 31536000,
            "ParametersInCacheKeyAndForwardedToOrigin": keyed,
        }
    }
    types = {
        "Acl": ("WAFv2::WebACL", web_acl()),
        "Store": ("CloudFront::KeyValueStore", {"Name": "site"}),
        "Function": ("CloudFront::Function", function),
        "FileCache": ("CloudFront::CachePolicy", policy),
        "Headers": ("CloudFront::ResponseHeadersPolicy", {"ResponseHeadersPolicyConfig": headers}),
        "Site": ("CloudFront::Distribution", distribution()),
    }
    return {"Resources": {key: {"Type": f"AWS::{kind}", "Properties": p} for key, (kind, p) in types.items()}}


def settle(aws: Aws, status: str) -> None:
    deadline = time.monotonic() + 60
    stack: dict[str, Any] = {}
    while time.monotonic() < deadline:
        stack = aws.client("cloudformation").describe_stacks(StackName="edge")["Stacks"][0]
        if stack["StackStatus"] == status:
            return
        time.sleep(0.1)
    raise AssertionError(f"{stack['StackStatus']}: {stack.get('StackStatusReason')}")


@pytest.mark.endtoend
def test_deployed_stack_is_read_and_its_changes_are_seen(aws):
    source = AwsDistributions(session=aws.session, endpoint=aws.endpoint)
    assert source.load() == ()
    cloudformation = aws.client("cloudformation")
    cloudformation.create_stack(StackName="edge", TemplateBody=json.dumps(template()))
    settle(aws, "CREATE_COMPLETE")

    (site,) = source.load()
    assert site.aliases == {"yourapp.com", "www.yourapp.com"}
    assert (site.error_ttl(503), site.error_ttl(502)) == (0, 10)
    files, documents = site.behaviors
    assert (files.pattern, documents.pattern) == ("/_slots/*", "*")
    assert files.methods == {"GET", "HEAD"}
    assert "PATCH" in documents.methods
    assert (documents.cache.maximum, files.cache.maximum) == (0, 31536000)
    assert files.cache.headers.takes("x-release-slot")
    assert documents.forward.headers.takes("authorization")
    assert not documents.forward.headers.takes("host")
    assert documents.origin.domain == "slot-a.d1.amplifyapp.com"
    assert documents.origin.read_seconds == 25
    assert documents.origin.headers == {"x-a": "1"}
    values = {header.name: (header.value, header.override) for header in documents.set_headers}
    assert values["Strict-Transport-Security"] == ("max-age=31536000", True)
    assert values["X-Content-Type-Options"] == ("nosniff", True)
    assert values["x-b"] == ("2", False)
    assert documents.remove_headers == {"x-powered-by"}
    assert documents.function == files.function

    (rule,) = site.web_acl.rules
    assert (rule.limit, rule.window_seconds) == (10, 300)
    assert rule.scope.holds(Viewed(method="GET", path="/api/%61uth", address="127.0.0.1"))
    assert not rule.scope.holds(Viewed(method="GET", path="/", address="127.0.0.1"))
    assert (rule.block.status, rule.block.body) == (429, '{"error":"x"}')
    assert rule.block.headers == (("retry-after", "300"),)
    assert site.web_acl.unenforced == ("Common",)

    code = "function handler() { return { statusCode: 204 }; }"
    cloudformation.update_stack(StackName="edge", TemplateBody=json.dumps(template(code=code)))
    settle(aws, "UPDATE_COMPLETE")
    (changed,) = source.load()
    assert changed.behaviors[0].function.code == code
    assert changed.behaviors[0].function.version != files.function.version


@pytest.mark.endtoend
def test_store_is_read_whole_and_its_version_changes_with_it(aws):
    arn = aws.client("cloudfront").create_key_value_store(Name="many")["KeyValueStore"]["ARN"]
    stores = AwsStores(session=aws.session, endpoint=aws.endpoint)
    empty = stores.load(arn)
    assert empty.items == {}
    client = stores._client
    puts = [{"Key": f"k{number:03}", "Value": str(number)} for number in range(60)]
    for start in (0, 30):
        client.update_keys(KvsARN=arn, IfMatch=stores.load(arn).version, Puts=puts[start : start + 30])
    full = stores.load(arn)
    assert full.items == {put["Key"]: put["Value"] for put in puts}
    assert full.version != empty.version
