from typing import Any

import pytest


@pytest.fixture
def stack(stacks: Any) -> Any:
    return stacks["production/Configuration"]


def test_the_revision_parameter_is_frozen_for_any_change_resets_it(stack: Any) -> None:
    assert stack.only("AWS::SSM::Parameter") == {
        "Name": "/yourapp/production/revision",
        "Type": "String",
        "Value": "none",
        "Description": "Secrets Manager version id of the pushed variables; written by clerk-deploy alone",
    }


def test_secrets_are_created_without_a_value_that_could_overwrite_a_pushed_one(stack: Any) -> None:
    secrets = stack.of_type("AWS::SecretsManager::Secret")
    assert {secret["Properties"]["Name"] for secret in secrets.values()} == {
        f"yourapp/production/{name}" for name in ("variables", "secrets", "repository", "smoke")
    }
    for secret in secrets.values():
        assert set(secret["Properties"]) == {"Name", "Description", "KmsKeyId", "Tags"}


def test_key_and_secrets_stay_when_the_stack_goes(stack: Any) -> None:
    kept = stack.of_type("AWS::SecretsManager::Secret") | stack.of_type("AWS::KMS::Key")
    assert len(kept) == 5
    for resource in kept.values():
        assert resource["DeletionPolicy"] == "RetainExceptOnCreate"
        assert resource["UpdateReplacePolicy"] == "Retain"


def test_the_key_is_rotated_and_serves_only_the_account_and_the_applications_logs(stack: Any) -> None:
    key = stack.only("AWS::KMS::Key")
    assert key["EnableKeyRotation"] is True
    account, logs = key["KeyPolicy"]["Statement"]
    assert account["Principal"] == {"AWS": "arn:aws:iam::123456789012:root"}
    assert logs["Principal"] == {"Service": "logs.us-east-1.amazonaws.com"}
    assert logs["Condition"] == {
        "ArnLike": {
            "kms:EncryptionContext:aws:logs:arn": (
                "arn:aws:logs:us-east-1:123456789012:log-group:/aws/amplify/*"
            )
        }
    }
