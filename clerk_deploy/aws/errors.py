"""AWS's errors as errors that a person can act on."""

from collections.abc import Iterator
from contextlib import contextmanager

from botocore import exceptions as boto
from botocore.exceptions import BotoCoreError, ClientError

from clerk_deploy.errors import DeployError, RefusedError, UnreachableError, UnusableInputError

DENIED = frozenset({"AccessDenied", "AccessDeniedException", "UnauthorizedOperation", "NotAuthorized"})
BAD_CREDENTIALS = frozenset(
    {
        "ExpiredToken",
        "ExpiredTokenException",
        "InvalidClientTokenId",
        "InvalidSignatureException",
        "RequestExpired",
        "SignatureDoesNotMatch",
        "UnrecognizedClientException",
    }
)
THROTTLED = frozenset(
    {
        "RequestLimitExceeded",
        "Throttling",
        "ThrottlingException",
        "ThrottledException",
        "TooManyRequestsException",
        "TooManyUpdates",
    }
)
MISSING = frozenset({"ParameterNotFound", "ResourceNotFoundException"})

SIGN_IN = "sign in (`aws sso login`, or new keys), name the profile with --profile, then run it again"

_NO_CREDENTIALS = (
    boto.CredentialRetrievalError,
    boto.LoginError,
    boto.MetadataRetrievalError,
    boto.NoAuthTokenError,
    boto.NoCredentialsError,
    boto.PartialCredentialsError,
    boto.RefreshWithMFAUnsupportedError,
    boto.SSOError,
    boto.TokenRetrievalError,
)
_BAD_CONFIGURATION = (
    boto.ConfigNotFound,
    boto.ConfigParseError,
    boto.InvalidConfigError,
    boto.InvalidRegionError,
    boto.NoRegionError,
    boto.UnknownRegionError,
)


@contextmanager
def aws_errors(doing: str, *, missing: DeployError | None = None) -> Iterator[None]:
    """Turn AWS's errors of one call into ours. No request's content is ever in them.

    Args:
        doing: What the call does, such as `reading the revision`.
        missing: The error to raise when the thing asked for does not exist.

    Raises:
        DeployError: What AWS's error means and what to do now.
    """
    try:
        yield
    except ClientError as error:
        if missing is not None and code_of(error) in MISSING:
            raise missing from None
        raise _of_answer(error, doing) from None
    except boto.ParamValidationError:
        raise  # ours to correct; and its text holds the request
    except BotoCoreError as error:
        raise _of_client(error, doing) from None
    except ValueError as error:
        if "endpoint" not in str(error):
            raise
        raise UnusableInputError(
            f"{doing}: AWS_ENDPOINT_URL is no address.", next_step="correct or unset AWS_ENDPOINT_URL"
        ) from None


def code_of(error: ClientError) -> str:
    """AWS's code of an error."""
    return str(error.response.get("Error", {}).get("Code", "unknown"))


def _of_answer(error: ClientError, doing: str) -> DeployError:
    code = code_of(error)
    message = str(error.response.get("Error", {}).get("Message", ""))
    if code in DENIED:
        return RefusedError(
            f"{doing}: AWS denied it. {message}".rstrip(),
            next_step="ask for that permission, or name a profile that has it with --profile",
        )
    if code in BAD_CREDENTIALS:
        return UnreachableError(f"{doing}: AWS does not accept the credentials ({code}).", next_step=SIGN_IN)
    if code in THROTTLED:
        return UnreachableError(
            f"{doing}: AWS asked to slow down ({code}), also after waiting.",
            next_step="wait a minute and run it again; what was done is kept",
        )
    if code == "InvalidRequestException" and "deletion" in message:
        return RefusedError(
            f"{doing}: the secret is marked for deletion.",
            next_step="restore it (`aws secretsmanager restore-secret`), then run it again",
        )
    request = error.response.get("ResponseMetadata", {}).get("RequestId", "unknown")
    status = error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0)
    if code in ("DecryptionFailure", "EncryptionFailure") or code.startswith("KMS"):
        return RefusedError(
            f"{doing}: the environment's KMS key could not be used ({code}).",
            next_step="see whether the key is enabled and you may use it; the Configuration stack owns it",
        )
    return UnreachableError(
        f"{doing}: AWS answered {code} (HTTP {status}, request {request}).",
        next_step="run it again; if it stays, look the request up in CloudTrail",
    )


def _of_client(error: BotoCoreError, doing: str) -> DeployError:
    if isinstance(error, _NO_CREDENTIALS):
        return UnreachableError(f"{doing}: there are no usable AWS credentials.", next_step=SIGN_IN)
    if isinstance(error, boto.ProfileNotFound):
        return UnusableInputError(
            f"{error}.", next_step="`aws configure list-profiles` lists them; name one with --profile"
        )
    if isinstance(error, _BAD_CONFIGURATION):
        return UnusableInputError(
            f"{doing}: AWS's configuration cannot be used ({type(error).__name__}).",
            next_step="correct ~/.aws/config, or the --profile and --region given",
        )
    if isinstance(error, boto.MissingDependencyException):
        return UnusableInputError(
            f"{doing}: the package awscrt is missing.", next_step="install the locked requirements.txt"
        )
    return UnreachableError(
        f"{doing}: AWS did not answer ({type(error).__name__}).",
        next_step="check the network, HTTPS_PROXY and AWS_ENDPOINT_URL, then run it again",
    )
