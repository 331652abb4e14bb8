from dataclasses import dataclass, field
from typing import Any

import pytest

from clerk_deploy.acceptance.remains import is_marked, records, remains, tags_of
from clerk_deploy.acceptance.teardown import Teardown, stored_token
from clerk_deploy.acceptance.throw_away import ThrowAway
from clerk_deploy.status import STACKS
from tests.clerk_deploy.acceptance.conftest import Aws, Clock, error


@pytest.fixture
def told() -> list[str]:
    return []


@pytest.fixture
def job(target: ThrowAway, aws: Aws, told: list[str]) -> Teardown:
    clock = Clock()
    return Teardown(
        target=target,
        client=aws.client,
        repository=None,
        tell=told.append,
        now=clock,
        sleep=clock.sleep,
    )


class Stacks:
    """CloudFormation with stacks of an environment; each goes with its deletion, unless it is stuck."""

    def __init__(self, aws: Aws, **statuses: str) -> None:
        self.there = {f"yourapp-acceptance-{kind}": status for kind, status in statuses.items()}
        self.resources: dict[str, list[tuple[str, str]]] = {}
        self.stuck: set[str] = set()
        self.deleted: list[str] = []
        aws.answers |= {
            "cloudformation.describe_stacks": self.describe,
            "cloudformation.delete_stack": self.delete,
            "cloudformation.list_stack_resources": self.list,
            "cloudformation.describe_stack_events": self.events,
        }

    def describe(self, *, StackName: str) -> Any:  # noqa: N803 boto3's names
        if StackName not in self.there:
            raise error("ValidationError", f"Stack with id {StackName} does not exist")
        status = self.there[StackName]
        if status == "UPDATE_IN_PROGRESS":  # it ends with the next look
            self.there[StackName] = "UPDATE_COMPLETE"
        return {"Stacks": [{"StackStatus": status}]}

    def delete(self, *, StackName: str) -> None:  # noqa: N803
        assert not self.there[StackName].startswith("UPDATE_IN"), "CloudFormation refuses that"
        self.deleted.append(StackName.rsplit("-", 1)[1])
        if StackName in self.stuck:
            self.there[StackName] = "DELETE_FAILED"
        else:
            del self.there[StackName]

    def list(self, *, StackName: str) -> Any:  # noqa: N803
        found = self.resources.get(StackName, [])
        return {
            "StackResourceSummaries": [
                {"ResourceType": kind, "PhysicalResourceId": name} for kind, name in found
            ]
        }

    def events(self, *, StackName: str) -> Any:  # noqa: N803
        event = {"LogicalResourceId": "Store", "ResourceStatus": "DELETE_FAILED"}
        return {"StackEvents": [{**event, "ResourceStatusReason": "it is in use"}]}


def test_stacks_go_in_the_reverse_of_the_order_in_which_they_came(job: Teardown, aws: Aws):
    stacks = Stacks(aws, **dict.fromkeys(STACKS, "CREATE_COMPLETE"))
    assert job.run() == ()
    assert stacks.deleted == list(reversed(STACKS))


def test_a_stack_at_work_is_waited_for_and_an_unexecuted_one_is_not(job: Teardown, aws: Aws):
    stacks = Stacks(aws, Edge="UPDATE_IN_PROGRESS", Hosting="REVIEW_IN_PROGRESS")
    assert job.run() == ()
    assert stacks.deleted == ["Edge", "Hosting"]


def test_a_stack_that_stays_is_tried_twice_and_told_with_its_reason(job: Teardown, aws: Aws, told: list[str]):
    stacks = Stacks(aws, Edge="CREATE_COMPLETE", Hosting="CREATE_COMPLETE")
    stacks.stuck = {"yourapp-acceptance-Edge"}
    left = [str(each) for each in job.run()]
    assert stacks.deleted == ["Edge", "Edge", "Hosting"]
    assert "stack yourapp-acceptance-Edge (DELETE_FAILED)" in left
    assert any("Store: it is in use" in each for each in left)


