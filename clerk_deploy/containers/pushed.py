"""Values that `clerk-deploy environment push` put into Secrets Manager, for an environment on containers."""

from clerk_deploy.containers.values import ContainerValues, container_values
from clerk_deploy.environment.secrets_update import read_secrets
from clerk_deploy.environment.store import Store
from clerk_deploy.errors import RefusedError
from clerk_deploy.settings.models import EnvironmentSettings


def values_of_push(store: Store, *, settings: EnvironmentSettings) -> ContainerValues:
    """The pushed revision's values.

    Args:
        store: The environment's store in AWS.
        settings: The environment's settings.

    Raises:
        RefusedError: Nothing is pushed.
        DeployError: AWS did not tell.
    """
    revision = store.pointer.read().revision
    if revision is None:
        raise RefusedError(
            f"Nothing is pushed for {store.names.environment}.",
            next_step=f"clerk-deploy environment push FILE -e {store.names.environment}",
        )
    return container_values(
        store.visible(revision),
        settings=settings,
        revision=revision,
        secrets=read_secrets(store.secrets, store.secrets.versions().current),
    )
