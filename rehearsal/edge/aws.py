"""Reads distributions and key value stores from the embedded AWS, through the real APIs."""

from collections.abc import Mapping
from typing import Any, Protocol

import boto3
from botocore.awsrequest import AWSPreparedRequest
from botocore.client import BaseClient
from botocore.config import Config
from botocore.exceptions import ClientError

from rehearsal.edge.firewall import WebAcl
from rehearsal.edge.functions.runner import Function, Store
from rehearsal.edge.model import Behavior, CachePolicy, Distribution, OriginRequestPolicy, SetHeader
from rehearsal.edge.read import (
    UnmodelledError,
    items,
    read_behavior,
    read_cache_policy,
    read_distribution,
    read_origin,
    read_origin_request_policy,
    read_response_headers,
    read_web_acl,
)

PAGE_KEYS = 50


class DistributionSource(Protocol):
    """Where distributions come from."""

    def load(self) -> tuple[Distribution, ...]:
        """All enabled distributions. Blocking."""
        ...


class StoreReader(Protocol):
    """Where the contents of key value stores come from."""

    def load(self, arn: str) -> Store:
        """One store. Blocking."""
        ...


class AwsDistributions:
    """The distributions of one account.

    Args:
        session: With the account's credentials.
        endpoint: The embedded AWS, such as `http://localhost:4566`.
    """

    def __init__(self, *, session: boto3.Session, endpoint: str) -> None:
        self._cloudfront = _client(session, "cloudfront", endpoint)
        self._wafv2 = _client(session, "wafv2", endpoint)
        self._functions: dict[str, Function] = {}

    def load(self) -> tuple[Distribution, ...]:
        """All enabled distributions.

        Raises:
            UnmodelledError: One uses what the rehearsal does not model.
        """
        listed = self._cloudfront.list_distributions()["DistributionList"]
        reading = _Reading(self._cloudfront, self._wafv2, self._functions)
        return tuple(reading.distribution(summary) for summary in items(listed) if summary["Enabled"])


class AwsStores:
    """The key value stores of one account.

    Args:
        session: With the account's credentials.
        endpoint: The embedded AWS.
    """

    def __init__(self, *, session: boto3.Session, endpoint: str) -> None:
        self._client = _client(session, "cloudfront-keyvaluestore", endpoint)
        self._client.meta.events.register("before-send.cloudfront-keyvaluestore", _without_account)

    def load(self, arn: str) -> Store:
        """One store with all its keys, as of one version."""
        while True:
            described = self._client.describe_key_value_store(KvsARN=arn)
            pairs = self._pairs(arn)
            # Several pages are read one after the other: a write between them would mix two versions.
            if self._client.describe_key_value_store(KvsARN=arn)["ETag"] == described["ETag"]:
                return Store(
                    arn=arn,
                    version=described["ETag"],
                    items=pairs,
                    created=described["Created"].isoformat(),
                    updated=described["LastModified"].isoformat(),
                )

    def _pairs(self, arn: str) -> dict[str, str]:
        pairs: dict[str, str] = {}
        arguments: dict[str, Any] = {"KvsARN": arn, "MaxResults": PAGE_KEYS}
        while True:
            page = self._client.list_keys(**arguments)
            pairs.update({item["Key"]: item["Value"] for item in page.get("Items", ())})
            if not page.get("NextToken"):
                return pairs
            arguments["NextToken"] = page["NextToken"]


