"""Functions reach the rehearsal's world (proxy, certificates) as an app does; AWS gives them a network."""

import inspect
from collections.abc import Mapping
from typing import Any

from ministack.core.lambda_runtime import Worker


def apply(*, variables: Mapping[str, str]) -> None:
    """Start functions with these variables beside their own.

    Args:
        variables: What leads to the world.
    """
    original = Worker._spawn
    if "spawn_env = {**os.environ, **env_vars}" not in inspect.getsource(original):
        raise RuntimeError("ministack starts functions in another way now: look at this patch again")

    def spawn(worker: Any) -> None:
        declared = worker.config
        own = declared.get("Environment", {}).get("Variables", {})
        worker.config = {**declared, "Environment": {"Variables": {**variables, **own}}}
        try:
            original(worker)
        finally:
            worker.config = declared

    Worker._spawn = spawn
