import json
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from clerk_deploy.errors import DeployError, Exit, SettingsError, UnusableInputError
from clerk_deploy.settings import NeededAt, load_settings, parse_settings, pick_environment

ENVIRONMENT = {
    "host": "amplify",
    "account": "123456789012",
    "domain": "yourapp.com",
    "repository": "https://github.com/your-org/yourapp",
}


def context(**changed: Any) -> dict[str, Any]:
    environment = {name: value for name, value in {**ENVIRONMENT, **changed}.items() if value is not ...}
    return {"application": "yourapp", "environments": {"production": environment}}


class Bad(NamedTuple):
    """One mistake: the changed settings, the path named, words of the message."""

    changed: dict[str, Any]
    path: str
    words: tuple[str, ...]


CASES = {
    "host missing": Bad({"host": ...}, "host", ("missing", "`amplify`")),
    "host misspelt": Bad({"host": "amplfy"}, "host", ("`amplify`", "`containers`")),
    "account missing": Bad({"account": ...}, "account", ("AWS account id",)),
    "account as number": Bad({"account": 123456789012}, "account", ("quotes",)),
    "account too short": Bad({"account": "123"}, "account", ("12 digits", '"123456789012"')),
    "other region": Bad({"region": "eu-west-1"}, "region", ("us-east-1", "CloudFront")),
    "domain with scheme": Bad({"domain": "https://yourapp.com"}, "domain", ("without https://",)),
    "domain with www": Bad({"domain": "www.yourapp.com"}, "domain", ("without www.",)),
    "domain in capitals": Bad({"domain": "YourApp.com"}, "domain", ("lower case",)),
    "www as word": Bad({"www": "maybe"}, "www", ("true or false",)),
    "zone elsewhere": Bad(
        {"hostedZone": {"id": "Z1", "name": "other.com"}}, "hostedZone.name", ("yourapp.com",)
    ),
    "zone of a look-alike": Bad(
        {"hostedZone": {"id": "Z1", "name": "app.com"}}, "hostedZone.name", ("yourapp.com",)
    ),
    "zone id": Bad({"hostedZone": {"id": "1", "name": "yourapp.com"}}, "hostedZone.id", ("Z0123456789",)),
    "zone and certificate": Bad(
        {
            "hostedZone": {"id": "Z1", "name": "yourapp.com"},
            "certificateArn": "arn:aws:acm:us-east-1:123456789012:certificate/a",
        },
        "certificateArn",
        ("one of the two",),
    ),
    "certificate elsewhere": Bad(
        {"certificateArn": "arn:aws:acm:eu-west-1:123456789012:certificate/a"},
        "certificateArn",
        ("us-east-1",),
    ),
    "repository with .git": Bad(
        {"repository": "https://github.com/a/b.git"}, "repository", ("without .git",)
    ),
    "repository elsewhere": Bad({"repository": "git@github.com:a/b"}, "repository", ("https://github.com/",)),
    "slot as branch": Bad({"branch": "yourapp-production-slot-a"}, "branch", ("-slot-a",)),
    "branch with space": Bad({"branch": "my branch"}, "branch", ("main",)),
    "root outside": Bad({"root": "../app"}, "root", ("inside the repository",)),
    "root absolute": Bad({"root": "/app"}, "root", ("apps/web",)),
    "misspelt key": Bad({"domian": "x.com"}, "domian", ("`domain`",)),
    "snake case key": Bad({"hosted_zone": None}, "hosted_zone", ("`hostedZone`",)),
    "misspelt inner key": Bad({"clerk": {"satelite": True}}, "clerk.satelite", ("`satellite`",)),
    "unknown key": Bad({"colour": "red"}, "colour", ("no such setting", "repository")),
    "list for object": Bad({"clerk": []}, "clerk", ("{ }",)),
    "object for list": Bad({"variables": {}}, "variables", ("[ ]",)),
    "rate too low": Bad(
        {"firewall": {"authRequestsPer5Minutes": 1}}, "firewall.authRequestsPer5Minutes", ("10",)
    ),
    "rate as word": Bad(
        {"firewall": {"authRequestsPer5Minutes": "many"}}, "firewall.authRequestsPer5Minutes", ("number",)
    ),
    "retention": Bad({"logs": {"retentionDays": 2}}, "logs.retentionDays", ("90",)),
    "instance": Bad({"clerk": {"instance": "prod"}}, "clerk.instance", ("`live`", "`test`")),
    "contact": Bad({"contacts": {"devops": "nobody"}}, "contacts.devops", ("devops@yourapp.com",)),
    "variable's name": Bad({"variables": [{"name": "my-var"}]}, "variables[0].name", ("SENTRY_DSN",)),
    "variable without name": Bad({"variables": [{}]}, "variables[0].name", ("missing",)),
    "variable twice": Bad({"variables": [{"name": "A"}, {"name": "A"}]}, "variables[1].name", ("twice",)),
    "variable of the guide": Bad(
        {"variables": [{"name": "CLERK_SECRET_KEY"}]}, "variables[0].name", ("already",)
    ),
    "variable handed on": Bad({"variables": [{"name": "CLERK_API_URL"}]}, "variables[0].name", ("already",)),
    "variable of AWS": Bad({"variables": [{"name": "AWS_X"}]}, "variables[0].name", ("belongs to AWS",)),
    "variable of the release": Bad(
        {"variables": [{"name": "RELEASE_X"}]}, "variables[0].name", ("deployment itself",)
    ),
    "public secret": Bad(
        {"variables": [{"name": "NEXT_PUBLIC_X", "secret": True}]}, "variables[0].secret", ("NEXT_PUBLIC_",)
    ),
    "public name of a secret": Bad(
        {"variables": [{"name": "NEXT_PUBLIC_API_SECRET"}]}, "variables[0].name", ("promises a secret",)
    ),
    "secret for the build": Bad(
        {"variables": [{"name": "X", "secret": True, "neededAt": "build"}]},
        "variables[0].neededAt",
        ("`run`",),
    ),
    "public at run time": Bad(
        {"variables": [{"name": "NEXT_PUBLIC_X", "neededAt": "run"}]}, "variables[0].neededAt", ("`build`",)
    ),
}


