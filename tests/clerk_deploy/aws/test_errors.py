from collections.abc import Callable

import pytest
from botocore import exceptions as boto
from botocore.exceptions import ClientError

from clerk_deploy.aws.errors import aws_errors
from clerk_deploy.errors import CheckFailedError, DeployError, Exit


def answer(code: str, message: str = "hunter2hunter2") -> Callable[[], Exception]:
    return lambda: ClientError(
        {
            "Error": {"Code": code, "Message": message},
            "ResponseMetadata": {"RequestId": "r-1", "HTTPStatusCode": 400},
        },
        "PutSecretValue",
    )


CASES: dict[str, tuple[Callable[[], Exception], Exit, str, str]] = {
    "denied": (
        answer(
            "AccessDeniedException", "User: x is not authorized to perform: secretsmanager:PutSecretValue"
        ),
        Exit.REFUSED,
        "secretsmanager:PutSecretValue",
        "--profile",
    ),
    "expired": (answer("ExpiredTokenException"), Exit.COULD_NOT_FIND_OUT, "ExpiredToken", "aws sso login"),
    "unknown key": (answer("UnrecognizedClientException"), Exit.COULD_NOT_FIND_OUT, "credentials", "sign in"),
    "clock off": (answer("InvalidSignatureException"), Exit.COULD_NOT_FIND_OUT, "credentials", "sign in"),
    "throttled": (answer("ThrottlingException"), Exit.COULD_NOT_FIND_OUT, "slow down", "wait a minute"),
    "deleted": (
        answer("InvalidRequestException", "the secret was marked for deletion"),
        Exit.REFUSED,
        "marked for deletion",
        "restore-secret",
    ),
    "key disabled": (answer("DecryptionFailure"), Exit.REFUSED, "KMS key", "enabled"),
    "other": (answer("InternalServiceError"), Exit.COULD_NOT_FIND_OUT, "request r-1", "CloudTrail"),
    "no credentials": (boto.NoCredentialsError, Exit.COULD_NOT_FIND_OUT, "no usable", "--profile"),
    "sign-in expired": (
        lambda: boto.UnauthorizedSSOTokenError(),
        Exit.COULD_NOT_FIND_OUT,
        "no usable",
        "aws sso login",
    ),
    "no such profile": (
        lambda: boto.ProfileNotFound(profile="x"),
        Exit.USAGE,
        "(x)",
        "aws configure list-profiles",
    ),
    "bad region": (lambda: boto.InvalidRegionError(region_name="?"), Exit.USAGE, "configuration", "--region"),
    "no network": (
        lambda: boto.EndpointConnectionError(endpoint_url="https://x"),
        Exit.COULD_NOT_FIND_OUT,
        "did not answer",
        "HTTPS_PROXY",
    ),
    "slow": (
        lambda: boto.ReadTimeoutError(endpoint_url="https://x"),
        Exit.COULD_NOT_FIND_OUT,
        "did not answer",
        "network",
    ),
    "bad endpoint": (
        lambda: ValueError("Invalid endpoint: x"),
        Exit.USAGE,
        "AWS_ENDPOINT_URL",
        "AWS_ENDPOINT_URL",
    ),
}


@pytest.mark.parametrize(("make", "code", "words", "step"), CASES.values(), ids=CASES.keys())
def test_error_says_what_was_done_what_happened_and_what_to_do(
    make: Callable[[], Exception], code: Exit, words: str, step: str
) -> None:
    with pytest.raises(DeployError) as caught, aws_errors("Writing the secret"):
        raise make()

    assert caught.value.exit_code is code
    assert words in caught.value.message
    assert step in caught.value.next_step
    assert "hunter2" not in str(caught.value)
    assert caught.value.__suppress_context__


@pytest.mark.parametrize("code", ["ResourceNotFoundException", "ParameterNotFound"])
def test_what_is_missing_raises_the_callers_own_error(code: str) -> None:
    missing = CheckFailedError("There is none.", next_step="make one")

    with pytest.raises(CheckFailedError, match="There is none"), aws_errors("Reading it", missing=missing):
        raise answer(code)()


def test_a_mistake_of_ours_is_not_hidden() -> None:
    with pytest.raises(KeyError), aws_errors("Reading it"):
        raise KeyError("x")
