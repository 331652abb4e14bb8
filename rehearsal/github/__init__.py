"""GitHub on loopback, over local bare repositories. See README.md beside this file."""

from rehearsal.github.api import create_api
from rehearsal.github.app import create_app
from rehearsal.github.repository import commit_change, head_of, make_repository
from rehearsal.github.smart_http import create_git
from rehearsal.github.state import Faults, GitHub, Token

__all__ = [
    "Faults",
    "GitHub",
    "Token",
    "commit_change",
    "create_api",
    "create_app",
    "create_git",
    "head_of",
    "make_repository",
]
