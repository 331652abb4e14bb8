"""Reading the settings: from a mapping (CDK's context) or from cdk.json."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from clerk_deploy.errors import Problem, SettingsError, UnusableInputError
from clerk_deploy.settings.models import EnvironmentSettings, Settings

NEXT_STEP = "correct the context in cdk.json; docs/settings.md lists every setting"


def parse_settings(context: Mapping[str, Any]) -> Settings:
    """Settings from CDK's context; keys other than `application` and `environments` are the CDK's own.

    Args:
        context: The `context` object of cdk.json.

    Raises:
        SettingsError: With every mistake, each named by its path.
    """
    known = {key: context[key] for key in ("application", "environments") if key in context}
    try:
        return Settings.model_validate(known)
    except ValidationError as error:
        raise SettingsError(
            "The settings in cdk.json cannot be used.",
            problems=[_problem(detail) for detail in error.errors(include_url=False, include_input=False)],
            next_step=NEXT_STEP,
        ) from None


def load_settings(path: Path) -> Settings:
    """Settings from a cdk.json file.

    Raises:
        UnusableInputError: The file is missing, unreadable, or no JSON object with a `context`.
        SettingsError: With every mistake, each named by its path.
    """
    try:
        document = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise UnusableInputError(
            f"There is no {path}.",
            next_step="run this in the project's folder, or name the file with --settings",
        ) from None
    except (OSError, ValueError) as error:
        raise UnusableInputError(
            f"{path} cannot be read as JSON: {error}",
            next_step="correct the file; `git diff` shows what changed",
        ) from None
    if not isinstance(document, dict) or not isinstance(document.get("context"), dict):
        raise UnusableInputError(f"{path} has no `context` object.", next_step=NEXT_STEP)
    return parse_settings(document["context"])


def pick_environment(settings: Settings, name: str | None) -> tuple[str, EnvironmentSettings]:
    """The environment that was asked for; without a name the only one.

    Raises:
        SettingsError: Unknown name, or several environments and no name.
    """
    declared = ", ".join(sorted(settings.environments))
    if name is None and len(settings.environments) == 1:
        return next(iter(settings.environments.items()))
    if name is None or name not in settings.environments:
        asked = "no environment was named" if name is None else f"{name} is not declared"
        raise SettingsError(
            f"Which environment? cdk.json declares: {declared}.",
            problems=[
                Problem(where="--environment", expected=asked, next_step="name one of the declared ones")
            ],
            next_step="give -e NAME, or set CLERK_DEPLOY_ENVIRONMENT",
        )
    return name, settings.environments[name]


def _problem(detail: Any) -> Problem:
    path = ".".join(
        f"[{part}]" if isinstance(part, int) else str(part) for part in detail["loc"] if part != "[key]"
    )
    message = str(detail["msg"]).removeprefix("Value error, ")
    return Problem(
        where=path.replace(".[", "[") or "context",
        expected=message,
        next_step="docs/settings.md says what it takes",
    )
