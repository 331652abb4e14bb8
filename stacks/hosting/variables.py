"""The variables of a slot: references into Secrets Manager, pinned to one revision. No value stands here."""

from collections.abc import Sequence

from clerk_deploy.environment.variable import Kind, NeededAt, Variable
from clerk_deploy.errors import Problem, SettingsError
from clerk_deploy.names import FALLBACK_CHECK, SLOTS
from clerk_deploy.settings import EnvironmentSettings
from stacks.deployment import Deployment

REFERENCES_PER_TEMPLATE = 60
"""CloudFormation's limit of dynamic references in one template."""

REPOSITORY_TOKEN = 1
"""The app's own reference."""

RELEASE_NAMES = ("RELEASE_COMMIT", "RELEASE_JOB", "RELEASE_SLOT", "RELEASE_REVISION")
"""What the build bakes in and the running server tells."""


def slot_variables(
    declared: Sequence[Variable], *, deployment: Deployment, revision: str, secrets_arn: str
) -> dict[str, str]:
    """Value by name of everything that a slot's build gets.

    Args:
        declared: The contract.
        deployment: The environment.
        revision: The revision that the values are pinned to.
        secrets_arn: The secret that the running server reads.

    Raises:
        SettingsError: More variables than a template may reference.
    """
    shown = [variable for variable in declared if variable.kind is not Kind.SECRET]
    references = {
        name: _pinned(deployment.names.variables_secret, key=variable.name, revision=revision)
        for variable in shown
        for name in (variable.name, *variable.handed_on_as)
    }
    slots = len(built_slots(deployment.settings))
    _refuse_too_many(len(references), slots=slots, environment=deployment.names.environment)
    own = {
        "RELEASE_REVISION": revision,
        "CLERK_DEPLOY_SECRETS_ARN": secrets_arn,
        "CLERK_DEPLOY_TRUST_EDGE": "1",
    }
    if deployment.settings.clerk.forward_client_address:
        own["CLERK_DEPLOY_FORWARD_CLIENT_ADDRESS"] = "1"
    at_run_time = [
        *(name for variable in shown if variable.needed_at is NeededAt.RUN for name in _names(variable)),
        *(name for name in own if name not in RELEASE_NAMES),
        *RELEASE_NAMES,
    ]
    return {**references, **own, "CLERK_DEPLOY_RUNTIME_VARIABLES": " ".join(at_run_time)}


def built_slots(settings: EnvironmentSettings) -> tuple[str, ...]:
    """The slots, and with a fallback the one that tries it."""
    return (*SLOTS, FALLBACK_CHECK) if settings.release.fallback else SLOTS


def _names(variable: Variable) -> tuple[str, ...]:
    return (variable.name, *variable.handed_on_as)


def _pinned(secret: str, *, key: str, revision: str) -> str:
    # no stage before the version id: CloudFormation takes one of the two
    return f"{{{{resolve:secretsmanager:{secret}:SecretString:{key}::{revision}}}}}"


def _refuse_too_many(per_slot: int, *, slots: int, environment: str) -> None:
    total = per_slot * slots + REPOSITORY_TOKEN
    if total <= REFERENCES_PER_TEMPLATE:
        return
    room = (REFERENCES_PER_TEMPLATE - REPOSITORY_TOKEN) // slots
    raise SettingsError(
        f"The Hosting stack of {environment} would hold {total} references to Secrets Manager.",
        problems=[
            Problem(
                where=f"environments.{environment}.variables",
                expected=f"at most {room} variables that are no secrets, the guide's included, for "
                f"CloudFormation takes {REFERENCES_PER_TEMPLATE} references a template; there are {per_slot}",
                next_step=f"take away {per_slot - room}, or join several into one that holds JSON",
            )
        ],
        next_step="correct the context in cdk.json; docs/settings.md lists every setting",
    )
