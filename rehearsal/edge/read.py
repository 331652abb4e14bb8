"""Turns the answers of the CloudFront and WAF APIs into the model."""

import base64
import binascii
from collections.abc import Callable, Mapping
from typing import Any

from rehearsal.edge.firewall import TRANSFORMATIONS, Block, Match, RateRule, WebAcl
from rehearsal.edge.functions.runner import Function
from rehearsal.edge.model import (
    Behavior,
    CachePolicy,
    Chosen,
    Distribution,
    Origin,
    OriginRequestPolicy,
    SetHeader,
)

Answer = Mapping[str, Any]

CONTENT_TYPES = {
    "APPLICATION_JSON": "application/json",
    "TEXT_HTML": "text/html",
    "TEXT_PLAIN": "text/plain",
}


class UnmodelledError(Exception):
    """The distribution uses something that the rehearsal's edge does not model."""


def items(block: Answer | None) -> list[Any]:
    """The items of an AWS list with its quantity; empty when absent."""
    return list((block or {}).get("Items") or ())


def chosen(config: Answer, *, behavior: str, block: str) -> Chosen:
    """Part of a policy: which names take part.

    Args:
        config: Such as a CookiesConfig.
        behavior: The key that holds the selection.
        block: The key that holds the names.
    """
    selection = config[behavior]
    names = frozenset(items(config.get(block)))
    lower = block == "Headers"
    if selection in ("allViewer", "allViewerAndWhitelistCloudFront"):
        return Chosen(selection="all")
    return Chosen(selection=selection, names=frozenset(n.lower() for n in names) if lower else names)


def read_cache_policy(config: Answer) -> CachePolicy:
    """A CachePolicyConfig."""
    parameters = config["ParametersInCacheKeyAndForwardedToOrigin"]
    return CachePolicy(
        minimum=float(config["MinTTL"]),
        default=float(config.get("DefaultTTL", 86400)),
        maximum=float(config.get("MaxTTL", 31536000)),
        headers=chosen(parameters["HeadersConfig"], behavior="HeaderBehavior", block="Headers"),
        cookies=chosen(parameters["CookiesConfig"], behavior="CookieBehavior", block="Cookies"),
        queries=chosen(
            parameters["QueryStringsConfig"], behavior="QueryStringBehavior", block="QueryStrings"
        ),
        gzip=bool(parameters["EnableAcceptEncodingGzip"]),
        brotli=bool(parameters.get("EnableAcceptEncodingBrotli", False)),
    )


def read_origin_request_policy(config: Answer) -> OriginRequestPolicy:
    """An OriginRequestPolicyConfig."""
    return OriginRequestPolicy(
        headers=chosen(config["HeadersConfig"], behavior="HeaderBehavior", block="Headers"),
        cookies=chosen(config["CookiesConfig"], behavior="CookieBehavior", block="Cookies"),
        queries=chosen(config["QueryStringsConfig"], behavior="QueryStringBehavior", block="QueryStrings"),
    )


def read_response_headers(config: Answer) -> tuple[tuple[SetHeader, ...], frozenset[str]]:
    """A ResponseHeadersPolicyConfig: headers to set, and headers to remove.

    Raises:
        UnmodelledError: It sets CORS or Server-Timing headers.
    """
    if config.get("CorsConfig") or (config.get("ServerTimingHeadersConfig") or {}).get("Enabled"):
        raise UnmodelledError("CORS and Server-Timing of a response headers policy")
    headers = [*_security_headers(config.get("SecurityHeadersConfig") or {})]
    for header in items(config.get("CustomHeadersConfig")):
        name, value = header["Header"], header["Value"]
        headers.append(SetHeader(name=name, value=value, override=bool(header["Override"])))
    removed = frozenset(item["Header"].lower() for item in items(config.get("RemoveHeadersConfig")))
    return tuple(headers), removed


def _security_headers(config: Answer) -> list[SetHeader]:
    writers: Mapping[str, tuple[str, Callable[[Answer], str]]] = {
        "StrictTransportSecurity": ("Strict-Transport-Security", _transport_security),
        "ContentTypeOptions": ("X-Content-Type-Options", lambda _: "nosniff"),
        "FrameOptions": ("X-Frame-Options", lambda part: str(part["FrameOption"])),
        "ReferrerPolicy": ("Referrer-Policy", lambda part: str(part["ReferrerPolicy"])),
        "ContentSecurityPolicy": (
            "Content-Security-Policy",
            lambda part: str(part["ContentSecurityPolicy"]),
        ),
        "XSSProtection": ("X-XSS-Protection", _xss_protection),
    }
    return [
        SetHeader(name=name, value=write(config[key]), override=bool(config[key]["Override"]))
        for key, (name, write) in writers.items()
        if config.get(key)
    ]


def _transport_security(part: Answer) -> str:
    value = f"max-age={part['AccessControlMaxAgeSec']}"
    value += "; includeSubDomains" if part.get("IncludeSubdomains") else ""
    return value + ("; preload" if part.get("Preload") else "")


def _xss_protection(part: Answer) -> str:
    if not part["Protection"]:
        return "0"
    report = f"; report={part['ReportUri']}" if part.get("ReportUri") else ""
    return "1" + ("; mode=block" if part.get("ModeBlock") else "") + report


