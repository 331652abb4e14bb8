"""Where pushed values live: versioned secrets and the parameter that names the revision."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, Protocol

from clerk_deploy.aws.errors import aws_errors
from clerk_deploy.errors import CheckFailedError, DeployError, RefusedError
from clerk_deploy.names import Names
from clerk_deploy.secret_value import SecretValue

NOTHING_PUSHED: Final = "none"
"""The revision parameter's value until the first push."""

CURRENT: Final = "AWSCURRENT"
PREVIOUS: Final = "AWSPREVIOUS"


class SecretsClient(Protocol):
    """What is used of boto3's `secretsmanager` client."""

    def list_secret_version_ids(self, **arguments: Any) -> Any:
        """ListSecretVersionIds."""

    def get_secret_value(self, **arguments: Any) -> Any:
        """GetSecretValue."""

    def put_secret_value(self, **arguments: Any) -> Any:
        """PutSecretValue."""

    def update_secret_version_stage(self, **arguments: Any) -> Any:
        """UpdateSecretVersionStage."""


class ParametersClient(Protocol):
    """What is used of boto3's `ssm` client."""

    def get_parameter(self, **arguments: Any) -> Any:
        """GetParameter."""

    def put_parameter(self, **arguments: Any) -> Any:
        """PutParameter."""


@dataclass(frozen=True, kw_only=True)
class Version:
    """One version of a secret.

    Args:
        id: Version id.
        labels: Staging labels.
        created: When it was written.
    """

    id: str
    labels: tuple[str, ...]
    created: datetime


@dataclass(frozen=True, kw_only=True)
class Versions:
    """The versions of a secret, the oldest first."""

    items: tuple[Version, ...]

    @property
    def current(self) -> str | None:
        """Id of the version that readers get; None before the first write."""
        return self._labelled(CURRENT)

    @property
    def previous(self) -> str | None:
        """Id of the version that the current one replaced."""
        return self._labelled(PREVIOUS)

    def _labelled(self, label: str) -> str | None:
        return next((version.id for version in self.items if label in version.labels), None)


@dataclass(frozen=True, kw_only=True)
class VersionedSecret:
    """One secret of an environment.

    Args:
        client: Secrets Manager.
        name: The secret's name.
        names: The environment's names.
    """

    client: SecretsClient
    name: str
    names: Names

    def versions(self) -> Versions:
        """All versions that have a label.

        Raises:
            DeployError: The secret does not exist, or AWS did not tell.
        """
        found: list[Version] = []
        page: dict[str, Any] = {}
        while True:
            with aws_errors(f"Listing the versions of {self.name}", missing=not_deployed(self.names)):
                answer = self.client.list_secret_version_ids(SecretId=self.name, MaxResults=100, **page)
            found += [
                Version(
                    id=item["VersionId"],
                    labels=tuple(item.get("VersionStages", ())),
                    created=item["CreatedDate"],
                )
                for item in answer.get("Versions", ())
            ]
            if not answer.get("NextToken"):
                return Versions(items=tuple(sorted(found, key=lambda version: version.created)))
            page = {"NextToken": answer["NextToken"]}

    def read(self, version: str) -> str:
        """The text of one version.

        Args:
            version: Version id.

        Raises:
            DeployError: AWS keeps no such version, it is no text, or AWS did not tell.
        """
        gone = CheckFailedError(
            f"{self.name} has no version {version}.",
            next_step="push the environment's file again: clerk-deploy environment push FILE",
        )
        with aws_errors(f"Reading {self.name}", missing=gone):
            answer = self.client.get_secret_value(SecretId=self.name, VersionId=version)
        text = answer.get("SecretString")
        if not isinstance(text, str):
            raise CheckFailedError(f"{self.name} holds no text.", next_step=gone.next_step)
        return text

    def write(self, text: str, *, version: str) -> None:
        """Write a version, which becomes the current one.

        Args:
            text: The new text.
            version: The new version's id, 32 to 64 characters.
        """
        with aws_errors(f"Writing {self.name}", missing=not_deployed(self.names)):
            self.client.put_secret_value(SecretId=self.name, SecretString=text, ClientRequestToken=version)

    def replace(self, text: str, *, version: str) -> bool:
        """Write a version, unless the current one says the same.

        Args:
            text: The new text.
            version: The new version's id, 32 to 64 characters.

        Returns:
            Whether it was written.
        """
        current = self.versions().current
        if current is not None and SecretValue(self.read(current)) == SecretValue(text):
            return False
        self.write(text, version=version)
        return True

    def label(self, version: str, label: str) -> None:
        """Attach a label, so that AWS keeps the version."""
        with aws_errors(f"Labelling a version of {self.name}", missing=not_deployed(self.names)):
            self.client.update_secret_version_stage(
                SecretId=self.name, VersionStage=label, MoveToVersionId=version
            )

    def unlabel(self, version: str, label: str) -> None:
        """Take a label away; AWS may then delete the version."""
        with aws_errors(f"Taking a label from {self.name}", missing=not_deployed(self.names)):
            self.client.update_secret_version_stage(
                SecretId=self.name, VersionStage=label, RemoveFromVersionId=version
            )


