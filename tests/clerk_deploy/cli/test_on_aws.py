"""The commands against the embedded AWS."""

import json
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import pytest

from clerk_deploy.errors import Exit

if TYPE_CHECKING:
    from conftest import Desk
else:
    Desk = Any

SECRET = "sk_live_c0ffeec0ffeec0ffeec0ffee"
Deploy = Callable[[str], None]
Aws = Callable[[str], Any]


def test_push_show_and_diff_agree(desk: Desk, deploy: Deploy, aws: Aws) -> None:
    deploy("Configuration")
    file = desk.write()

    pushed = desk.run("environment", "push", file)
    shown = desk.run("environment", "show")
    same = desk.run("environment", "diff", file)

    assert (pushed.exit_code, shown.exit_code, same.exit_code) == (0, 0, 0), pushed.output
    revision = aws("ssm").get_parameter(Name=desk.names.revision_parameter)["Parameter"]["Value"]
    assert f"Pushed revision {revision}" in pushed.output
    assert "cdk deploy 'production/*'" in pushed.output
    assert revision in shown.output
    assert "tenant_production_001" in shown.output
    assert "********" in shown.output
    assert "is what is pushed" in same.output
    assert SECRET not in pushed.output + shown.output + same.output


def test_what_is_pushed_is_what_templates_and_servers_read(desk: Desk, deploy: Deploy, aws: Aws) -> None:
    deploy("Configuration")
    desk.run("environment", "push", desk.write())

    revision = aws("ssm").get_parameter(Name=desk.names.revision_parameter)["Parameter"]["Value"]
    secrets = aws("secretsmanager")
    variables = secrets.get_secret_value(SecretId=desk.names.variables_secret, VersionId=revision)
    document = json.loads(secrets.get_secret_value(SecretId=desk.names.secrets_secret)["SecretString"])

    assert json.loads(variables["SecretString"])["NEXT_PUBLIC_GOOGLE_CLIENT_ID"] == ""
    assert f"revision-{revision[:8]}" in variables["VersionStages"]
    (entry,) = document["instances"].values()
    assert entry == {"CLERK_SECRET_KEY": SECRET}
    assert all(len(token) == 32 for tokens in document["tokens"].values() for token in tokens)


def test_second_push_is_nothing_to_do(desk: Desk, deploy: Deploy) -> None:
    deploy("Configuration")
    file = desk.write()
    desk.run("environment", "push", file)

    again = desk.run("environment", "push", file)

    assert (again.exit_code, again.output.startswith("Nothing to do")) == (0, True)


def test_dry_run_changes_nothing(desk: Desk, deploy: Deploy, aws: Aws) -> None:
    deploy("Configuration")

    tried = desk.run("environment", "push", desk.write(), "--dry-run")

    assert tried.exit_code == 0
    assert "only in file (secret)" in tried.output
    assert "Nothing was changed." in tried.output
    assert aws("ssm").get_parameter(Name=desk.names.revision_parameter)["Parameter"]["Value"] == "none"


def test_change_of_secrets_alone_says_that_the_revision_stays(desk: Desk, deploy: Deploy) -> None:
    deploy("Configuration")
    desk.run("environment", "push", desk.write())

    changed = desk.run("environment", "push", desk.write(CLERK_SECRET_KEY="sk_live_f00df00df00d"))

    assert "the revision stays" in changed.output
    assert "f00df00d" not in changed.output


def test_diff_names_what_differs_and_exits_1(desk: Desk, deploy: Deploy) -> None:
    deploy("Configuration")
    desk.run("environment", "push", desk.write(NEXT_PUBLIC_FACEBOOK_APP_ID="1234567890"))

    changed = desk.write(NEXT_PUBLIC_TENANT_ID="other_tenant", CLERK_SECRET_KEY="sk_live_f00df00df00d")
    answer = desk.run("environment", "diff", changed, "--json")

    assert answer.exit_code == Exit.CHECKED_AND_BAD
    assert json.loads(answer.stdout)["differences"] == [
        {"name": "CLERK_SECRET_KEY", "difference": "differs", "secret": True},
        {"name": "NEXT_PUBLIC_TENANT_ID", "difference": "differs", "secret": False},
        {"name": "NEXT_PUBLIC_FACEBOOK_APP_ID", "difference": "only deployed", "secret": False},
    ]
    assert "other_tenant" not in answer.output


def test_show_as_json_stars_secrets(desk: Desk, deploy: Deploy) -> None:
    deploy("Configuration")
    desk.run("environment", "push", desk.write())

    shown = json.loads(desk.run("environment", "show", "--json").stdout)

    rows = {row["name"]: row for row in shown["variables"]}
    assert rows["CLERK_SECRET_KEY"] == {
        "name": "CLERK_SECRET_KEY",
        "kind": "secret",
        "value": "********",
        "source": desk.names.secrets_secret,
    }
    assert rows["NEXT_PUBLIC_TENANT_ID"]["value"] == "tenant_production_001"
    assert rows["CLERK_JWT_KEY"]["value"] is None


def test_show_before_the_first_push_says_what_to_do(desk: Desk, deploy: Deploy) -> None:
    deploy("Configuration")

    shown = desk.run("environment", "show")

    assert shown.exit_code == Exit.CHECKED_AND_BAD
    assert "environment push FILE -e production" in shown.stderr