def read_origin(origin: Answer) -> Origin:
    """One of a distribution's origins.

    Raises:
        UnmodelledError: It is no custom origin.
    """
    custom = origin.get("CustomOriginConfig")
    if custom is None:
        raise UnmodelledError(f"origin {origin['Id']}, which is no custom origin")
    return Origin(
        domain=origin["DomainName"].lower(),
        path=origin.get("OriginPath") or "",
        protocol=custom["OriginProtocolPolicy"],
        # CloudFormation may leave both out; AWS then fills in the defaults, ministack does not.
        http_port=int(custom.get("HTTPPort") or 80),
        https_port=int(custom.get("HTTPSPort") or 443),
        connect_seconds=float(origin.get("ConnectionTimeout") or 10),
        read_seconds=float(custom.get("OriginReadTimeout") or 30),
        headers={item["HeaderName"]: item["HeaderValue"] for item in items(origin.get("CustomHeaders"))},
    )


def read_behavior(
    behavior: Answer,
    *,
    origins: Mapping[str, Origin],
    cache: CachePolicy,
    forward: OriginRequestPolicy,
    headers: tuple[tuple[SetHeader, ...], frozenset[str]],
    function: Function | None,
) -> Behavior:
    """A cache behaviour with what it refers to.

    Args:
        behavior: The API's structure; the default behaviour has no PathPattern.
        origins: The distribution's origins by id.
        cache: Its cache policy.
        forward: Its origin request policy.
        headers: Its response headers policy.
        function: Of its viewer-request association.
    """
    return Behavior(
        pattern=behavior.get("PathPattern", "*"),
        origin=origins[behavior["TargetOriginId"]],
        viewer_protocol=behavior["ViewerProtocolPolicy"],
        methods=frozenset(items(behavior.get("AllowedMethods"))) or frozenset({"GET", "HEAD"}),
        compress=bool(behavior.get("Compress")),
        cache=cache,
        forward=forward,
        set_headers=headers[0],
        remove_headers=headers[1],
        function=function,
    )


def read_distribution(
    *, identity: str, domain: str, config: Answer, behaviors: tuple[Behavior, ...], web_acl: WebAcl | None
) -> Distribution:
    """A distribution.

    Args:
        identity: Its id.
        domain: Its name under cloudfront.net.
        config: Its DistributionConfig.
        behaviors: In their order, the default one last.
        web_acl: Its firewall.

    Raises:
        UnmodelledError: It replaces error pages.
    """
    errors = items(config.get("CustomErrorResponses"))
    if any(error.get("ResponsePagePath") for error in errors):
        raise UnmodelledError("error pages of the distribution's own")
    return Distribution(
        id=identity,
        domain=domain.lower(),
        aliases=frozenset(alias.lower() for alias in items(config.get("Aliases"))),
        behaviors=behaviors,
        error_ttls={int(error["ErrorCode"]): float(error.get("ErrorCachingMinTTL", 10)) for error in errors},
        web_acl=web_acl,
    )


def read_web_acl(acl: Answer) -> WebAcl:
    """A web ACL of wafv2.

    Raises:
        UnmodelledError: A rate-based rule that the rehearsal cannot count.
    """
    bodies = acl.get("CustomResponseBodies") or {}
    rules = sorted(acl.get("Rules") or (), key=lambda rule: int(rule["Priority"]))
    counted = [rule for rule in rules if "RateBasedStatement" in rule["Statement"]]
    return WebAcl(
        arn=acl["ARN"],
        rules=tuple(_rate_rule(rule, bodies) for rule in counted),
        unenforced=tuple(rule["Name"] for rule in rules if rule not in counted),
        default_block=_block((acl.get("DefaultAction") or {}).get("Block"), bodies),
    )


def _rate_rule(rule: Answer, bodies: Answer) -> RateRule:
    statement = rule["Statement"]["RateBasedStatement"]
    if statement.get("AggregateKeyType", "IP") != "IP":
        raise UnmodelledError(f"rule {rule['Name']}, which does not aggregate by IP")
    scope = statement.get("ScopeDownStatement")
    return RateRule(
        name=rule["Name"],
        limit=int(statement["Limit"]),
        window_seconds=float(statement.get("EvaluationWindowSec") or 300),
        scope=_match(rule["Name"], scope) if scope else None,
        block=_block((rule.get("Action") or {}).get("Block"), bodies),
    )


def _match(rule: str, statement: Answer) -> Match:
    match = statement.get("ByteMatchStatement")
    parts = {"UriPath": "path", "Method": "method"}
    field = next((parts[key] for key in (match or {}).get("FieldToMatch", {}) if key in parts), None)
    names = tuple(
        item["Type"]
        for item in sorted((match or {}).get("TextTransformations", ()), key=lambda item: item["Priority"])
    )
    if match is None or field is None or not set(names) <= set(TRANSFORMATIONS):
        raise UnmodelledError(f"rule {rule}, whose scope is no byte match on the path or the method")
    return Match(
        part="path" if field == "path" else "method",
        text=_search_string(match["SearchString"]),
        position=match["PositionalConstraint"],
        transformations=names,
    )


def _search_string(value: bytes | str) -> str:
    if isinstance(value, bytes):
        return value.decode()
    try:
        return base64.b64decode(value, validate=True).decode()
    except (binascii.Error, UnicodeDecodeError):
        return value


def _block(action: Answer | None, bodies: Answer) -> Block | None:
    if action is None:
        return None
    custom = action.get("CustomResponse") or {}
    body = bodies.get(custom.get("CustomResponseBodyKey", ""))
    return Block(
        status=int(custom.get("ResponseCode", 403)),
        headers=tuple((item["Name"], item["Value"]) for item in custom.get("ResponseHeaders") or ()),
        body=body["Content"] if body else None,
        content_type=CONTENT_TYPES[body["ContentType"]] if body else "text/plain",
    )
