"""The throw-away environment: an environment of cdk.json under another name and domain, watched by nobody."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from clerk_deploy.environment.contract import APP_URL, PUBLISHABLE_KEY
from clerk_deploy.environment.keys import MalformedKeyError, decode_publishable_key
from clerk_deploy.environment.sources import Entry, RawInput, from_file
from clerk_deploy.environment.validate import Values, check_values
from clerk_deploy.errors import Problem, SettingsError, UnusableInputError
from clerk_deploy.names import Names
from clerk_deploy.settings import EnvironmentSettings, Host, Settings, parse_settings

NAME: Final = "acceptance"
MARK: Final = "clerk-deploy"
"""Tag of everything that is thrown away: what lacks it, a teardown leaves alone."""
MARKED: Final = "throw-away"
ROUND: Final = "ACCEPTANCE_ROUND"
"""A variable that changes between two releases of one commit, so that they differ in nothing else."""

KEPT: Final = ("host", "account", "region", "www", "hostedZone", "repository", "branch", "root", "firewall")
"""What decides how the site is built and served. Nobody is told of its alarms, no pipeline releases to it."""


@dataclass(frozen=True, kw_only=True)
class ThrowAway:
    """What a run deploys.

    Args:
        names: Names of what it owns.
        settings: Its settings.
        like: The environment that it is made after.
        context: CDK's context with this environment alone.
    """

    names: Names
    settings: EnvironmentSettings
    like: str
    context: dict[str, Any]


def throw_away(
    settings: Settings, *, like: str, context: dict[str, Any], name: str, domain: str | None, test_keys: bool
) -> ThrowAway:
    """An environment's settings, changed so that nobody is disturbed and everything can be deleted.

    Args:
        settings: All settings.
        like: The environment to be like.
        context: cdk.json's context, whose feature flags are kept.
        name: The throw-away environment's name.
        domain: Its domain; None takes NAME.DOMAIN.
        test_keys: The keys to be used are of a development instance of Clerk.

    Raises:
        SettingsError: It cannot be made.
    """
    model = settings.environments[like]
    _refuse(settings, like=like, name=name)
    given = model.model_dump(by_alias=True, mode="json", exclude_unset=True)
    changed: dict[str, Any] = {
        **{key: given[key] for key in KEPT if key in given},
        "domain": domain or f"{name}.{model.domain}",
        "terminationProtection": False,
        # the zone holds Clerk's own records already
        "clerk": {**given.get("clerk", {}), "cnames": [], "instance": "test" if test_keys else "live"},
        # what is measured here must not be needed for a release: neither evidence nor users
        "release": {"bakeMinutes": 0, "rollbackWindowMinutes": 0, "candidateCheck": "health"},
        "logs": {"retentionDays": 1},
        "tags": {**model.tags, MARK: MARKED},
        "variables": [
            *given.get("variables", ()),
            {"name": ROUND, "neededAt": "build", "help": "Which of the two releases of an acceptance it is."},
        ],
    }
    kept = {key: value for key, value in context.items() if key not in ("application", "environments")}
    document = {**kept, "application": settings.application, "environments": {name: changed}}
    made = parse_settings(document).environments[name]
    return ThrowAway(
        names=Names(application=settings.application, environment=name),
        settings=made,
        like=like,
        context=document,
    )


def _refuse(settings: Settings, *, like: str, name: str) -> None:
    model = settings.environments[like]
    problems = []
    if model.host is not Host.AMPLIFY:
        problems.append(
            Problem(
                where=f"environments.{like}.host",
                expected=f"it must be amplify, and is {model.host}: there is nothing else to measure",
                next_step="name an environment on Amplify with -e",
            )
        )
    if model.hosted_zone is None:
        problems.append(
            Problem(
                where=f"environments.{like}.hostedZone",
                expected="it is missing: the throw-away domain's certificate and records are made in it",
                next_step="name the Route 53 zone of the domain",
            )
        )
    if name in settings.environments:
        problems.append(
            Problem(
                where="--name",
                expected=f"{name} is an environment of cdk.json, and an acceptance ends by deleting its own",
                next_step="choose another name",
            )
        )
    if problems:
        raise SettingsError(
            f"No throw-away environment can be made after {like}.",
            problems=problems,
            next_step="correct the context in cdk.json, or the command's words",
        )


def values_file(path: Path | None) -> RawInput:
    """What the variables' file holds.

    Raises:
        UnusableInputError: None was named, or it cannot be read.
    """
    if path is None:
        raise UnusableInputError(
            "An acceptance needs the variables of the environment that it deploys.",
            next_step="name a .env file with --env-file, best one of a Clerk development instance",
        )
    return from_file(path)


def has_test_keys(raw: RawInput) -> bool:
    """Whether the publishable key is of a development instance; a bad key is the contract's to refuse."""
    key = next((entry.value for entry in raw.entries if entry.name == PUBLISHABLE_KEY), None)
    try:
        return decode_publishable_key(key or "").instance == "test"
    except MalformedKeyError:
        return False


def values_of(raw: RawInput, *, target: ThrowAway, number: int) -> Values:
    """The file's values with the throw-away site's own address, for one of the two releases.

    Args:
        raw: What the file holds.
        target: What is deployed.
        number: 1 or 2.

    Raises:
        ProblemsError: The file breaks the contract.
    """
    own = {APP_URL: target.settings.url, ROUND: str(number)}
    entries = tuple(entry for entry in raw.entries if entry.name not in own)
    added = tuple(Entry(name=name, value=value) for name, value in own.items())
    changed = RawInput(source=raw.source, entries=(*entries, *added), unreadable=raw.unreadable)
    return check_values(changed, environment=target.names.environment, settings=target.settings)
