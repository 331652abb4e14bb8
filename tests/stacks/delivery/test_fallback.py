"""The fallback is built on a schedule, where the settings name one, and nowhere else."""

import json
from collections.abc import Callable
from typing import Any

import pytest

from clerk_deploy.errors import SettingsError
from clerk_deploy.release.deployed import VARIABLE, Deployed

Stacks = dict[str, Any]
CHECK = "yourapp-production-fallback-check"


@pytest.fixture
def falling_back(production_with: Callable[..., Stacks]) -> Stacks:
    return production_with(release={"fallback": "client-side-clerk"})


def functions(stack: Any) -> dict[str, Any]:
    found = stack.of_type("AWS::Lambda::Function").values()
    return {each["Properties"]["FunctionName"]: each["Properties"] for each in found}


def rules(stack: Any) -> dict[str, Any]:
    found = stack.of_type("AWS::Events::Rule").values()
    return {each["Properties"]["Name"]: each["Properties"] for each in found}


def branches(stack: Any) -> dict[str, Any]:
    found = stack.of_type("AWS::Amplify::Branch").values()
    return {each["Properties"]["BranchName"]: each["Properties"] for each in found}


def test_without_the_setting_nothing_of_it_is_there(stacks: Stacks) -> None:
    for stack in stacks.values():
        assert "fallback" not in json.dumps(stack.template).lower()


def test_the_schedule_calls_the_function_that_builds_it(falling_back: Stacks) -> None:
    delivery = falling_back["production/Delivery"]
    rule = rules(delivery)[CHECK]
    assert rule["ScheduleExpression"] == "rate(7 days)"
    function = functions(delivery)[CHECK]
    assert function["Handler"] == "clerk_deploy.release.handlers.check_fallback"
    (target,) = rule["Targets"]
    named = target["Arn"]["Fn::GetAtt"][0]
    assert delivery.of_type("AWS::Lambda::Function")[named]["Properties"]["FunctionName"] == CHECK
    allowed = [each["Properties"] for each in delivery.of_type("AWS::Lambda::Permission").values()]
    assert any(each["FunctionName"] == target["Arn"] for each in allowed)
    assert function["DeadLetterConfig"]


def test_the_function_is_told_the_ref(falling_back: Stacks) -> None:
    told = functions(falling_back["production/Delivery"])[CHECK]["Environment"]["Variables"][VARIABLE]
    text = "".join(part if isinstance(part, str) else "x" for part in told["Fn::Join"][1])
    assert Deployed.read({VARIABLE: text}).fallback == "client-side-clerk"


@pytest.mark.parametrize(("days", "rate"), [(1, "rate(1 day)"), (30, "rate(30 days)")])
def test_the_settings_say_how_often(production_with: Callable[..., Stacks], days: int, rate: str) -> None:
    stacks = production_with(release={"fallback": "client-side-clerk", "fallbackCheckDays": days})
    assert rules(stacks["production/Delivery"])[CHECK]["ScheduleExpression"] == rate


def _without_names(branch: dict[str, Any]) -> dict[str, Any]:
    variables = [pair for pair in branch["EnvironmentVariables"] if pair["Name"] != "RELEASE_SLOT"]
    return {**branch, "BranchName": "", "EnvironmentVariables": variables}


def test_it_is_built_as_a_slot_is_and_with_no_secret(falling_back: Stacks) -> None:
    found = branches(falling_back["production/Hosting"])
    assert len(found) == 4
    tried, slot = found[CHECK], found["yourapp-production-slot-a"]
    assert _without_names(tried) == _without_names(slot)
    assert not tried["EnableAutoBuild"]
    assert "CLERK_SECRET_KEY" not in json.dumps(tried)


def test_the_steps_may_build_it(falling_back: Stacks) -> None:
    policies = falling_back["production/Delivery"].of_type("AWS::IAM::Policy")
    assert f"branches/{CHECK}/jobs/*" in json.dumps(policies)


def test_no_traffic_can_be_sent_to_it(falling_back: Stacks) -> None:
    assert "fallback-check" not in json.dumps(falling_back["production/Edge"].template)


def test_its_branch_counts_against_the_limit_of_references(production_with: Callable[..., Stacks]) -> None:
    extra = [{"name": f"NEXT_PUBLIC_EXTRA_{number}", "help": "one more"} for number in range(6)]
    production_with(variables=extra)
    with pytest.raises(SettingsError, match="references to Secrets Manager"):
        production_with(variables=extra, release={"fallback": "client-side-clerk"})
