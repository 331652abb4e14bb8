"""What is changed in ministack does what AWS does, seen by a client."""

import io
import json
import time
import uuid
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError

from rehearsal.aws.config import Config
from rehearsal.aws.process import start_aws
from rehearsal.ports import free_port
from rehearsal.processes import Children
from tests.rehearsal.aws.support import ACCOUNT, TINY, Aws

TRUST = {
    "Version": "2012-10-17",
    "Statement": [{"Effect": "Allow", "Principal": {"Service": "*"}, "Action": "sts:AssumeRole"}],
}
FUNCTION = """
class StoreConflictError(Exception):
    pass

def handler(event, context):
    if event.get("fail"):
        raise StoreConflictError("somebody wrote: try again")
    return "well"
"""
SCALE = 600.0
WAIT_SECONDS = 1200


def role(aws: Aws, *statements: dict[str, Any]) -> str:
    iam, name = aws.client("iam"), f"role-{uuid.uuid4().hex[:8]}"
    arn: str = iam.create_role(RoleName=name, AssumeRolePolicyDocument=json.dumps(TRUST))["Role"]["Arn"]
    if statements:
        policy = json.dumps({"Version": "2012-10-17", "Statement": list(statements)})
        iam.put_role_policy(RoleName=name, PolicyName="only", PolicyDocument=policy)
    return arn


def without_account(request: Any, **_: object) -> None:
    # The SDK puts the account before the endpoint's host, which nothing resolves here.
    request.url = request.url.replace(f"{ACCOUNT}.localhost", "localhost")


@pytest.fixture(scope="module")
def function(aws: Aws) -> str:
    package = io.BytesIO()
    with zipfile.ZipFile(package, "w") as archive:
        archive.writestr("index.py", FUNCTION)
    made = aws.client("lambda").create_function(
        FunctionName="fails-by-name",
        Runtime="python3.11",
        Handler="index.handler",
        Role=role(aws),
        Code={"ZipFile": package.getvalue()},
    )
    return str(made["FunctionArn"])


def invoke(aws: Aws, function: str, **event: object) -> Any:
    answer = aws.client("lambda").invoke(FunctionName=function, Payload=json.dumps(event).encode())
    return json.loads(answer["Payload"].read())


def test_an_exception_is_told_by_the_name_of_its_class(aws: Aws, function: str) -> None:
    told = invoke(aws, function, fail=True)
    assert told["errorType"] == "StoreConflictError"
    assert told["errorMessage"] == "somebody wrote: try again"


def test_a_function_that_returns_is_left_alone(aws: Aws, function: str) -> None:
    assert invoke(aws, function) == "well"


def test_a_store_is_open_to_a_policy_that_names_it_and_to_no_other(aws: Aws) -> None:
    cloudfront = aws.client("cloudfront")
    own, other = (
        cloudfront.create_key_value_store(Name=f"store-{uuid.uuid4().hex[:8]}")["KeyValueStore"]["ARN"]
        for _ in range(2)
    )
    reader = role(
        aws,
        {
            "Effect": "Allow",
            "Action": "cloudfront-keyvaluestore:DescribeKeyValueStore",
            "Resource": own,
        },
    )
    given = aws.client("sts").assume_role(RoleArn=reader, RoleSessionName="test")["Credentials"]
    store = aws.client(
        "cloudfront-keyvaluestore",
        aws_access_key_id=given["AccessKeyId"],
        aws_secret_access_key=given["SecretAccessKey"],
        aws_session_token=given["SessionToken"],
    )
    store.meta.events.register("before-send.cloudfront-keyvaluestore", without_account)
    assert store.describe_key_value_store(KvsARN=own)["ETag"]
    with pytest.raises(ClientError, match="AccessDenied"):
        store.describe_key_value_store(KvsARN=other)
    with pytest.raises(ClientError, match="AccessDenied"):
        store.put_key(KvsARN=own, Key="state", Value="{}", IfMatch="x")


@pytest.fixture(scope="module")
def fast(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Aws]:
    folder: Path = tmp_path_factory.mktemp("fast")
    config = Config(
        account=ACCOUNT,
        region="us-east-1",
        port=free_port(),
        sites_port=free_port(),
        folder=folder / "run",
        cache=folder / "cache",
        app_environment={},
        time_scale=SCALE,
    )
    children = Children()
    try:
        start_aws(config, children=children)
        yield Aws(config, TINY)
    finally:
        children.end_all()


def test_a_machines_waits_follow_the_time_scale(fast: Aws) -> None:
    client = fast.client("stepfunctions")
    definition = {
        "StartAt": "Look",
        "States": {"Look": {"Type": "Wait", "Seconds": WAIT_SECONDS, "End": True}},
    }
    machine = client.create_state_machine(
        name="waits", definition=json.dumps(definition), roleArn=role(fast)
    )["stateMachineArn"]
    execution = client.start_execution(stateMachineArn=machine)["executionArn"]
    for _ in range(WAIT_SECONDS // 10):
        if client.describe_execution(executionArn=execution)["status"] == "SUCCEEDED":
            return
        time.sleep(0.5)
    pytest.fail("the machine still waits, by the clock on the wall")