def test_what_stacks_keep_is_deleted_after_them(job: Teardown, aws: Aws):
    stacks = Stacks(aws, Delivery="CREATE_COMPLETE", Configuration="CREATE_COMPLETE")
    stacks.resources = {
        "yourapp-acceptance-Delivery": [
            ("AWS::StepFunctions::StateMachine", "arn:machine"),
            ("AWS::Lambda::Function", "yourapp-acceptance-release-step"),
        ],
        "yourapp-acceptance-Configuration": [
            ("AWS::KMS::Key", "key-1"),
            ("AWS::Logs::LogGroup", "/aws/amplify/d123"),
        ],
    }
    state = {"key-1": "Enabled"}
    aws.answers |= {
        "stepfunctions.list_executions": lambda **_: {"executions": [{"executionArn": "arn:execution"}]},
        "stepfunctions.stop_execution": lambda **_: None,
        "kms.describe_key": lambda **given: {"KeyMetadata": {"KeyState": state[given["KeyId"]]}},
        "kms.schedule_key_deletion": lambda **given: state.update({given["KeyId"]: "PendingDeletion"}),
    }
    assert job.run() == ()
    assert aws.named("stepfunctions.stop_execution")[0]["executionArn"] == "arn:execution"
    secrets = aws.named("secretsmanager.delete_secret")
    assert {each["SecretId"] for each in secrets} == {
        f"yourapp/acceptance/{name}" for name in ("variables", "secrets", "repository", "smoke")
    }
    assert all(each["ForceDeleteWithoutRecovery"] for each in secrets)
    assert aws.named("dynamodb.delete_table") == [{"TableName": "yourapp-acceptance-ledger"}]
    assert aws.named("logs.delete_log_group") == [{"logGroupName": "/aws/amplify/d123"}]
    assert aws.named("kms.schedule_key_deletion") == [{"KeyId": "key-1", "PendingWindowInDays": 7}]
    order = [name for name, _ in aws.calls]
    assert order.index("stepfunctions.stop_execution") < order.index("cloudformation.delete_stack")
    assert order.index("logs.delete_log_group") > order.index("cloudformation.delete_stack")


def test_a_step_that_fails_stops_none_of_the_others(job: Teardown, aws: Aws):
    def denied(**_: Any) -> Any:
        raise error("AccessDeniedException")

    aws.answers["secretsmanager.delete_secret"] = denied
    left = [str(each) for each in job.run()]
    assert len(left) == 1
    assert "delete the secrets" in left[0]
    assert aws.named("dynamodb.delete_table")


def test_branches_of_the_slots_are_deleted(job: Teardown):
    @dataclass
    class Repository:
        deleted: list[str] = field(default_factory=list)

        def delete_branch(self, branch: str) -> None:
            self.deleted.append(branch)

    repository = Repository()
    job.repository = repository  # type: ignore[assignment]
    job.run()
    assert repository.deleted == [f"yourapp-acceptance-slot-{letter}" for letter in "abc"]


def test_branches_that_nobody_can_delete_are_named(job: Teardown, told: list[str]):
    job.run()
    assert any("no GitHub token" in line and "yourapp-acceptance-slot-a" in line for line in told)


def test_the_certificates_records_are_deleted_and_no_others(job: Teardown, aws: Aws, target: ThrowAway):
    def record(name: str, kind: str = "CNAME") -> dict[str, Any]:
        return {"Name": name, "Type": kind}

    ours = [
        record("_0123abcd.acceptance.yourapp.com."),
        record("_4567.www.acceptance.yourapp.com."),
    ]
    theirs = [
        record("yourapp.com.", "A"),
        record("_0123abcd.yourapp.com."),
        record("_0123abcd.my-acceptance.yourapp.com."),
        record("acceptance.yourapp.com.evil.org."),
    ]
    zone = [*ours, *theirs]
    aws.answers["route53.list_resource_record_sets"] = lambda **_: {"ResourceRecordSets": list(zone)}

    def change(**given: Any) -> None:
        for each in given["ChangeBatch"]["Changes"]:
            assert each["Action"] == "DELETE"
            zone.remove(each["ResourceRecordSet"])

    aws.answers["route53.change_resource_record_sets"] = change
    assert records(target, aws.client) == ours
    assert job.run() == ()
    assert zone == theirs