@dataclass(frozen=True, kw_only=True)
class Pointer:
    """What the revision parameter says.

    Args:
        revision: The pushed revision; None before the first push.
        number: The parameter's own version: one more with each write.
    """

    revision: str | None
    number: int


@dataclass(frozen=True, kw_only=True)
class RevisionPointer:
    """The parameter that names the pushed revision; the Hosting stack reads it.

    Args:
        client: SSM.
        names: The environment's names.
    """

    client: ParametersClient
    names: Names

    def read(self) -> Pointer:
        """What it says.

        Raises:
            DeployError: It does not exist, or AWS did not tell.
        """
        name = self.names.revision_parameter
        with aws_errors(f"Reading {name}", missing=not_deployed(self.names)):
            parameter = self.client.get_parameter(Name=name)["Parameter"]
        value = parameter["Value"]
        return Pointer(revision=None if value == NOTHING_PUSHED else value, number=parameter["Version"])

    def write(self, revision: str) -> int:
        """Make a revision the pushed one.

        Returns:
            The parameter's new version.
        """
        name = self.names.revision_parameter
        with aws_errors(f"Writing {name}", missing=not_deployed(self.names)):
            answer = self.client.put_parameter(Name=name, Value=revision, Type="String", Overwrite=True)
        return int(answer["Version"])


@dataclass(frozen=True, kw_only=True)
class Store:
    """All that one environment keeps in AWS.

    Args:
        names: The environment's names.
        secrets_client: Secrets Manager.
        parameters_client: SSM.
    """

    names: Names
    secrets_client: SecretsClient
    parameters_client: ParametersClient

    @property
    def variables(self) -> VersionedSecret:
        """The secret of the public and plain variables; its version ids are the revisions."""
        return self._secret(self.names.variables_secret)

    @property
    def secrets(self) -> VersionedSecret:
        """The secret of the secrets document."""
        return self._secret(self.names.secrets_secret)

    @property
    def repository(self) -> VersionedSecret:
        """The secret of the GitHub token."""
        return self._secret(self.names.repository_secret)

    def monitor(self, vendor: str) -> VersionedSecret:
        """The secret of Datadog's or New Relic's key."""
        return self._secret(self.names.monitor_secret(vendor))

    @property
    def pointer(self) -> RevisionPointer:
        """The parameter that names the revision."""
        return RevisionPointer(client=self.parameters_client, names=self.names)

    def visible(self, revision: str) -> dict[str, str]:
        """The public and plain variables of a revision.

        Raises:
            DeployError: AWS keeps no such revision, or it is none that `push` wrote.
        """
        text = self.variables.read(revision)
        try:
            document = json.loads(text)
            return {str(name): str(value) for name, value in document.items()}
        except (ValueError, AttributeError):
            raise CheckFailedError(
                f"Revision {revision} of {self.names.variables_secret} was not written by `push`.",
                next_step="push the environment's file again: clerk-deploy environment push FILE",
            ) from None

    def _secret(self, name: str) -> VersionedSecret:
        return VersionedSecret(client=self.secrets_client, name=name, names=self.names)


def visible_text(values: Mapping[str, str]) -> str:
    """The stored text of the public and plain variables."""
    return json.dumps(dict(values), ensure_ascii=False, separators=(",", ":"))


def not_deployed(names: Names) -> DeployError:
    """The environment has no place for values yet."""
    return RefusedError(
        f"{names.environment} has no secrets in AWS yet.",
        next_step=f"deploy the Configuration stack first: cdk deploy '{names.environment}/Configuration'",
    )