def test_what_is_pushed_is_checked_against_the_contract_of_today(desk: Desk, deploy: Deploy) -> None:
    deploy("Configuration")
    desk.run("environment", "push", desk.write())
    right = desk.run("environment", "check")
    settings = json.loads((desk.folder / "cdk.json").read_text())
    settings["context"]["environments"]["production"]["variables"] = [{"name": "MAIL_HOST", "required": True}]
    desk.settings(settings)

    wrong = desk.run("environment", "check")

    assert (right.exit_code, wrong.exit_code) == (Exit.OK, Exit.CHECKED_AND_BAD)
    assert "the pushed revision" in wrong.stderr
    assert "MAIL_HOST" in wrong.stderr
    assert SECRET not in right.output + wrong.output


def test_push_before_configuration_says_what_to_deploy(desk: Desk, aws: Aws) -> None:
    answer = desk.run("environment", "push", desk.write())

    assert answer.exit_code == Exit.REFUSED
    assert "cdk deploy 'production/Configuration'" in answer.stderr


def test_push_of_a_bad_file_reaches_no_aws(desk: Desk) -> None:
    answer = desk.run("environment", "push", desk.write(NEXT_PUBLIC_TENANT_ID=None))

    assert answer.exit_code == Exit.CHECKED_AND_BAD
    assert "NEXT_PUBLIC_TENANT_ID" in answer.stderr


def test_other_account_is_refused_before_anything_is_written(
    desk: Desk, deploy: Deploy, aws: Aws, monkeypatch: pytest.MonkeyPatch
) -> None:
    deploy("Configuration")
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "999999999999")

    answer = desk.run("environment", "push", desk.write())

    assert answer.exit_code == Exit.REFUSED
    assert "account 999999999999; this environment lives in 123456789012" in answer.stderr
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "123456789012")
    assert aws("ssm").get_parameter(Name=desk.names.revision_parameter)["Parameter"]["Value"] == "none"


def test_prune_drops_the_secrets_of_an_instance_that_nothing_uses(
    desk: Desk, deploy: Deploy, aws: Aws
) -> None:
    deploy("Configuration")
    desk.run("environment", "push", desk.write())
    secrets = aws("secretsmanager")
    document = json.loads(secrets.get_secret_value(SecretId=desk.names.secrets_secret)["SecretString"])
    document["instances"]["pk_live_unused"] = {"CLERK_SECRET_KEY": "sk_live_unusedunused"}
    secrets.put_secret_value(SecretId=desk.names.secrets_secret, SecretString=json.dumps(document))

    kept = desk.run("environment", "push", desk.write())
    pruned = desk.run("environment", "push", desk.write(), "--prune")

    assert "Nothing to do" in kept.output
    assert "Dropped the secrets of pk_live_unused." in pruned.output
    after = json.loads(secrets.get_secret_value(SecretId=desk.names.secrets_secret)["SecretString"])
    assert len(after["instances"]) == 1


def test_tokens_are_rotated_and_none_is_shown(desk: Desk, deploy: Deploy, aws: Aws) -> None:
    deploy("Configuration")
    desk.run("environment", "push", desk.write())
    secrets = aws("secretsmanager")
    before = json.loads(secrets.get_secret_value(SecretId=desk.names.secrets_secret)["SecretString"])[
        "tokens"
    ]

    answer = desk.run("environment", "rotate-tokens")

    after = json.loads(secrets.get_secret_value(SecretId=desk.names.secrets_secret)["SecretString"])["tokens"]
    assert answer.exit_code == 0
    assert "next: " in answer.output
    assert [tokens[1] for tokens in after.values()] == [tokens[0] for tokens in before.values()]
    assert not any(token in answer.output for tokens in after.values() for token in tokens)


TOKEN = "github_pat_" + "a1B2" * 8


def test_repository_token_is_read_from_standard_input_and_not_repeated(
    desk: Desk, deploy: Deploy, aws: Aws
) -> None:
    deploy("Configuration")

    first = desk.run("repository", "connect", typed=f"{TOKEN}\n")
    again = desk.run("repository", "connect", typed=TOKEN)

    stored = aws("secretsmanager").get_secret_value(SecretId=desk.names.repository_secret)["SecretString"]
    assert json.loads(stored) == {"token": TOKEN}
    assert "cdk deploy 'production/Hosting'" in first.output
    assert "Nothing to do" in again.output
    assert TOKEN not in first.output + again.output


def test_status_leads_from_nothing_to_the_first_release(desk: Desk, deploy: Deploy) -> None:
    def next_step() -> str:
        answer = desk.run("status", "--json")
        assert answer.exit_code == 0, answer.output
        return str(json.loads(answer.stdout)["environments"][0]["next_step"])

    steps = [next_step()]
    deploy("Configuration")
    steps.append(next_step())
    desk.run("repository", "connect", typed=TOKEN)
    steps.append(next_step())
    desk.run("environment", "push", desk.write())
    steps.append(next_step())
    deploy("Hosting")
    steps.append(next_step())

    assert steps == [
        "cdk deploy 'production/Configuration'",
        "clerk-deploy repository connect -e production",
        "clerk-deploy environment push FILE -e production",
        "cdk deploy 'production/*'",
        "cdk deploy 'production/*'",
    ]


def test_status_tells_what_is_pushed_and_deployed(desk: Desk, deploy: Deploy) -> None:
    deploy("Configuration")
    desk.run("environment", "push", desk.write())
    deploy("Hosting")
    desk.run("environment", "push", desk.write(NEXT_PUBLIC_TENANT_ID="other"))

    answer = json.loads(desk.run("status", "--json").stdout)["environments"][0]

    assert answer["deployed_revision"] and answer["pushed_revision"]
    assert answer["deployed_revision"] != answer["pushed_revision"]
    assert answer["stacks"]["Hosting"]["outputs"] == {"DeployedRevision": answer["deployed_revision"]}
    assert answer["stacks"]["Edge"] is None
    assert "not deployed" in desk.run("status").output
