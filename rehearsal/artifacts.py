"""No secret of the run may be in anything that a deployment leaves behind."""

import base64
import subprocess
from collections.abc import Iterator

from clerk_deploy.errors import CheckFailedError
from rehearsal.stage import Stage


def search_artifacts(stage: Stage) -> int:
    """Search templates, the repository's history, builds, deployments and logs.

    Returns:
        How many files were searched.

    Raises:
        CheckFailedError: A secret was found; the message names the file, not the secret.
    """
    needles = [needle for secret in stage.example.secrets for needle in _forms(secret)]
    count = 0
    for name, content in _contents(stage):
        count += 1
        if any(needle in content for needle in needles):
            raise CheckFailedError(
                f"A secret of the run is in {name}.", next_step="find out who wrote it there"
            )
    return count


def _contents(stage: Stage) -> Iterator[tuple[str, bytes]]:
    aws = stage.aws.folder
    searched = [stage.folder / "cdk.out", stage.folder / "commands.log"]
    searched += [aws / name for name in ("build-logs", "builds", "deployments", "aws.log")]
    for path in searched:
        for file in [path] if path.is_file() else sorted(path.rglob("*")):
            # Packages from npm were not made here; the token of the clone is in no file of .git.
            if (
                file.is_file()
                and not file.is_symlink()
                and "node_modules" not in file.relative_to(path).parts
            ):
                yield str(file), file.read_bytes()
    history = subprocess.run(
        ["git", "-C", str(stage.repository), "log", "--all", "--patch", "--binary"],
        capture_output=True,
        check=True,
    )
    yield "the repository's history", history.stdout


def _forms(secret: str) -> Iterator[bytes]:
    """A secret in clear, and in base64 at each of its three alignments."""
    yield secret.encode()
    for offset in range(3):
        encoded = base64.b64encode(b"\0" * offset + secret.encode())
        # The first and last characters depend on the neighbours.
        yield encoded[4:-4] if offset else encoded[:-4]
