"""Reading the settings: from a mapping (CDK's context) or from cdk.json."""

import difflib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from clerk_deploy.errors import Problem, SettingsError, UnusableInputError
from clerk_deploy.settings.models import EnvironmentSettings, Settings
from clerk_deploy.settings.words import problem

NEXT_STEP = "correct the context in cdk.json; docs/settings.md lists every setting"
OWN_KEYS = ("application", "environments")


def parse_settings(context: Mapping[str, Any]) -> Settings:
    """Settings from CDK's context; keys other than `application` and `environments` are the CDK's own.

    Args:
        context: The `context` object of cdk.json.

    Raises:
        SettingsError: With every mistake, each named by its path.
    """
    known = {key: context[key] for key in OWN_KEYS if key in context}
    misspelt = {
        near[0]: key
        for key in context
        if key not in OWN_KEYS and (near := difflib.get_close_matches(key, OWN_KEYS, n=1, cutoff=0.8))
    }
    try:
        return Settings.model_validate(known)
    except ValidationError as error:
        details = error.errors(include_url=False, include_input=False)
        raise SettingsError(
            "The settings in cdk.json cannot be used.",
            problems=[
                *(_misspelt(key, meant=meant) for meant, key in misspelt.items() if meant not in known),
                *(problem(detail, model=Settings) for detail in details),
            ],
            next_step=NEXT_STEP,
        ) from None


def load_settings(path: Path) -> Settings:
    """Settings from a cdk.json file.

    Args:
        path: The file.

    Raises:
        UnusableInputError: The file is missing, unreadable, or no JSON object with a `context`.
        SettingsError: With every mistake, each named by its path.
    """
    try:
        document = json.loads(path.read_text(encoding="utf-8-sig"), object_pairs_hook=_without_duplicates)
    except FileNotFoundError:
        raise UnusableInputError(
            f"There is no {path}.",
            next_step="run this in the project's folder, or name the file with --settings",
        ) from None
    except OSError as error:
        raise UnusableInputError(
            f"{path} cannot be read: {error.strerror}.", next_step="name the file cdk.json with --settings"
        ) from None
    except json.JSONDecodeError as error:
        raise UnusableInputError(
            f"{path} is no JSON: line {error.lineno}, column {error.colno}: {error.msg}.",
            next_step="correct the file; `git diff` shows what changed",
        ) from None
    except UnicodeDecodeError:
        raise UnusableInputError(
            f"{path} is no UTF-8 text.", next_step="name the right file with --settings, or save it as UTF-8"
        ) from None
    except RecursionError:
        raise UnusableInputError(f"{path} is nested too deeply.", next_step=NEXT_STEP) from None
    if not isinstance(document, dict) or not isinstance(document.get("context"), dict):
        raise UnusableInputError(f"{path} has no `context` object.", next_step=NEXT_STEP)
    return parse_settings(document["context"])


def pick_environment(settings: Settings, name: str | None) -> tuple[str, EnvironmentSettings]:
    """The environment that was asked for; without a name the only one.

    Args:
        settings: All settings.
        name: As asked for, or None.

    Raises:
        SettingsError: Unknown name, or several environments and no name.
    """
    if not name and len(settings.environments) == 1:
        return next(iter(settings.environments.items()))
    if name and name in settings.environments:
        return name, settings.environments[name]
    declared = ", ".join(sorted(settings.environments))
    near = difflib.get_close_matches(name or "", settings.environments, n=1, cutoff=0.5)
    raise SettingsError(
        "Which environment?",
        problems=[
            Problem(
                where="--environment",
                expected=f"cdk.json declares no `{name}`"
                if name
                else "several are declared and none was named",
                next_step=f"did you mean `{near[0]}`?" if near else f"name one of {declared}",
            )
        ],
        next_step=f"give -e NAME or set CLERK_DEPLOY_ENVIRONMENT; declared: {declared}",
    )


def _misspelt(key: str, *, meant: str) -> Problem:
    return Problem(
        where=key,
        expected=f"there is no such setting, but there is `{meant}`",
        next_step=f"rename it to `{meant}`",
    )


def _without_duplicates(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    names = [name for name, _ in pairs]
    if repeated := sorted({name for name in names if names.count(name) > 1}):
        raise UnusableInputError(
            f"The settings file has a key twice in one object: {', '.join(repeated)}.",
            next_step="keep the right one: of two, JSON readers silently take the last",
        )
    return dict(pairs)
