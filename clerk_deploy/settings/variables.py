"""Settings about the application's own variables."""

from typing import Annotated, Self

from pydantic import Field, field_validator, model_validator

from clerk_deploy.environment.contract import GUIDE
from clerk_deploy.environment.names import SET_BY_DEPLOYMENT, SET_BY_HOST, is_secret_under_public_name
from clerk_deploy.environment.variable import NeededAt
from clerk_deploy.settings.model import Model, misfit, shaped

VariableName = Annotated[
    str,
    shaped(
        r"[A-Z][A-Z0-9_]{0,127}",
        "capital letters, digits and _, beginning with a letter, such as SENTRY_DSN",
    ),
]

TAKEN = frozenset(name for variable in GUIDE for name in (variable.name, *variable.handed_on_as))


class ExtraVariable(Model):
    """A variable of the application's own, beside those of the guide."""

    name: VariableName = Field(description="Variable name.")
    secret: bool = Field(default=False, description="Kept in the secrets; never in a build or a template.")
    needed_at: NeededAt = Field(
        default=NeededAt.RUN, description="When it must be there. NEXT_PUBLIC_ variables are always `build`."
    )
    required: bool = Field(default=False, description="Refuse a file that lacks it.")
    help: str = Field(default="", description="Shown when it is missing.")

    @field_validator("name")
    @classmethod
    def _is_free(cls, value: str) -> str:
        if value in TAKEN:
            raise misfit("the contract has this variable already", next_step="remove the declaration")
        if value.startswith(("AWS", *SET_BY_DEPLOYMENT)) or value in SET_BY_HOST:
            raise misfit(
                "this name belongs to AWS, the host or the deployment itself", next_step="choose another name"
            )
        if is_secret_under_public_name(value):
            raise misfit(
                "this name promises a secret, and every NEXT_PUBLIC_ value is built into the pages",
                next_step="name it without NEXT_PUBLIC_ and set `secret`, or choose another name",
            )
        return value

    @model_validator(mode="after")
    def _is_where_it_works(self) -> Self:
        public = self.name.startswith("NEXT_PUBLIC_")
        if self.secret and public:
            raise misfit(
                "a secret cannot be NEXT_PUBLIC_: those are built into the pages",
                at="secret",
                next_step="name it without NEXT_PUBLIC_, or remove `secret`",
            )
        if self.secret and self.needed_at is NeededAt.BUILD:
            raise misfit("a secret is never given to a build: it must be `run`", at="neededAt")
        if public and "needed_at" in self.model_fields_set and self.needed_at is NeededAt.RUN:
            raise misfit("NEXT_PUBLIC_ values are built in; it must be `build`", at="neededAt")
        return self
