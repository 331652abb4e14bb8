"""Settings of an environment on Vercel: where its project is."""

from typing import Annotated

from pydantic import Field

from clerk_deploy.settings.model import Model, shaped

TeamId = Annotated[
    str, shaped(r"team_[A-Za-z0-9]{8,64}", "a team's id, such as team_a1b2c3d4e5f6 (Team Settings, General)")
]
ProjectName = Annotated[
    str,
    shaped(
        r"(?!.*---)[a-z0-9][a-z0-9._-]{0,99}",
        "a project's name: up to 100 lower-case letters, digits, dots, dashes and underscores",
    ),
]


class VercelSettings(Model):
    """The project on Vercel; of use with host `vercel` alone."""

    team: TeamId | None = Field(default=None, description="Team id; none: the token's own account.")
    project: ProjectName | None = Field(
        default=None, description="The project's name; none: APPLICATION-ENVIRONMENT."
    )