@pytest.mark.parametrize("case", CASES.values(), ids=CASES.keys())
def test_mistake_is_told_with_its_path_and_in_words(case: Bad) -> None:
    with pytest.raises(SettingsError) as caught:
        parse_settings(context(**case.changed))

    assert caught.value.exit_code is Exit.USAGE
    problems = {problem.where: problem for problem in caught.value.problems}
    problem = problems[f"environments.production.{case.path}"]
    for word in case.words:
        assert word in f"{problem.expected} {problem.next_step}"
    assert problem.next_step
    assert "^" not in problem.expected and "pattern" not in problem.expected


def test_all_mistakes_are_told_together() -> None:
    with pytest.raises(SettingsError) as caught:
        parse_settings(context(host="x", domain="x", domian="x"))

    assert len(caught.value.problems) == 3


def test_environments_name_is_checked() -> None:
    with pytest.raises(SettingsError, match=r"environments\.Prod_1: it must be 2 to 31 lower-case letters"):
        parse_settings({"application": "yourapp", "environments": {"Prod_1": ENVIRONMENT}})


def test_names_that_are_too_long_together_are_refused() -> None:
    document = {"application": "a" * 25, "environments": {"b" * 20: ENVIRONMENT}}
    with pytest.raises(SettingsError, match=r"environments\.b+: .*over 44 characters"):
        parse_settings(document)


def test_misspelt_context_key_is_suggested() -> None:
    with pytest.raises(SettingsError, match=r"enviroments: .*`environments`"):
        parse_settings({"application": "yourapp", "enviroments": {}})


def test_defaults_are_filled_in() -> None:
    environment = parse_settings(context()).environments["production"]

    assert environment.domains == ("yourapp.com", "www.yourapp.com")
    assert (environment.branch, environment.root, environment.logs.retention_days) == ("main", ".", 90)
    assert environment.clerk.instance == "live"


def test_own_variable_is_declared() -> None:
    settings = parse_settings(
        context(variables=[{"name": "SENTRY_DSN", "neededAt": "build"}], root="apps/web/")
    )

    environment = settings.environments["production"]
    assert environment.variables[0].needed_at is NeededAt.BUILD
    assert environment.root == "apps/web"


def test_the_projects_own_settings_are_right() -> None:
    settings = load_settings(Path(__file__).parents[3] / "cdk.json")

    assert set(settings.environments) == {"production", "staging"}


FILES: dict[str, tuple[Callable[[Path], object], str]] = {
    "missing": (lambda path: None, "There is no"),
    "a folder": (lambda path: path.mkdir(), "cannot be read"),
    "no JSON": (lambda path: path.write_text('{"context": {,}}'), "line 1, column 14"),
    "a list": (lambda path: path.write_text("[]"), "no `context`"),
    "context that is no object": (lambda path: path.write_text('{"context": 3}'), "no `context`"),
    "binary": (lambda path: path.write_bytes(b"\xff\xfe\x00"), "no UTF-8"),
    "a key twice": (lambda path: path.write_text('{"context": {"a": 1, "a": 2}}'), "twice"),
    "nested without end": (lambda path: path.write_text("[" * 100_000), "nested"),
}


@pytest.mark.parametrize(("make", "words"), FILES.values(), ids=FILES.keys())
def test_unusable_file_is_one_clear_message(
    make: Callable[[Path], object], words: str, tmp_path: Path
) -> None:
    path = tmp_path / "cdk.json"
    make(path)

    with pytest.raises(UnusableInputError) as caught:
        load_settings(path)

    assert words in caught.value.message
    assert caught.value.next_step


def test_file_with_a_byte_order_mark_is_read(tmp_path: Path) -> None:
    path = tmp_path / "cdk.json"
    path.write_text(json.dumps({"context": context()}), encoding="utf-8-sig")

    assert load_settings(path).application == "yourapp"


def test_the_only_environment_needs_no_name() -> None:
    assert pick_environment(parse_settings(context()), None)[0] == "production"


@pytest.mark.parametrize(
    ("name", "words"), [(None, "none was named"), ("prod", "did you mean `production`"), ("x", "no `x`")]
)
def test_environment_must_be_named_and_known(name: str | None, words: str) -> None:
    two = {"application": "yourapp", "environments": {"production": ENVIRONMENT, "staging": ENVIRONMENT}}

    with pytest.raises(DeployError) as caught:
        pick_environment(parse_settings(two), name)

    assert words in str(caught.value)
    assert "production, staging" in str(caught.value)
