"""What the Delivery stack tells its functions, in one variable."""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any, Self

from clerk_deploy.errors import UnusableInputError
from clerk_deploy.names import Names
from clerk_deploy.release.rules import Rules

VARIABLE = "CLERK_DEPLOY_RELEASE"


@dataclass(frozen=True, kw_only=True)
class Deployed:
    """An environment as its functions see it. No secret is among it.

    Args:
        application: The application's name.
        environment: The environment's name.
        app_id: The Amplify app.
        store_arn: The edge's KeyValueStore.
        table: The ledger's table.
        machine_arn: The state machine.
        topic_arn: Whom outcomes are told.
        domains: The site's host names, the apex first.
        repository: OWNER/NAME on GitHub.
        branch: The branch that releases come from.
        rules: The settings of releases.
        verification: The settings' `verification`, as JSON has it; None asks for health alone.
        production: The Clerk instance must be a production instance.
        fallback: The ref with Clerk's own components; empty: there is none.
    """

    application: str
    environment: str
    app_id: str
    store_arn: str
    table: str
    machine_arn: str
    topic_arn: str
    domains: tuple[str, ...]
    repository: str
    branch: str
    rules: Rules = field(default_factory=Rules)
    verification: Mapping[str, Any] | None = field(default=None)
    production: bool = True
    fallback: str = ""

    @property
    def names(self) -> Names:
        """Names of what the environment owns."""
        return Names(application=self.application, environment=self.environment)

    def to_json(self) -> str:
        """The variable's value; texts that CloudFormation fills in may stand in it."""
        values = asdict(self)
        if not self.fallback:
            del values["fallback"]
        return json.dumps(values, separators=(",", ":"))

    @classmethod
    def read(cls, environ: Mapping[str, str]) -> Self:
        """What a function was told.

        Raises:
            UnusableInputError: It was told nothing usable.
        """
        try:
            values = json.loads(environ[VARIABLE])
            rules = Rules.read(values.pop("rules"))
            return cls(**{**values, "rules": rules, "domains": tuple(values["domains"])})
        except (KeyError, ValueError, TypeError):
            raise UnusableInputError(
                f"{VARIABLE} says nothing usable.", next_step="deploy the Delivery stack again"
            ) from None
