import json
from collections.abc import Callable
from typing import Any

import pytest
import yaml

from clerk_deploy.errors import SettingsError

APP_ID = {"Fn::GetAtt": ["App", "AppId"]}


def extra(name: str, **more: Any) -> dict[str, Any]:
    return {"name": name, **more}


def slots_of(stack: Any) -> list[dict[str, Any]]:
    return [slot["Properties"] for slot in stack.of_type("AWS::Amplify::Branch").values()]


def variables_of(stack: Any) -> dict[str, Any]:
    return {pair["Name"]: pair["Value"] for pair in slots_of(stack)[0]["EnvironmentVariables"]}


def pinned(name: str) -> dict[str, Any]:
    start = "{{resolve:secretsmanager:yourapp/production/variables:SecretString:" + name + "::"
    return {"Fn::Join": ["", [start, {"Ref": "Revision"}, "}}"]]}


@pytest.fixture
def stack(stacks: Any) -> Any:
    return stacks["production/Hosting"]


def test_nothing_but_a_release_builds_a_slot(stack: Any) -> None:
    slots = slots_of(stack)
    assert [slot["BranchName"] for slot in slots] == [f"yourapp-production-slot-{letter}" for letter in "abc"]
    for slot in slots:
        assert slot["EnableAutoBuild"] is False
        assert slot["EnablePullRequestPreview"] is False
        assert slot["EnablePerformanceMode"] is False
        assert slot["EnableSkewProtection"] is False
        assert (slot["Stage"], slot["Framework"]) == ("PRODUCTION", "Next.js - SSR")


def test_all_slots_are_built_with_the_same_variables_but_for_the_slots_name(stack: Any) -> None:
    built_with = [
        {pair["Name"]: pair["Value"] for pair in slot["EnvironmentVariables"]} for slot in slots_of(stack)
    ]
    assert [variables.pop("RELEASE_SLOT") for variables in built_with] == ["slot-a", "slot-b", "slot-c"]
    assert built_with[1:] == built_with[:1] * 2


def test_environments_of_one_repository_share_no_branch(stacks: Any) -> None:
    branches = [
        {slot["BranchName"] for slot in slots_of(stacks[f"{environment}/Hosting"])}
        for environment in ("production", "staging")
    ]
    assert not branches[0] & branches[1]


def test_every_variable_is_pinned_to_the_revision(stack: Any) -> None:
    variables = variables_of(stack)
    for name in (
        "NEXT_PUBLIC_CLERK_PUBLISHABLE_KEY",
        "NEXT_PUBLIC_API_BASE_URL",
        "NEXT_PUBLIC_TENANT_ID",
        "NEXT_PUBLIC_APP_URL",
        "NEXT_PUBLIC_GOOGLE_CLIENT_ID",
        "NEXT_PUBLIC_FACEBOOK_APP_ID",
        "NEXT_PUBLIC_GITHUB_CLIENT_ID",
        "CLERK_BACKEND_API_URL",
    ):
        assert variables[name] == pinned(name)
    assert variables["RELEASE_REVISION"] == {"Ref": "Revision"}


def test_clerks_address_is_handed_on_under_the_name_that_its_sdk_reads(stack: Any) -> None:
    assert variables_of(stack)["CLERK_API_URL"] == pinned("CLERK_BACKEND_API_URL")


def test_no_secret_of_the_contract_is_a_variable_of_a_build(stack: Any) -> None:
    secrets = {"CLERK_SECRET_KEY", "CLERK_JWT_KEY", "CLERK_WEBHOOK_SIGNING_SECRET"}
    assert secrets.isdisjoint(variables_of(stack))
    assert "CLERK_SECRET_KEY" not in json.dumps(stack.template)


