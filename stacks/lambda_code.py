"""What Lambda functions are made of: this library and pure Python of the virtual environment."""

import shutil
from collections.abc import Sequence
from importlib.util import find_spec
from pathlib import Path
from tempfile import TemporaryDirectory

from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_s3_assets as s3_assets
from constructs import Construct

import clerk_deploy
from clerk_deploy.errors import UnusableInputError

LIBRARY = Path(clerk_deploy.__file__).parent
NOT_NEEDED = ("__pycache__", "*.pyc", "cli", "settings")
"""The command line and the settings, which need pydantic: a function is told what it needs by its stack."""


class FunctionCode(s3_assets.Asset):
    """The code of functions: clerk_deploy and some packages beside it.

    Args:
        scope: Where to put the asset.
        construct_id: The construct's id.
        packages: Names of pure Python packages. boto3 comes with Lambda.

    Raises:
        UnusableInputError: A package is not installed.
    """

    def __init__(self, scope: Construct, construct_id: str, *, packages: Sequence[str]) -> None:
        with TemporaryDirectory() as folder:
            assemble(Path(folder), packages=packages)
            # staged while the construct is made, so the folder may go
            super().__init__(scope, construct_id, path=folder)

    @property
    def location(self) -> lambda_.CfnFunction.CodeProperty:
        """As a function takes it."""
        return lambda_.CfnFunction.CodeProperty(s3_bucket=self.s3_bucket_name, s3_key=self.s3_object_key)


def assemble(folder: Path, *, packages: Sequence[str]) -> None:
    """Put a function's files into a folder.

    Args:
        folder: Where to.
        packages: Names of pure Python packages.

    Raises:
        UnusableInputError: A package is not installed.
    """
    sources = [LIBRARY, *(_package(name) for name in packages)]
    for source in sources:
        shutil.copytree(source, folder / source.name, ignore=shutil.ignore_patterns(*NOT_NEEDED))


def _package(name: str) -> Path:
    found = find_spec(name)
    if found is None or not found.submodule_search_locations:
        raise UnusableInputError(
            f"The package {name} is not installed, and a Lambda function needs it.",
            next_step="bin/test or bin/rehearse install the locked requirements.txt into .venv",
        )
    return Path(found.submodule_search_locations[0])
