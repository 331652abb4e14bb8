"""Names of what an environment owns, in one place, so that stacks, CLI and Lambdas agree."""

from dataclasses import dataclass

SLOTS = ("slot-a", "slot-b", "slot-c")
"""The three places for releases: one live, one previous, one free for the next candidate."""

FALLBACK_CHECK = "fallback-check"
"""Where the fallback is built on a schedule, and never made live."""

STORE_KEY = "state"
"""The one key of the edge's KeyValueStore."""


@dataclass(frozen=True, kw_only=True)
class Names:
    """Names of one environment's resources.

    Args:
        application: The settings' application name.
        environment: The environment's name.
    """

    application: str
    environment: str

    @property
    def prefix(self) -> str:
        """`application-environment`, for resources that forbid slashes."""
        return f"{self.application}-{self.environment}"

    def branch(self, slot: str) -> str:
        """The Amplify branch of a slot, and the git branch that a release points at its commit.

        Every environment of a repository has its own: Amplify builds what the branch points at when the job
        begins, whoever moved it last.
        """
        return f"{self.prefix}-{slot}"

    @property
    def variables_secret(self) -> str:
        """Secrets Manager: public and plain variables, one JSON key each."""
        return f"{self.application}/{self.environment}/variables"

    @property
    def secrets_secret(self) -> str:
        """Secrets Manager: the server's secrets by publishable key, and the edge's tokens."""
        return f"{self.application}/{self.environment}/secrets"

    @property
    def repository_secret(self) -> str:
        """Secrets Manager: the GitHub token, JSON key `token`."""
        return f"{self.application}/{self.environment}/repository"

    @property
    def smoke_secret(self) -> str:
        """Secrets Manager: the users that the live verification signs in with."""
        return f"{self.application}/{self.environment}/smoke"

    def monitor_secret(self, vendor: str) -> str:
        """Secrets Manager: the key that Datadog or New Relic takes metrics with, JSON key `api_key`."""
        return f"{self.application}/{self.environment}/{vendor}"

    @property
    def revision_parameter(self) -> str:
        """SSM: the pushed revision (a Secrets Manager version id), written by `push` alone."""
        return f"/{self.application}/{self.environment}/revision"

    @property
    def metric_namespace(self) -> str:
        """CloudWatch: the metrics made of log lines, verification and releases."""
        return f"{self.application}/{self.environment}"

    @property
    def containers_log_group(self) -> str:
        """CloudWatch Logs: what containers ship with Docker's awslogs driver."""
        return f"/{self.application}/{self.environment}/containers"

    @property
    def export_log_group(self) -> str:
        """CloudWatch Logs: what Firehose could not deliver to Datadog or New Relic, and why."""
        return f"/aws/kinesisfirehose/{self.prefix}-export"

    @property
    def ledger(self) -> str:
        """DynamoDB: the table of releases, and the lock."""
        return f"{self.prefix}-ledger"

    @property
    def release_machine(self) -> str:
        """Step Functions: the state machine of releases and rollbacks."""
        return f"{self.prefix}-release"

    @property
    def pipeline(self) -> str:
        """CodePipeline: what releases each commit of the environment's branch."""
        return f"{self.prefix}-release"

    def alarm(self, key: str) -> str:
        """CloudWatch's name of an alarm, such as `yourapp-production-sign-in-success`."""
        return f"{self.prefix}-{key}"

    def release_alarm(self, slot: str) -> str:
        """The composite alarm by which the release in a slot is judged."""
        return self.alarm(f"release-{slot}")

    def stack(self, kind: str) -> str:
        """CloudFormation's name of a stack, such as `yourapp-production-Hosting`."""
        return f"{self.prefix}-{kind}"
