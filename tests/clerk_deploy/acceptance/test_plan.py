import json
from pathlib import Path
from typing import Any

from clerk_deploy.acceptance.cdk import prepare_cdk
from clerk_deploy.acceptance.cost import BUILD_MINUTE_USD, BUILD_MINUTES, HOURS_OF_MONTH, estimate
from clerk_deploy.acceptance.plan import Plan, read_plan
from clerk_deploy.acceptance.throw_away import ThrowAway
from clerk_deploy.cli import acceptance_text as text


def assembly(folder: Path, **stacks: dict[str, Any]) -> Path:
    artifacts: dict[str, Any] = {"tree": {"type": "cdk:tree"}}
    for name, resources in stacks.items():
        (folder / f"{name}.json").write_text(json.dumps({"Resources": resources}))
        artifacts[name] = {
            "type": "aws:cloudformation:stack",
            "properties": {"templateFile": f"{name}.json", "stackName": f"yourapp-acceptance-{name}"},
        }
    (folder / "manifest.json").write_text(json.dumps({"artifacts": artifacts}))
    return folder


def test_what_the_templates_create_is_counted(tmp_path: Path):
    acl = {"Type": "AWS::WAFv2::WebACL", "Properties": {"Rules": [1, 2, 3]}}
    secret = {"Type": "AWS::SecretsManager::Secret"}
    plan = read_plan(assembly(tmp_path, Configuration={"A": secret, "B": secret}, Edge={"C": acl}))
    assert plan.stacks == {"yourapp-acceptance-Configuration": 2, "yourapp-acceptance-Edge": 1}
    assert plan.types == {"AWS::SecretsManager::Secret": 2, "AWS::WAFv2::WebACL": 1}
    assert (plan.resources, plan.rules) == (3, 3)


def test_the_estimate_is_prices_times_hours_and_the_builds():
    plan = Plan(stacks={}, types={"AWS::SecretsManager::Secret": 4, "AWS::SQS::Queue": 9}, rules=2)
    costs = estimate(plan)
    assert {line.what: line.monthly for line in costs.lines} == {
        "SecretsManager::Secret": 1.6,
        "WAFv2 rules": 2.0,
    }
    assert costs.monthly == 3.6
    assert costs.about == 3.6 * costs.hours / HOURS_OF_MONTH + BUILD_MINUTES * BUILD_MINUTE_USD


def test_a_person_is_told_what_is_created_what_it_costs_and_what_is_touched(target: ThrowAway):
    plan = Plan(stacks={"yourapp-acceptance-Edge": 1}, types={"AWS::WAFv2::WebACL": 1}, rules=4)
    told = " ".join(str(part) for part in text.plan(target, plan, estimate(plan), switches=6))
    for expected in ("123456789012", "acceptance.yourapp.com", "branches of its own", "USD", "Ctrl-C"):
        assert expected in told


def test_the_cdks_folder_knows_the_throw_away_environment_alone(tmp_path: Path, target: ThrowAway):
    program = tmp_path / "node_modules" / ".bin" / "cdk"
    program.parent.mkdir(parents=True)
    for file in (program, tmp_path / "app.py"):
        file.touch()
    settings = tmp_path / "cdk.json"
    settings.write_text(json.dumps({"app": "x", "versionReporting": False, "context": {"environments": {}}}))
    cdk = prepare_cdk(
        tmp_path / "run", settings_path=settings, context=target.context, profile=None, region="us-east-1"
    )
    written = json.loads((cdk.folder / "cdk.json").read_text())
    assert written["versionReporting"] is False
    assert written["app"].endswith(str(tmp_path / "app.py"))
    assert cdk.program == program
    assert list(written["context"]["environments"]) == ["acceptance"]