def test_the_server_is_told_what_it_needs_and_no_more(stack: Any) -> None:
    variables = variables_of(stack)
    assert variables["CLERK_DEPLOY_TRUST_EDGE"] == "1"
    assert variables["CLERK_DEPLOY_RUNTIME_VARIABLES"].split() == [
        "CLERK_BACKEND_API_URL",
        "CLERK_API_URL",
        "CLERK_DEPLOY_SECRETS_ARN",
        "CLERK_DEPLOY_TRUST_EDGE",
        "RELEASE_COMMIT",
        "RELEASE_JOB",
        "RELEASE_SLOT",
        "RELEASE_REVISION",
    ]
    assert "CLERK_DEPLOY_FORWARD_CLIENT_ADDRESS" not in variables


def test_the_users_address_is_forwarded_only_when_set(production_with: Callable[..., Any]) -> None:
    variables = variables_of(production_with(clerk={"forwardClientAddress": True})["production/Hosting"])
    assert variables["CLERK_DEPLOY_FORWARD_CLIENT_ADDRESS"] == "1"
    assert "CLERK_DEPLOY_FORWARD_CLIENT_ADDRESS" in variables["CLERK_DEPLOY_RUNTIME_VARIABLES"].split()


def test_variables_of_ones_own(production_with: Callable[..., Any]) -> None:
    stack = production_with(
        variables=[
            extra("NEXT_PUBLIC_THEME", neededAt="build"),
            extra("FEATURE_FLAGS"),
            extra("STRIPE_KEY", secret=True),
        ]
    )["production/Hosting"]
    variables = variables_of(stack)
    assert variables["NEXT_PUBLIC_THEME"] == pinned("NEXT_PUBLIC_THEME")
    assert variables["FEATURE_FLAGS"] == pinned("FEATURE_FLAGS")
    at_run_time = variables["CLERK_DEPLOY_RUNTIME_VARIABLES"].split()
    assert "FEATURE_FLAGS" in at_run_time
    assert "NEXT_PUBLIC_THEME" not in at_run_time
    assert "STRIPE_KEY" not in json.dumps(stack.template)


def many(count: int) -> list[dict[str, Any]]:
    return [extra(f"NUMBER_{number}") for number in range(count)]


def test_as_many_variables_as_cloudformation_takes(production_with: Callable[..., Any]) -> None:
    stack = production_with(variables=many(10))["production/Hosting"]
    references = json.dumps(stack.template).count("{{resolve:")
    assert references == 58
    assert references + 3 > 60


def test_one_variable_more_is_refused_with_its_path(production_with: Callable[..., Any]) -> None:
    with pytest.raises(SettingsError) as refused:
        production_with(variables=many(11))
    assert "environments.production.variables: at most 19 variables" in str(refused.value)
    assert "there are 20" in str(refused.value)


def test_secrets_of_ones_own_cost_no_reference(production_with: Callable[..., Any]) -> None:
    secrets = [extra(f"SECRET_{number}", secret=True) for number in range(30)]
    stack = production_with(variables=[*many(10), *secrets])["production/Hosting"]
    assert json.dumps(stack.template).count("{{resolve:") == 58


def test_a_deployment_before_the_first_push_is_refused_with_the_command(stack: Any) -> None:
    (assertion,) = stack.template["Rules"]["SomethingWasPushed"]["Assertions"]
    assert assertion["Assert"] == {"Fn::Not": [{"Fn::Equals": [{"Ref": "Revision"}, "none"]}]}
    assert "clerk-deploy environment push .env.production -e production" in assertion["AssertDescription"]


def test_the_revision_is_read_anew_with_every_deployment(stack: Any) -> None:
    parameter = stack.template["Parameters"]["Revision"]
    assert parameter["Type"] == "AWS::SSM::Parameter::Value<String>"
    assert parameter["Default"] == "/yourapp/production/revision"


def test_the_app_holds_nothing_that_changes_often(stack: Any) -> None:
    app = stack.only("AWS::Amplify::App")
    assert app["AccessToken"] == (
        "{{resolve:secretsmanager:yourapp/production/repository:SecretString:token::}}"
    )
    assert "Ref" not in json.dumps(app)
    assert "EnvironmentVariables" not in app
    assert "BuildSpec" not in app
    assert app["CacheConfig"] == {"Type": "AMPLIFY_MANAGED"}