class _Reading:
    """One pass over the account; what several behaviours share is fetched once."""

    def __init__(self, cloudfront: BaseClient, wafv2: BaseClient, functions: dict[str, Function]) -> None:
        self._cloudfront: Any = cloudfront
        self._wafv2: Any = wafv2
        self._functions = functions
        self._current: dict[str, Function] = {}
        self._policies: dict[str, Any] = {}

    def distribution(self, summary: Mapping[str, Any]) -> Distribution:
        identity = summary["Id"]
        config = self._cloudfront.get_distribution_config(Id=identity)["DistributionConfig"]
        origins = {origin["Id"]: read_origin(origin) for origin in items(config["Origins"])}
        parts = [*items(config.get("CacheBehaviors")), config["DefaultCacheBehavior"]]
        behaviors: tuple[Behavior, ...] = tuple(
            read_behavior(
                part,
                origins=origins,
                cache=self._cache(part),
                forward=self._forward(part),
                headers=self._headers(part),
                function=self._function(part),
            )
            for part in parts
        )
        return read_distribution(
            identity=identity,
            domain=summary["DomainName"],
            config=config,
            behaviors=behaviors,
            web_acl=self._web_acl(config.get("WebACLId") or ""),
        )

    def _cache(self, part: Mapping[str, Any]) -> CachePolicy:
        identity = part.get("CachePolicyId")
        if not identity:
            raise UnmodelledError("a cache behaviour without a cache policy")
        if identity not in self._policies:
            answer = self._cloudfront.get_cache_policy(Id=identity)
            self._policies[identity] = read_cache_policy(answer["CachePolicy"]["CachePolicyConfig"])
        policy: CachePolicy = self._policies[identity]
        return policy

    def _forward(self, part: Mapping[str, Any]) -> OriginRequestPolicy:
        identity = part.get("OriginRequestPolicyId")
        if not identity:
            return OriginRequestPolicy()
        if identity not in self._policies:
            answer = self._cloudfront.get_origin_request_policy(Id=identity)
            config = answer["OriginRequestPolicy"]["OriginRequestPolicyConfig"]
            self._policies[identity] = read_origin_request_policy(config)
        policy: OriginRequestPolicy = self._policies[identity]
        return policy

    def _headers(self, part: Mapping[str, Any]) -> tuple[tuple[SetHeader, ...], frozenset[str]]:
        identity = part.get("ResponseHeadersPolicyId")
        if not identity:
            return (), frozenset()
        if identity not in self._policies:
            answer = self._cloudfront.get_response_headers_policy(Id=identity)
            config = answer["ResponseHeadersPolicy"]["ResponseHeadersPolicyConfig"]
            self._policies[identity] = read_response_headers(config)
        policy: tuple[tuple[SetHeader, ...], frozenset[str]] = self._policies[identity]
        return policy

    def _function(self, part: Mapping[str, Any]) -> Function | None:
        associations = items(part.get("FunctionAssociations"))
        if items(part.get("LambdaFunctionAssociations")):
            raise UnmodelledError("Lambda@Edge")
        for association in associations:
            if association["EventType"] != "viewer-request":
                raise UnmodelledError(f"a function on {association['EventType']}")
        if not associations:
            return None
        name = associations[0]["FunctionARN"].rpartition("/")[2]
        if name not in self._current:
            self._current[name] = self._functions[name] = self._published(name)
        return self._current[name]

    def _published(self, name: str) -> Function:
        described = self._cloudfront.describe_function(Name=name, Stage="LIVE")
        known = self._functions.get(name)
        if known is not None and known.version == described["ETag"]:
            return known
        stores = items(described["FunctionSummary"]["FunctionConfig"].get("KeyValueStoreAssociations"))
        code = self._cloudfront.get_function(Name=name, Stage="LIVE")["FunctionCode"].read()
        return Function(
            name=name,
            version=described["ETag"],
            code=code.decode(),
            store_arn=stores[0]["KeyValueStoreARN"] if stores else None,
        )

    def _web_acl(self, arn: str) -> WebAcl | None:
        if not arn:
            return None
        name, identity = arn.split("/")[-2:]
        try:
            answer = self._wafv2.get_web_acl(Name=name, Id=identity, Scope="CLOUDFRONT")
        except ClientError as error:
            if error.response["Error"]["Code"] == "WAFNonexistentItemException":
                return None
            raise
        return read_web_acl(answer["WebACL"])


def _client(session: boto3.Session, service: str, endpoint: str) -> Any:
    return session.client(
        service,
        endpoint_url=endpoint,
        region_name="us-east-1",
        config=Config(proxies={}, connect_timeout=5, read_timeout=15, retries={"total_max_attempts": 2}),
    )


def _without_account(request: AWSPreparedRequest, **_: object) -> None:
    # The SDK puts the account before the endpoint's host; only the rehearsal's proxy knows such names.
    scheme, _separator, rest = request.url.partition("://")
    authority, slash, path = rest.partition("/")
    if ".localhost" in authority:
        request.url = f"{scheme}://localhost{authority.partition('.localhost')[2]}{slash}{path}"
