"""All checks, one module a subject. The order here is the order of reports."""

from clerk_deploy.verification.checks import (  # isort: skip - the order of reports
    transport,
    headers,
    caching,
    authentication,
    tokens,
    cors,
    backend,
    tenants,
    clerk,
    client_side,
    leakage,
    performance,
    monitoring,
    rate_limit,
)

__all__ = [
    "authentication",
    "backend",
    "caching",
    "clerk",
    "client_side",
    "cors",
    "headers",
    "leakage",
    "monitoring",
    "performance",
    "rate_limit",
    "tenants",
    "tokens",
    "transport",
]
