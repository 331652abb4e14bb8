import json
import time
from collections.abc import Iterator
from typing import Any

import boto3
import httpx
import pytest
from botocore.exceptions import ClientError

from tests.rehearsal.aws.support import REPOSITORY, Aws, commit, git

SLOTS = ("slot-a", "slot-b", "slot-c")
VARIABLES = {"NEXT_PUBLIC_CLERK_PUBLISHABLE_KEY": "pk_live_example", "RELEASE_REVISION": "0123456789abcdef"}


def role(service: str, *actions: str) -> dict[str, Any]:
    return {
        "Type": "AWS::IAM::Role",
        "Properties": {
            "AssumeRolePolicyDocument": {
                "Version": "2012-10-17",
                "Statement": [
                    {"Effect": "Allow", "Principal": {"Service": service}, "Action": "sts:AssumeRole"}
                ],
            },
            "Policies": [
                {
                    "PolicyName": "only",
                    "PolicyDocument": {
                        "Version": "2012-10-17",
                        "Statement": [{"Effect": "Allow", "Action": list(actions), "Resource": "*"}],
                    },
                }
            ],
        },
    }


def template() -> dict[str, Any]:
    branches = {
        slot.replace("-", ""): {
            "Type": "AWS::Amplify::Branch",
            "Properties": {
                "AppId": {"Fn::GetAtt": ["App", "AppId"]},
                "BranchName": slot,
                "EnableAutoBuild": False,
                "EnvironmentVariables": [
                    {"Name": name, "Value": value}
                    for name, value in {**VARIABLES, "RELEASE_SLOT": slot}.items()
                ],
            },
        }
        for slot in SLOTS
    }
    return {
        "Resources": {
            "Service": role(
                "amplify.amazonaws.com", "logs:CreateLogGroup", "logs:CreateLogStream", "logs:PutLogEvents"
            ),
            "Compute": role("amplify.amazonaws.com", "secretsmanager:GetSecretValue"),
            "Stranger": role("lambda.amazonaws.com", "amplify:GetJob"),
            "App": {
                "Type": "AWS::Amplify::App",
                "Properties": {
                    "Name": "tiny",
                    "Platform": "WEB_COMPUTE",
                    "Repository": REPOSITORY,
                    "AccessToken": "github_pat_example",
                    "IAMServiceRole": {"Fn::GetAtt": ["Service", "Arn"]},
                    "ComputeRoleArn": {"Fn::GetAtt": ["Compute", "Arn"]},
                },
            },
            **branches,
        },
        "Outputs": {
            "AppId": {"Value": {"Fn::GetAtt": ["App", "AppId"]}},
            "Stranger": {"Value": {"Fn::GetAtt": ["Stranger", "Arn"]}},
        },
    }


@pytest.fixture(scope="module")
def outputs(aws: Aws) -> dict[str, str]:
    cloudformation = aws.client("cloudformation")
    cloudformation.create_stack(
        StackName="tiny", TemplateBody=json.dumps(template()), Capabilities=["CAPABILITY_IAM"]
    )
    cloudformation.get_waiter("stack_create_complete").wait(
        StackName="tiny", WaiterConfig={"Delay": 1, "MaxAttempts": 30}
    )
    stack = cloudformation.describe_stacks(StackName="tiny")["Stacks"][0]
    return {output["OutputKey"]: output["OutputValue"] for output in stack["Outputs"]}


@pytest.fixture(scope="module")
def app_id(outputs: dict[str, str]) -> str:
    return outputs["AppId"]


@pytest.fixture
def amplify(aws: Aws) -> Any:
    return aws.client("amplify")


@pytest.fixture
def restored(aws: Aws) -> Iterator[None]:
    head = git(aws.repository, "rev-parse", "HEAD")
    yield
    git(aws.repository, "reset", "--quiet", "--hard", head)


def run(amplify: Any, app_id: str, slot: str) -> dict[str, Any]:
    job = amplify.start_job(appId=app_id, branchName=slot, jobType="RELEASE")["jobSummary"]["jobId"]
    for _ in range(300):
        found = amplify.get_job(appId=app_id, branchName=slot, jobId=job)["job"]
        if found["summary"]["status"] in ("SUCCEED", "FAILED", "CANCELLED"):
            return found
        time.sleep(0.1)
    raise AssertionError(found)


def health(aws: Aws, app_id: str, slot: str) -> dict[str, Any]:
    host = f"{slot}.{app_id}.amplifyapp.com"
    answer = httpx.get(
        f"http://127.0.0.1:{aws.config.sites_port}/api/health", headers={"host": host}, trust_env=False
    )
    return answer.json()


def test_a_job_builds_the_branch_and_serves_the_commit_it_was_built_from(aws: Aws, amplify: Any, app_id: str):
    git(aws.repository, "branch", "--force", "slot-a", "main")
    job = run(amplify, app_id, "slot-a")
    assert job["summary"]["status"] == "SUCCEED", job
    # As on AWS: the API does not tell the commit, the release does.
    assert job["summary"]["commitId"] == "HEAD"
    assert [step["stepName"] for step in job["steps"]] == ["BUILD", "DEPLOY", "VERIFY"]
    told = health(aws, app_id, "slot-a")
    assert told["commit"] == git(aws.repository, "rev-parse", "main")
    assert told["slot"] == "slot-a"
    assert told["job"] == job["summary"]["jobId"]
    assert told["revision"] == VARIABLES["RELEASE_REVISION"]


