"""Whether an answer of /api/health comes from the deployment that it should, and is a good one."""

import re
from typing import Final

from clerk_deploy.errors import CheckFailedError
from clerk_deploy.release.health import Health
from clerk_deploy.vercel.records import Deployment

ID: Final = re.compile(r"dpl_[A-Za-z0-9]+")
"""A deployment's id, which a build bakes in where Vercel tells it."""


def is_from(health: Health, deployment: Deployment) -> bool:
    """Whether an answer comes from a deployment: by its id where the build knew it, else by its commit."""
    if ID.fullmatch(health.job):
        return health.job == deployment.id
    same = not deployment.revision or health.revision == deployment.revision
    return health.commit == deployment.commit and same


def expect(health: Health, deployment: Deployment, *, revision: str) -> None:
    """Check that an answer comes from a deployment and is a good one.

    Raises:
        CheckFailedError: Another build answered, or it is not well.
    """
    if health.commit != deployment.commit or not is_from(health, deployment):
        raise CheckFailedError(
            f"{deployment.host} serves commit {health.commit[:12]} of {health.job}, not "
            f"{deployment.commit[:12]} of {deployment.id}.",
            next_step="the build took another commit than it was given: release again",
        )
    if revision and health.revision != revision:
        raise CheckFailedError(
            f"{deployment.id} was built with revision {health.revision[:8]}, not {revision[:8]}.",
            next_step="variables changed meanwhile: release again",
        )
    expect_well(health, deployment)


def expect_well(health: Health, deployment: Deployment) -> None:
    """Check that a release says that it is well.

    Raises:
        CheckFailedError: It says that it is not.
    """
    if not health.healthy:
        bad = ", ".join(f"{name}: {result}" for name, result in health.checks.items() if result != "ok")
        raise CheckFailedError(
            f"{deployment.id} is not well: {bad or 'no reason given'}",
            next_step="compare the project's variables with the contract (pulumi up in pulumi/vercel), and "
            "see clerk-deploy logs",
        )
