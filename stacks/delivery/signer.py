"""awscrt as a layer: it signs for the edge's store (SigV4A), and is the one compiled thing here."""

import os
import platform
import sys
import zipfile
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path

from aws_cdk import aws_lambda as lambda_
from constructs import Construct

from clerk_deploy.errors import UnusableInputError

COMPILED = "_awscrt.abi3.so"
CACHE = Path(sys.prefix) / "lambda"
"""Beside the installed packages: the layer is packed once an installation, not with every synth."""
UNPACKED = CACHE / "linux"
"""Where a machine that is no Linux unpacks the wheel for Linux."""
EPOCH = (1980, 1, 1, 0, 0, 0)
"""The same bytes on every machine, whenever it was installed."""


class Signer(lambda_.LayerVersion):
    """Layer with the installed awscrt. Nothing is fetched when it is made.

    Args:
        scope: The stack.
        construct_id: The construct's id.

    Raises:
        UnusableInputError: There is no awscrt for Linux.
    """

    def __init__(self, scope: Construct, construct_id: str) -> None:
        super().__init__(
            scope,
            construct_id,
            code=lambda_.Code.from_asset(str(packed())),
            compatible_architectures=[architecture()],
            description="awscrt, which signs requests to the edge's store",
        )


def architecture() -> lambda_.Architecture:
    """The processor that the wheel is made for."""
    is_arm = not UNPACKED.is_dir() and platform.machine() == "aarch64"
    return lambda_.Architecture.ARM_64 if is_arm else lambda_.Architecture.X86_64


def packed() -> Path:
    """The layer's file, made by the first who needs it.

    Raises:
        UnusableInputError: This machine is no Linux, and nobody unpacked the wheel.
    """
    source = _source()
    target = CACHE / f"awscrt-{version('awscrt')}.zip"
    if target.is_file():
        return target
    CACHE.mkdir(parents=True, exist_ok=True)
    unfinished = target.with_suffix(f".{os.getpid()}")
    with zipfile.ZipFile(unfinished, "w", zipfile.ZIP_DEFLATED) as archive:
        for file in (source / COMPILED, *sorted((source / "awscrt").rglob("*.py"))):
            entry = zipfile.ZipInfo(f"python/{file.relative_to(source).as_posix()}", date_time=EPOCH)
            entry.external_attr = 0o644 << 16
            archive.writestr(entry, file.read_bytes(), compress_type=zipfile.ZIP_DEFLATED)
    return unfinished.replace(target)


def _source() -> Path:
    if UNPACKED.is_dir():
        return UNPACKED
    found = find_spec("awscrt")
    if sys.platform != "linux" or found is None or found.origin is None:
        wanted = f"awscrt=={version('awscrt')}" if found else "awscrt"
        raise UnusableInputError(
            "The release functions need awscrt for Linux, and this machine has it for another system.",
            next_step=f"pip install --target {UNPACKED} --no-deps --only-binary :all: "
            f"--platform manylinux2014_x86_64 {wanted}",
        )
    return Path(found.origin).parents[1]