def test_a_monorepo_is_built_in_its_folder(production_with: Callable[..., Any]) -> None:
    app = production_with(root="apps/web")["production/Hosting"].only("AWS::Amplify::App")
    assert app["EnvironmentVariables"] == [{"Name": "AMPLIFY_MONOREPO_APP_ROOT", "Value": "apps/web"}]
    (application,) = yaml.safe_load(app["BuildSpec"])["applications"]
    assert application["appRoot"] == "apps/web"
    assert application["frontend"]["phases"]["build"]["commands"] == ["npm run build"]


def test_the_running_server_may_read_the_one_secret(stack: Any) -> None:
    policy = stack.of_type("AWS::IAM::Policy")["ComputeRoleDefaultPolicyDB0F16C8"]["Properties"]
    read, decrypt = policy["PolicyDocument"]["Statement"]
    assert (read["Effect"], read["Action"]) == ("Allow", "secretsmanager:GetSecretValue")
    assert read["Resource"]["Fn::GetStackOutput"]["OutputName"].startswith("PublishOutputFnGetAttSecretsId")
    assert (decrypt["Effect"], decrypt["Action"]) == ("Allow", "kms:Decrypt")
    assert decrypt["Resource"]["Fn::GetStackOutput"]["OutputName"].startswith("PublishOutputFnGetAttKey")
    assert decrypt["Condition"] == {
        "StringEquals": {"kms:ViaService": "secretsmanager.us-east-1.amazonaws.com"}
    }


def test_amplify_may_write_the_applications_log_and_nothing_else(stack: Any) -> None:
    policy = stack.of_type("AWS::IAM::Policy")["ServiceRoleDefaultPolicy94CF55F6"]["Properties"]
    write, describe = policy["PolicyDocument"]["Statement"]
    group = "arn:aws:logs:us-east-1:123456789012:log-group:/aws/amplify/"
    assert write["Action"] == ["logs:CreateLogGroup", "logs:CreateLogStream", "logs:PutLogEvents"]
    assert write["Resource"] == [
        {"Fn::Join": ["", [group, APP_ID, ":*"]]},
        {"Fn::Join": ["", [group, APP_ID]]},
    ]
    assert describe["Action"] == "logs:DescribeLogGroups"
    assert describe["Resource"] == "arn:aws:logs:us-east-1:123456789012:log-group:*"


def test_both_roles_are_for_amplify_alone(stack: Any) -> None:
    roles = stack.of_type("AWS::IAM::Role")
    trust = {
        name: role["Properties"]["AssumeRolePolicyDocument"]["Statement"] for name, role in roles.items()
    }
    for (statement,) in trust.values():
        assert statement["Principal"] == {"Service": "amplify.amazonaws.com"}
        assert statement["Action"] == "sts:AssumeRole"
    assert trust["ServiceRole4288B192"][0]["Condition"] == {
        "StringEquals": {"aws:SourceAccount": "123456789012"},
        "ArnLike": {"aws:SourceArn": "arn:aws:amplify:us-east-1:123456789012:apps/*/branches/*"},
    }
    assert len(stack.of_type("AWS::IAM::Policy")) == len(roles) == 2
    for role in roles.values():
        assert "ManagedPolicyArns" not in role["Properties"]


def test_the_log_is_kept_as_long_as_set_and_encrypted(production_with: Callable[..., Any]) -> None:
    log = production_with(logs={"retentionDays": 30})["production/Hosting"].only("AWS::Logs::LogGroup")
    assert log["LogGroupName"] == {"Fn::Join": ["", ["/aws/amplify/", APP_ID]]}
    assert log["RetentionInDays"] == 30
    assert log["LogGroupClass"] == "STANDARD"
    assert "Fn::GetStackOutput" in log["KmsKeyId"]
