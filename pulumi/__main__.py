"""Container hosting of one environment: `pulumi up` builds the image and runs it behind a TLS edge."""

from pathlib import Path

import pulumi
from deployment import declare
from pulumi.runtime.config import CONFIG

from clerk_deploy.containers.inputs import Inputs, read_inputs
from clerk_deploy.errors import DeployError


def inputs() -> Inputs:
    """The stack's configuration, cdk.json and the contract's values.

    Raises:
        pulumi.RunError: With every mistake; nothing is changed.
    """
    try:
        return read_inputs(config=dict(CONFIG.get()), stack=pulumi.get_stack(), folder=Path(__file__).parent)
    except DeployError as error:
        raise pulumi.RunError(str(error)) from None


declare(inputs(), config=pulumi.Config())
