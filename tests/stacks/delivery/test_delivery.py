"""The Delivery stack's promises. The machine itself is run in tests/clerk_deploy/release."""

import json
from collections.abc import Iterator
from typing import Any

import pytest

from clerk_deploy.release.deployed import VARIABLE, Deployed
from clerk_deploy.release.run import ENDING, FORWARD

LATE = {"Restore", "Record", "Stuck", "LookAgain"}


@pytest.fixture(scope="module")
def delivery(stacks: Any) -> Any:
    return stacks["production/Delivery"]


@pytest.fixture(scope="module")
def definition(delivery: Any) -> dict[str, Any]:
    parts = delivery.only("AWS::StepFunctions::StateMachine")["DefinitionString"]["Fn::Join"][1]
    return json.loads("".join(part if isinstance(part, str) else "ARN" for part in parts))


def tasks(definition: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    return ((name, state) for name, state in definition["States"].items() if state["Type"] == "Task")


def statements(delivery: Any, role: str) -> list[dict[str, Any]]:
    (policy,) = [
        found["Properties"]["PolicyDocument"]["Statement"]
        for name, found in delivery.of_type("AWS::IAM::Policy").items()
        if name.startswith(role)
    ]
    return policy


def test_the_ledger_is_kept_and_can_be_restored(delivery: Any) -> None:
    ((_, found),) = delivery.of_type("AWS::DynamoDB::Table").items()
    assert (found["DeletionPolicy"], found["UpdateReplacePolicy"]) == ("RetainExceptOnCreate", "Retain")
    properties = found["Properties"]
    assert properties["PointInTimeRecoverySpecification"] == {"PointInTimeRecoveryEnabled": True}
    assert properties["BillingMode"] == "PAY_PER_REQUEST"
    assert properties["TimeToLiveSpecification"] == {"AttributeName": "ttl", "Enabled": True}


def test_every_task_has_a_time_limit_and_retries_by_name_only(definition: dict[str, Any]) -> None:
    for name, state in tasks(definition):
        assert state["TimeoutSeconds"] == 150, name
        (retry,) = state["Retry"]
        assert "States.ALL" not in retry["ErrorEquals"], name
        assert retry["BackoffRate"] > 1, name


def test_every_failure_leads_to_the_end_that_restores(definition: dict[str, Any]) -> None:
    forward = {name for name, state in tasks(definition) if state["Parameters"]["step"] in FORWARD}
    assert len(forward) == len(FORWARD)
    for name in forward:
        (catch,) = definition["States"][name]["Catch"]
        assert (catch["ErrorEquals"], catch["Next"]) == (["States.ALL"], "Restore"), name


def test_no_task_can_end_the_machine_without_its_end(definition: dict[str, Any]) -> None:
    for name, state in tasks(definition):
        assert any(catch["ErrorEquals"] == ["States.ALL"] for catch in state["Catch"]), name


def test_the_machine_knows_every_step_and_no_other(definition: dict[str, Any]) -> None:
    known = {state["Parameters"]["step"] for _, state in tasks(definition)}
    assert known == {*FORWARD, *ENDING, *LATE}


def test_the_whole_takes_less_than_an_hour_and_its_bakes(definition: dict[str, Any]) -> None:
    assert definition["TimeoutSeconds"] == (60 + 10 + 5) * 60


def test_the_machine_may_call_its_one_function_and_write_its_log(delivery: Any) -> None:
    actions = {
        action
        for statement in statements(delivery, "MachineRole")
        for action in ([statement["Action"]] if isinstance(statement["Action"], str) else statement["Action"])
    }
    assert {action for action in actions if not action.startswith("logs:")} == {"lambda:InvokeFunction"}


@pytest.mark.parametrize(
    ("action", "resource"),
    [
        ("cloudfront-keyvaluestore:UpdateKeys", "key-value-store"),
        ("amplify:StartJob", "/branches/yourapp-production-slot-a/jobs/*"),
        ("dynamodb:PutItem", "Ledger"),
        ("states:StartExecution", "stateMachine:yourapp-production-release"),
        ("sns:Publish", "yourapp-production-alarms"),
        ("ssm:GetParameter", "/yourapp/production/revision"),
    ],
)
def test_the_steps_may_do_each_thing_to_the_one_resource_only(
    action: str, resource: str, delivery: Any
) -> None:
    found = [each for each in statements(delivery, "StepsRole") if action in each["Action"]]
    assert found
    for statement in found:
        assert statement["Resource"] != "*"
        text = json.dumps(statement["Resource"])
        assert resource in text or "RouterStore" in text


def test_nobody_may_do_everything(delivery: Any) -> None:
    for statement in statements(delivery, "StepsRole"):
        for action in [statement["Action"]] if isinstance(statement["Action"], str) else statement["Action"]:
            assert not action.endswith("*"), action


def test_functions_are_told_no_secret_and_can_read_what_they_are_told(delivery: Any) -> None:
    for function in delivery.of_type("AWS::Lambda::Function").values():
        value = function["Properties"]["Environment"]["Variables"][VARIABLE]
        text = "".join(part if isinstance(part, str) else "x" for part in value["Fn::Join"][1])
        told = Deployed.read({VARIABLE: text})
        assert told.table == "yourapp-production-ledger"
        assert told.domains == ("yourapp.com", "www.yourapp.com")


def test_what_wakes_a_function_and_is_lost_is_noticed(delivery: Any) -> None:
    functions = delivery.of_type("AWS::Lambda::Function")
    with_queue = [name for name, each in functions.items() if "DeadLetterConfig" in each["Properties"]]
    assert len(with_queue) == 2
    alarms = delivery.of_type("AWS::CloudWatch::Alarm").values()
    assert [alarm["Properties"]["AlarmName"] for alarm in alarms] == ["yourapp-production-release-lost"]


def test_an_execution_that_ends_badly_wakes_the_sweep(delivery: Any) -> None:
    rules = [found["Properties"] for found in delivery.of_type("AWS::Events::Rule").values()]
    assert any(rule.get("ScheduleExpression") == "rate(5 minutes)" for rule in rules)
    (pattern,) = [rule["EventPattern"] for rule in rules if "EventPattern" in rule]
    assert set(pattern["detail"]["status"]) == {"FAILED", "TIMED_OUT", "ABORTED"}


def test_no_stack_ever_writes_what_is_live(stacks: Any) -> None:
    for stack in stacks.values():
        for store in stack.of_type("AWS::CloudFront::KeyValueStore").values():
            assert "ImportSource" not in store["Properties"]
        assert "slot-a" not in json.dumps(stack.template.get("Outputs", {}))


CONNECTION = "arn:aws:codeconnections:us-east-1:123456789012:connection/11111111-2222-3333-4444-555555555555"


def test_a_pipeline_replaces_what_waits_and_never_rolls_back_by_itself(
    delivery: Any, production_with: Any
) -> None:
    assert delivery.of_type("AWS::CodePipeline::Pipeline") == {}
    piped = production_with(release={"connectionArn": CONNECTION})["production/Delivery"]
    pipeline = piped.only("AWS::CodePipeline::Pipeline")
    assert (pipeline["PipelineType"], pipeline["ExecutionMode"]) == ("V2", "SUPERSEDED")
    assert [stage["Name"] for stage in pipeline["Stages"]] == ["Source", "Gate", "Release"]
    assert all("OnFailure" not in stage for stage in pipeline["Stages"])
    (release,) = pipeline["Stages"][2]["Actions"]
    asked = json.loads(release["Configuration"]["Input"])
    assert asked["commit"] == "#{SourceVariables.CommitId}"
    assert asked["pipeline_execution"] == "#{codepipeline.PipelineExecutionId}"


def test_the_gate_is_given_no_secret(production_with: Any) -> None:
    piped = production_with(release={"connectionArn": CONNECTION})["production/Delivery"]
    assert "EnvironmentVariables" not in piped.only("AWS::CodeBuild::Project")["Environment"]
    gate = json.dumps([each for name, each in piped.of_type("AWS::IAM::Policy").items() if "Gate" in name])
    assert "secretsmanager" not in gate
    assert "ssm:" not in gate


def test_people_get_policies_by_what_they_do_and_nobody_the_steps_own(delivery: Any) -> None:
    policies = {
        each["Properties"]["ManagedPolicyName"]: json.dumps(each["Properties"]["PolicyDocument"])
        for each in delivery.of_type("AWS::IAM::ManagedPolicy").values()
    }
    prefix = "yourapp-production"
    assert set(policies) == {f"{prefix}-releaser", f"{prefix}-on-call", f"{prefix}-deployer"}
    assert "states:StartExecution" in policies[f"{prefix}-releaser"]
    for text in policies.values():
        for own in ("UpdateKeys", "amplify:", "secretsmanager:", "dynamodb:PutItem", "dynamodb:DeleteItem"):
            assert own not in text
