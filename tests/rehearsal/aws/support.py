"""What the tests of the embedded AWS share."""

import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import boto3

from rehearsal.aws.config import Config

TINY = Path(__file__).parents[3] / "rehearsal" / "tiny"
ACCOUNT = "123456789012"
REPOSITORY = "https://github.com/your-org/yourapp"


@dataclass(frozen=True)
class Aws:
    config: Config
    repository: Path

    def client(self, service: str, **credentials: str) -> Any:
        credentials = credentials or {
            "aws_access_key_id": ACCOUNT,
            "aws_secret_access_key": "rehearsal",
        }
        return boto3.client(
            service, region_name="us-east-1", endpoint_url=self.config.endpoint, **credentials
        )


def git(folder: Path, *words: str) -> str:
    identity = ["-c", "user.name=Rehearsal", "-c", "user.email=rehearsal@yourapp.com"]
    done = subprocess.run(["git", *identity, *words], cwd=folder, check=True, capture_output=True, text=True)
    return done.stdout.strip()


def commit(folder: Path, message: str) -> str:
    git(folder, "add", "--all")
    git(folder, "commit", "--quiet", "--allow-empty", "--message", message)
    return git(folder, "rev-parse", "HEAD")
