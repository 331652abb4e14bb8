"""What git and Docker must not take in."""

from collections.abc import Iterator
from typing import Final

from clerk_deploy.application.repository import Repository, matches_ignore
from clerk_deploy.application.rule import Level, Mistake, rule

SECRET_FILES: Final = (".env", ".env.local", ".env.production", ".env.production.local")
"""Next reads all of these for a production build."""


@rule(
    id="ignores.git",
    title="git ignores every environment file",
    guide="Security Checklist > .env.local is in .gitignore",
    why="The checklist names .env.local alone, yet the live key stands in .env.production.",
    next_step="add `.env*` and `!.env.example` to .gitignore",
)
def git(repository: Repository) -> Iterator[Mistake]:
    """Environment files that a `git add .` would take in."""
    taken = [name for name in SECRET_FILES if not repository.ignores(name)]
    if taken:
        yield Mistake(file=".gitignore", found=f"it lets in {', '.join(taken)}")


@rule(
    id="ignores.build",
    title="git ignores what is built",
    guide="AWS Amplify Deployment > 2. Build Settings",
    level=Level.WARNING,
    why="A committed .next is served instead of a fresh one, and may hold values of another machine.",
    next_step="add `.next/` and `node_modules/` to .gitignore",
)
def build(repository: Repository) -> Iterator[Mistake]:
    """node_modules and .next are ignored, and not tracked."""
    taken = [name for name in (".next/BUILD_ID", "node_modules/x") if not repository.ignores(name)]
    if taken:
        yield Mistake(
            file=".gitignore", found=f"it lets in {', '.join(name.split('/')[0] for name in taken)}"
        )


@rule(
    id="ignores.docker",
    title="Docker is given no environment file",
    guide="Docker Deployment > 1. Dockerfile",
    why="`COPY . .` takes .env.production in, and Next copies it into its output: it ships in the image.",
    next_step="add a .dockerignore with .env*, .git, node_modules and .next",
)
def docker(repository: Repository) -> Iterator[Mistake]:
    """A .dockerignore that keeps environment files, git and node_modules out."""
    if not repository.has("Dockerfile"):
        return
    patterns = repository.text("Dockerfile.dockerignore") or repository.text(".dockerignore")
    if patterns is None:
        yield Mistake(file=".dockerignore", found="there is none")
        return
    wanted = (*SECRET_FILES, ".git/config", "node_modules/x")
    taken = [name for name in wanted if not matches_ignore(patterns, name)]
    if taken:
        yield Mistake(
            file=".dockerignore", found=f"it lets in {', '.join(name.split('/')[0] for name in taken)}"
        )
