"""One environment on Vercel: `pulumi up` declares the project; `clerk-deploy release` makes a commit live."""

from pathlib import Path

import pulumi
from pulumi.runtime.config import CONFIG
from vercel_environment import declare

from clerk_deploy.errors import DeployError
from clerk_deploy.vercel.inputs import Inputs, read_inputs


def inputs() -> Inputs:
    """The stack's configuration, cdk.json and the contract's values.

    Raises:
        pulumi.RunError: With every mistake; nothing is changed.
    """
    try:
        return read_inputs(config=dict(CONFIG.get()), stack=pulumi.get_stack(), folder=Path(__file__).parent)
    except DeployError as error:
        raise pulumi.RunError(str(error)) from None


declare(inputs())
