"""What pulumi/vercel declares, without Pulumi's engine, and every mistake of its input by name."""

import json
from pathlib import Path
from typing import Any

import pulumi
import pytest
from syrupy.assertion import SnapshotAssertion

from clerk_deploy.errors import DeployError
from clerk_deploy.vercel.inputs import read_inputs
from rehearsal.containers.program import Resource
from rehearsal.example import Example
from rehearsal.vercel.program import resources, site_of
from tests.vercel.world import TEAM, settings

BYPASS = "0123456789abcdef0123456789abcdef"
DRAIN_SECRET = "drain-secret-of-the-tests"
SECRET_KEY = "sk_live_obviouslyFakeObviouslyFakeObviouslyFak"
STARS = "********"


class Project:
    """cdk.json and the variables of an environment, in a folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.environment: dict[str, Any] = {
            "host": "vercel",
            "domain": "yourapp.com",
            "repository": "https://github.com/your-org/yourapp",
            "vercel": {"team": TEAM},
        }
        self.lines = Example.make(settings()).environment_file()
        self.lines = self.lines.replace(self.lines.split("\n")[0], f"CLERK_SECRET_KEY={SECRET_KEY}")
        self.secrets = {"bypass": BYPASS}

    def config(self, **changed: Any) -> dict[str, Any]:
        context = {"application": "yourapp", "environments": {"production": self.environment}}
        (self.folder / "cdk.json").write_text(json.dumps({"context": context}))
        (self.folder / ".env.production").write_text(self.lines)
        values = {
            "settings": str(self.folder / "cdk.json"),
            "variables": {"file": str(self.folder / ".env.production")},
            **changed,
        }
        return {name: value for name, value in values.items() if value is not None}

    def resources(self, **changed: Any) -> list[Resource]:
        return resources(self.config(**changed), stack="production", secrets=self.secrets)

    def mistakes(self, **changed: Any) -> str:
        values = {**self.config(**changed), **self.secrets}
        config = {
            f"clerk-deploy-vercel:{name}": value if isinstance(value, str) else json.dumps(value)
            for name, value in values.items()
        }
        with pytest.raises(DeployError) as caught:
            read_inputs(config=config, stack="production", folder=self.folder)
        return str(caught.value)


@pytest.fixture
def project(tmp_path: Path) -> Project:
    return Project(tmp_path)


def masked(value: Any, path: str, secrets: frozenset[str]) -> Any:
    if path in secrets:
        return STARS
    if isinstance(value, dict):
        return {
            key: masked(item, f"{path}.{key}".lstrip("."), secrets) for key, item in sorted(value.items())
        }
    if isinstance(value, list):
        return [masked(item, f"{path}[{index}]", secrets) for index, item in enumerate(value)]
    return value


def one(found: list[Resource], name: str) -> Resource:
    (resource,) = [resource for resource in found if resource.name == name]
    return resource


@pytest.mark.parametrize(
    "kind",
    ["Project", "ProjectEnvironmentVariables", "ProjectDomain", "ProjectProtectionBypass", "LogDrain"],
)
def test_declares(project: Project, snapshot: SnapshotAssertion, kind: str) -> None:
    project.secrets["logDrainSecret"] = DRAIN_SECRET
    found = project.resources(logDrain={"endpoint": "https://logs.yourapp.com/vercel"})
    assert {
        f"{each.type} {each.name}": masked(dict(each.inputs), "", each.secrets)
        for each in sorted(found, key=lambda each: each.name)
        if each.type.rpartition(":")[2] == kind
    } == snapshot


def test_domains_are_never_assigned_by_a_build(project: Project) -> None:
    inputs = one(project.resources(), "yourapp-production-project").inputs
    assert inputs["autoAssignCustomDomains"] is False


def test_clerk_secret_is_sensitive_and_a_secret_of_pulumis(project: Project) -> None:
    found = project.resources()
    secrets = one(found, "yourapp-production-secrets")
    keys = {each["key"]: each for each in secrets.inputs["variables"]}
    assert keys["CLERK_SECRET_KEY"]["value"] == SECRET_KEY
    assert keys["CLERK_SECRET_KEY"]["sensitive"] is True
    assert "variables[0].value" in secrets.secrets
    assert "secret" in one(found, "yourapp-production-verification").secrets


def test_no_secret_stands_where_it_is_not_marked(project: Project) -> None:
    project.secrets["logDrainSecret"] = DRAIN_SECRET
    found = project.resources(logDrain={"endpoint": "https://logs.yourapp.com/vercel"})
    shown = json.dumps([masked(dict(each.inputs), "", each.secrets) for each in found])
    for secret in (SECRET_KEY, BYPASS, DRAIN_SECRET):
        assert secret not in shown


def test_public_variables_can_be_read_back(project: Project) -> None:
    bulk = one(project.resources(), "yourapp-production-variables")
    variables = {each["key"]: each for each in bulk.inputs["variables"]}
    assert variables["NEXT_PUBLIC_APP_URL"]["value"] == "https://yourapp.com"
    assert not any(each["sensitive"] for each in variables.values())
    assert all(each["targets"] == ["production"] for each in variables.values())
    assert variables["CLERK_API_URL"]["value"] == variables["CLERK_BACKEND_API_URL"]["value"]
    assert bulk.secrets == frozenset()


def test_no_variable_is_blank_or_declared_twice(project: Project) -> None:
    found = [each for each in project.resources() if each.type.endswith("ProjectEnvironmentVariables")]
    variables = [each for bulk in found for each in bulk.inputs["variables"]]
    assert all(each["value"] for each in variables)
    assert len({each["key"] for each in variables}) == len(variables)


def test_stand_in_takes_what_the_program_declares(project: Project) -> None:
    site = site_of(project.resources(), team=TEAM)
    assert (site.name, site.repository, site.protected, site.bypass) == (
        "yourapp-production",
        "your-org/yourapp",
        True,
        BYPASS,
    )
    assert list(site.domains) == ["yourapp.com", "www.yourapp.com"]
    assert site.variables["CLERK_SECRET_KEY"].kind == "sensitive"


def test_own_project_name_and_folder_of_a_monorepo(project: Project) -> None:
    project.environment["vercel"]["project"] = "shop"
    project.environment["root"] = "apps/web"
    inputs = one(project.resources(), "yourapp-production-project").inputs
    assert (inputs["name"], inputs["rootDirectory"]) == ("shop", "apps/web")


def test_without_protection_no_bypass_is_made(project: Project) -> None:
    project.secrets = {}
    found = project.resources(protection="none")
    assert not [each for each in found if each.type.endswith("ProjectProtectionBypass")]


@pytest.mark.parametrize(
    ("changed", "named"),
    [
        ({"variables": None}, "variables: it is missing"),
        ({"variables": {}}, "variables: give `file` or `secretsManager: true`"),
        ({"variables": {"file": "x", "secretsManager": True}}, "variables: give `file`"),
        ({"nodeVersion": "18.x"}, "nodeVersion: it must be one of `22.x`, `24.x`"),
        ({"region": "us-east-1"}, "region: it must be a region of Vercel's functions"),
        ({"protection": "some"}, "protection: it must be one of"),
        ({"skewProtection": "1 week"}, "skewProtection: it must be one of"),
        ({"buildComand": "x"}, "buildComand: there is no such setting, but there is `buildCommand`"),
        ({"logDrain": {"endpoint": "http://logs"}}, "logDrain.endpoint: it must be an address"),
        ({"environment": "Production"}, "environment: it must be 2 to 31 lower-case letters"),
        ({"environment": "staging"}, "cdk.json declares no `staging`"),
        ({"settings": "missing.json"}, "There is no "),
    ],
)
def test_mistake_of_the_stack_is_named(project: Project, changed: dict[str, Any], named: str) -> None:
    assert named in project.mistakes(**changed)


def test_protection_without_a_bypass_secret_is_named(project: Project) -> None:
    project.secrets = {}
    told = project.mistakes()
    assert "bypass: it is missing" in told
    assert "openssl rand -hex 16" in told


def test_misshapen_bypass_secret_is_named_and_not_shown(project: Project) -> None:
    project.secrets["bypass"] = "too-short-a-secret"
    told = project.mistakes()
    assert "bypass: it must be 32 letters and digits" in told
    assert "too-short" not in told


def test_log_drain_secret_without_a_drain_is_named(project: Project) -> None:
    project.secrets["logDrainSecret"] = DRAIN_SECRET
    assert "logDrainSecret: there is no log drain" in project.mistakes()


def test_all_mistakes_come_together(project: Project) -> None:
    project.secrets = {"bypass": "short"}
    told = project.mistakes(region="x", nodeVersion="y")
    assert all(name in told for name in ("region:", "nodeVersion:", "bypass:"))


def test_app_url_of_another_domain_is_named(project: Project) -> None:
    project.lines = project.lines.replace("APP_URL=https://yourapp.com", "APP_URL=https://other.com")
    assert "NEXT_PUBLIC_APP_URL" in project.mistakes()


def test_live_keys_on_vercels_own_domain_are_named(project: Project) -> None:
    project.environment["domain"] = "yourapp.vercel.app"
    assert "Clerk refuses live keys on *.vercel.app" in project.mistakes()


def test_missing_secret_key_is_named(project: Project) -> None:
    project.lines = "\n".join(project.lines.split("\n")[1:])
    assert "CLERK_SECRET_KEY: it is missing" in project.mistakes()


def test_environment_on_another_host_is_named(project: Project) -> None:
    project.environment |= {"host": "containers"}
    assert "environments.production.host" in project.mistakes()


def test_forwarding_of_addresses_is_named(project: Project) -> None:
    project.environment["clerk"] = {"forwardClientAddress": True}
    assert "clerk.forwardClientAddress" in project.mistakes()


def test_values_in_aws_need_an_account(project: Project) -> None:
    assert "environments.production.account" in project.mistakes(variables={"secretsManager": True})


@pytest.mark.parametrize("team", ["your-team", "team_", ""])
def test_team_that_is_no_id_is_named(project: Project, team: str) -> None:
    project.environment["vercel"]["team"] = team
    assert "environments.production.vercel.team: it must be a team's id" in project.mistakes()


def test_program_ends_with_the_mistakes(project: Project) -> None:
    with pytest.raises(pulumi.RunError, match="region"):
        project.resources(region="nowhere")
