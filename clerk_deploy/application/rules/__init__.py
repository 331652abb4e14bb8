"""All rules, one module a subject. The order here is the order of reports."""

from clerk_deploy.application.rules import (  # isort: skip - the order of reports
    secrets,
    ignores,
    next_config,
    dockerfile,
    compose,
    amplify,
    runtime,
    dependencies,
)

__all__ = [
    "amplify",
    "compose",
    "dependencies",
    "dockerfile",
    "ignores",
    "next_config",
    "runtime",
    "secrets",
]