def test_everything_that_there_is_is_named(target: ThrowAway, aws: Aws):
    Stacks(aws, Edge="CREATE_COMPLETE")
    tags = tags_of(target.names)
    aws.answers |= {
        "secretsmanager.describe_secret": lambda **given: {"DeletedDate": "today"},
        "dynamodb.describe_table": lambda **_: {"Table": {"TableStatus": "ACTIVE"}},
        "ssm.get_parameter": lambda **_: {"Parameter": {}},
        "logs.describe_log_groups": lambda **_: {
            "logGroups": [
                {"logGroupName": "/aws/amplify/d1", "arn": "arn:d1:*"},
                {"logGroupName": "/aws/amplify/d2", "arn": "arn:d2:*"},
            ]
        },
        "logs.list_tags_for_resource": lambda resourceArn: {"tags": tags if resourceArn == "arn:d1" else {}},  # noqa: N803
        "resourcegroupstaggingapi.get_resources": lambda **_: {
            "ResourceTagMappingList": [{"ResourceARN": "arn:key/k1"}, {"ResourceARN": "arn:key/k2"}]
        },
        "kms.describe_key": lambda **given: {
            "KeyMetadata": {"KeyState": "Enabled" if given["KeyId"] == "k1" else "PendingDeletion"}
        },
    }
    found = [str(each) for each in remains(target, aws.client)]
    assert found == [
        "stack yourapp-acceptance-Edge (CREATE_COMPLETE)",
        *(
            f"secret yourapp/acceptance/{name} (marked for deletion)"
            for name in ("variables", "secrets", "repository", "smoke")
        ),
        "table yourapp-acceptance-ledger (active)",
        "parameter /yourapp/acceptance/revision",
        "log group /aws/amplify/d1",
        "key k1",
    ]


@pytest.mark.parametrize(
    ("tags", "marked"),
    [
        ({"clerk-deploy": "throw-away", "application": "yourapp", "environment": "acceptance"}, True),
        ({"application": "yourapp", "environment": "acceptance"}, False),
    ],
)
def test_an_environment_without_the_mark_is_nobodys_to_throw_away(
    target: ThrowAway, aws: Aws, tags: dict[str, str], marked: bool
):
    written = [{"Key": key, "Value": value} for key, value in tags.items()]
    aws.answers["secretsmanager.describe_secret"] = lambda **_: {"Tags": written}
    assert is_marked(target.names, aws.client) is marked


def test_a_stored_token_is_read_and_a_missing_one_is_none(target: ThrowAway, aws: Aws):
    assert stored_token(target.names, aws.client) is None
    aws.answers["secretsmanager.get_secret_value"] = lambda **_: {"SecretString": '{"token": "t"}'}
    assert stored_token(target.names, aws.client) == "t"


def test_deleted_things_that_aws_still_tells_of_are_waited_for(job: Teardown, aws: Aws):
    looks = iter([True, True])

    def describe(**_: Any) -> Any:
        if next(looks, False):
            return {"Table": {"TableStatus": "DELETING"}}
        raise error("ResourceNotFoundException")

    aws.answers["dynamodb.describe_table"] = describe
    assert job.run() == ()


def test_a_function_that_writes_once_more_does_not_leave_its_log_group(job: Teardown, aws: Aws):
    name = "/aws/lambda/yourapp-acceptance-release-sweep"
    stacks = Stacks(aws, Delivery="CREATE_COMPLETE")
    stacks.resources["yourapp-acceptance-Delivery"] = [("AWS::Lambda::Function", name.rpartition("/")[2])]
    groups: set[str] = set()
    looks = iter([False, True])

    def describe(*, logGroupNamePrefix: str) -> Any:  # noqa: N803 boto3's names
        if logGroupNamePrefix == name and next(looks, False):
            groups.add(name)  # its last line came after the first look
        return {
            "logGroups": [{"logGroupName": each, "arn": f"arn:{each}"} for each in groups if name in each]
        }

    aws.answers |= {
        "logs.describe_log_groups": describe,
        "logs.list_tags_for_resource": lambda **_: {"tags": {}},
        "logs.delete_log_group": lambda logGroupName: groups.discard(logGroupName),  # noqa: N803
    }
    assert job.run() == ()
    assert groups == set()
    assert aws.named("logs.delete_log_group") == [{"logGroupName": name}]
