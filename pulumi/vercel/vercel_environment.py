"""The resources of one environment on Vercel. Deployments are no resources: releases make them."""

import pulumi
import pulumiverse_vercel as vercel

from clerk_deploy.secret_value import SecretValue
from clerk_deploy.vercel.inputs import Inputs

PRODUCTION = "production"


def declare(inputs: Inputs) -> None:
    """Declare the environment's resources.

    Args:
        inputs: What they are made from.
    """
    names, team = inputs.names, inputs.environment.vercel.team
    project = _project(inputs)
    vercel.ProjectEnvironmentVariables(
        f"{names.prefix}-variables",
        project_id=project.id,
        team_id=team,
        variables=[_variable(key, value, sensitive=False) for key, value in inputs.visible.items()],
    )
    # apart, so that a preview shows how the readable ones change
    vercel.ProjectEnvironmentVariables(
        f"{names.prefix}-secrets",
        project_id=project.id,
        team_id=team,
        variables=[_variable(key, _secret(value), sensitive=True) for key, value in inputs.secrets.items()],
    )
    for domain in inputs.environment.domains:
        vercel.ProjectDomain(domain, project_id=project.id, team_id=team, domain=domain)
    if inputs.bypass:
        vercel.ProjectProtectionBypass(
            f"{names.prefix}-verification",
            project_id=project.id,
            team_id=team,
            secret=_secret(inputs.bypass),
            note="clerk-deploy verifies candidates with it",
        )
    _log_drain(inputs, project)
    pulumi.export("project", project.name)
    pulumi.export("site", inputs.environment.url)
    pulumi.export("revision", inputs.revision)


def _project(inputs: Inputs) -> vercel.Project:
    environment, stack = inputs.environment, inputs.stack
    return vercel.Project(
        f"{inputs.names.prefix}-project",
        name=inputs.project,
        team_id=environment.vercel.team,
        framework="nextjs",
        git_repository=vercel.ProjectGitRepositoryArgs(
            type="github", repo=inputs.repository, production_branch=environment.branch
        ),
        root_directory=None if environment.root == "." else environment.root,
        node_version=stack.node_version,
        build_command=inputs.build_command,
        serverless_function_region=stack.region,
        # a build is a candidate until clerk-deploy has verified and promoted it
        auto_assign_custom_domains=False,
        automatically_expose_system_environment_variables=True,
        # variables are production's alone, so that a preview could not be built
        preview_deployments_disabled=True,
        vercel_authentication=vercel.ProjectVercelAuthenticationArgs(deployment_type=stack.protection),
        skew_protection=stack.skew_protection,
        opts=pulumi.ResourceOptions(protect=environment.termination_protection),
    )


def _variable(
    key: str, value: pulumi.Input[str], *, sensitive: bool
) -> vercel.ProjectEnvironmentVariablesVariableArgs:
    return vercel.ProjectEnvironmentVariablesVariableArgs(
        key=key, value=value, sensitive=sensitive, targets=[PRODUCTION]
    )


def _secret(value: SecretValue) -> pulumi.Output[str]:
    return pulumi.Output.secret(value.reveal())


def _log_drain(inputs: Inputs, project: vercel.Project) -> None:
    drain = inputs.stack.log_drain
    if drain is None:
        return
    vercel.LogDrain(
        f"{inputs.names.prefix}-lines",
        team_id=inputs.environment.vercel.team,
        endpoint=drain.endpoint,
        delivery_format=drain.format,
        environments=[PRODUCTION],
        sources=["build", "lambda", "edge", "static"],
        project_ids=[project.id],
        secret=_secret(inputs.log_drain_secret) if inputs.log_drain_secret else None,
    )
