"""amplify.yml: which commands a build runs, what it caches, where its output is."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

PHASES = ("preBuild", "build", "postBuild")


class BuildSpecError(Exception):
    """The build spec cannot be used; the message is what the job's log says."""


@dataclass(frozen=True, kw_only=True)
class BuildSpec:
    """The part of a build spec that a frontend build needs.

    Args:
        root: The app's folder in the repository.
        commands: Shell commands in order.
        output: The artifact's folder below the root (`baseDirectory`).
        cached: Folders below the root that are kept between builds.
    """

    root: Path
    commands: tuple[str, ...]
    output: Path
    cached: tuple[Path, ...]


def read_build_spec(text: str, *, monorepo_root: str | None) -> BuildSpec:
    """The spec of one app.

    Args:
        text: YAML of the app's BuildSpec property, or of the repository's amplify.yml.
        monorepo_root: AMPLIFY_MONOREPO_APP_ROOT, which picks one of `applications`.

    Raises:
        BuildSpecError: Malformed, or it has no app for the root.
    """
    try:
        document = yaml.safe_load(text)
    except yaml.YAMLError as error:
        raise BuildSpecError(f"CustomerError: the build specification is no YAML: {error}") from None
    if not isinstance(document, dict):
        raise BuildSpecError("CustomerError: the build specification is empty")
    entry, root = _application(document, monorepo_root)
    frontend = entry.get("frontend")
    if not isinstance(frontend, dict):
        raise BuildSpecError("CustomerError: the build specification has no `frontend`")
    phases = frontend.get("phases", {})
    commands = [command for phase in PHASES for command in phases.get(phase, {}).get("commands", [])]
    output = frontend.get("artifacts", {}).get("baseDirectory")
    if not output:
        raise BuildSpecError("CustomerError: artifacts.baseDirectory is missing")
    cached = frontend.get("cache", {}).get("paths", [])
    return BuildSpec(
        root=Path(root),
        commands=tuple(str(command) for command in commands),
        output=Path(output),
        cached=tuple(Path(str(path).split("/**")[0]) for path in cached),
    )


def _application(document: dict[str, Any], monorepo_root: str | None) -> tuple[dict[str, Any], str]:
    applications = document.get("applications")
    if applications is None:
        return document, "."
    for application in applications:
        if application.get("appRoot") == monorepo_root:
            return application, str(monorepo_root)
    raise BuildSpecError(
        'CustomerError: Monorepo spec provided without "applications" key for the app root '
        f"{monorepo_root}; AMPLIFY_MONOREPO_APP_ROOT names none of them"
    )
