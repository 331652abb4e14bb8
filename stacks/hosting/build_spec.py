"""The build specification of a monorepo, made from the one that a plain repository uses."""

from pathlib import Path
from typing import Any

import yaml

from clerk_deploy.errors import UnusableInputError

PLAIN = Path(__file__).parents[2] / "web" / "amplify.yml"


def monorepo_build_spec(root: str, *, plain: Path = PLAIN) -> str:
    """The plain specification as one of Amplify's `applications`.

    Args:
        root: Folder of the app in the repository.
        plain: The plain specification's file.

    Raises:
        UnusableInputError: The file cannot be read, or holds no `frontend`.
    """
    try:
        document: Any = yaml.safe_load(plain.read_text(encoding="utf-8"))
        frontend = document["frontend"]
    except (OSError, yaml.YAMLError, KeyError, TypeError) as error:
        raise UnusableInputError(
            f"{plain} holds no build specification that a monorepo's could be made from: {error!r}",
            next_step="restore the file from this project's repository",
        ) from None
    spec = {"version": 1, "applications": [{"appRoot": root, "frontend": frontend}]}
    return yaml.safe_dump(spec, sort_keys=False, width=120)