def test_the_servers_output_is_in_the_apps_log_group(aws: Aws, amplify: Any, app_id: str):
    git(aws.repository, "branch", "--force", "slot-a", "main")
    run(amplify, app_id, "slot-a")
    health(aws, app_id, "slot-a")
    logs = aws.client("logs")
    for _ in range(50):
        events = logs.filter_log_events(logGroupName=f"/aws/amplify/{app_id}", logStreamNamePrefix="slot-a/")
        if events["events"]:
            break
        time.sleep(0.1)
    line = json.loads(events["events"][-1]["message"])
    assert line["slot"] == "slot-a"


def test_a_failed_build_says_why_and_leaves_the_branch_serving(
    aws: Aws, amplify: Any, app_id: str, restored: None
):
    git(aws.repository, "branch", "--force", "slot-b", "main")
    run(amplify, app_id, "slot-b")
    before = health(aws, app_id, "slot-b")
    (aws.repository / "build.mjs").write_text("console.error('no such module'); process.exit(3);\n")
    commit(aws.repository, "Break the build")
    git(aws.repository, "branch", "--force", "slot-b", "main")
    job = run(amplify, app_id, "slot-b")
    assert job["summary"]["status"] == "FAILED"
    assert "exit code" in job["steps"][0]["statusReason"]
    log = httpx.get(job["steps"][0]["logUrl"], trust_env=False).text
    assert "# Executing command: npm run build" in log
    assert "no such module" in log
    assert health(aws, app_id, "slot-b") == before


def test_output_without_a_standalone_server_fails_in_the_deploy_step(
    aws: Aws, amplify: Any, app_id: str, restored: None
):
    (aws.repository / "build.mjs").write_text("import fs from 'node:fs'; fs.mkdirSync('.next');\n")
    commit(aws.repository, "Forget the standalone output")
    git(aws.repository, "branch", "--force", "slot-c", "main")
    job = run(amplify, app_id, "slot-c")
    assert job["summary"]["status"] == "FAILED"
    assert "output: 'standalone'" in job["steps"][-1]["statusReason"]


def test_a_branch_that_git_does_not_have_fails_the_clone(aws: Aws, amplify: Any, app_id: str):
    if git(aws.repository, "branch", "--list", "slot-c"):
        git(aws.repository, "branch", "--delete", "--force", "slot-c")
    job = run(amplify, app_id, "slot-c")
    assert job["summary"]["status"] == "FAILED"
    assert "clone" in job["steps"][0]["statusReason"]


def test_one_job_a_branch_and_a_running_one_can_be_stopped(
    aws: Aws, amplify: Any, app_id: str, restored: None
):
    (aws.repository / "build.mjs").write_text("setTimeout(() => {}, 60_000);\n")
    commit(aws.repository, "Hang the build")
    git(aws.repository, "branch", "--force", "slot-c", "main")
    job = amplify.start_job(appId=app_id, branchName="slot-c", jobType="RELEASE")["jobSummary"]["jobId"]
    with pytest.raises(amplify.exceptions.LimitExceededException):
        amplify.start_job(appId=app_id, branchName="slot-c", jobType="RELEASE")
    stopped = amplify.stop_job(appId=app_id, branchName="slot-c", jobId=job)["jobSummary"]
    assert stopped["status"] in ("CANCELLING", "CANCELLED")
    for _ in range(100):
        status = amplify.get_job(appId=app_id, branchName="slot-c", jobId=job)["job"]["summary"]["status"]
        if status == "CANCELLED":
            break
        time.sleep(0.1)
    assert status == "CANCELLED"


def test_unknown_things_are_not_found(amplify: Any, app_id: str):
    for call, arguments in (
        (amplify.get_app, {"appId": "d00000000000ff"}),
        (amplify.get_branch, {"appId": app_id, "branchName": "slot-z"}),
        (amplify.get_job, {"appId": app_id, "branchName": "slot-a", "jobId": "0000009999"}),
    ):
        with pytest.raises(amplify.exceptions.NotFoundException):
            call(**arguments)


def test_answers_have_every_member_that_the_api_model_requires(amplify: Any, app_id: str):
    def check(shape: Any, value: Any) -> None:
        if shape.type_name == "structure":
            for name in shape.required_members:
                assert name in value, f"{shape.name}.{name}"
            for name, inner in value.items():
                check(shape.members[name], inner)
        elif shape.type_name == "list":
            for inner in value:
                check(shape.member, inner)

    model = amplify.meta.service_model
    for operation, answer in (
        ("ListApps", amplify.list_apps()),
        ("GetBranch", amplify.get_branch(appId=app_id, branchName="slot-a")),
        ("ListJobs", amplify.list_jobs(appId=app_id, branchName="slot-a")),
    ):
        answer.pop("ResponseMetadata")
        check(model.operation_model(operation).output_shape, answer)


def test_iam_is_enforced_for_amplify(aws: Aws, outputs: dict[str, str], app_id: str):
    # The root of the account may assume any role here; the role may only look at jobs.
    given = aws.client("sts").assume_role(RoleArn=outputs["Stranger"], RoleSessionName="test")["Credentials"]
    amplify = boto3.client(
        "amplify",
        region_name="us-east-1",
        endpoint_url=aws.config.endpoint,
        aws_access_key_id=given["AccessKeyId"],
        aws_secret_access_key=given["SecretAccessKey"],
        aws_session_token=given["SessionToken"],
    )
    with pytest.raises(ClientError, match="AccessDenied"):
        amplify.start_job(appId=app_id, branchName="slot-a", jobType="RELEASE")
