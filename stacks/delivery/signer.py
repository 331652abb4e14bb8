"""awscrt as a layer: it signs for the edge's store (SigV4A), and is the one compiled thing here."""

import platform
import shutil
import sys
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path
from tempfile import TemporaryDirectory

from aws_cdk import aws_lambda as lambda_
from constructs import Construct

from clerk_deploy.errors import UnusableInputError

PARTS = ("awscrt", "_awscrt.abi3.so")
WHEEL = Path(__file__).parents[2] / ".venv" / "lambda"
"""Where a machine that is no Linux unpacks the wheel for Linux."""


class Signer(lambda_.LayerVersion):
    """Layer with the installed awscrt. Nothing is fetched when it is made.

    Args:
        scope: The stack.
        construct_id: The construct's id.

    Raises:
        UnusableInputError: There is no awscrt for Linux.
    """

    def __init__(self, scope: Construct, construct_id: str) -> None:
        source = signer_folder()
        with TemporaryDirectory() as folder:
            python = Path(folder) / "python"
            shutil.copytree(
                source / PARTS[0], python / PARTS[0], ignore=shutil.ignore_patterns("__pycache__")
            )
            shutil.copyfile(source / PARTS[1], python / PARTS[1])
            # staged while the construct is made, so the folder may go
            super().__init__(
                scope,
                construct_id,
                code=lambda_.Code.from_asset(folder),
                compatible_architectures=[architecture()],
                description="awscrt, which signs requests to the edge's store",
            )


def architecture() -> lambda_.Architecture:
    """The processor that the wheel is made for."""
    is_arm = not (WHEEL / PARTS[0]).is_dir() and platform.machine() == "aarch64"
    return lambda_.Architecture.ARM_64 if is_arm else lambda_.Architecture.X86_64


def signer_folder() -> Path:
    """The folder that holds awscrt for Linux.

    Raises:
        UnusableInputError: This machine is no Linux, and nobody unpacked the wheel.
    """
    if (WHEEL / PARTS[0]).is_dir():
        return WHEEL
    found = find_spec("awscrt")
    if sys.platform != "linux" or found is None or found.origin is None:
        wanted = f"awscrt=={version('awscrt')}" if found else "awscrt"
        raise UnusableInputError(
            "The release functions need awscrt for Linux, and this machine has it for another system.",
            next_step=f"pip install --target {WHEEL} --no-deps --only-binary :all: "
            f"--platform manylinux2014_x86_64 {wanted}",
        )
    return Path(found.origin).parents[1]
