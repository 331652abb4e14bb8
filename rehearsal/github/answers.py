"""GitHub's answers: the shapes of its REST API's resources and errors."""

import base64
from typing import Any

from starlette.responses import JSONResponse

API = "https://api.github.com"
DOCUMENTATION = "https://docs.github.com/rest"


class GitHubError(Exception):
    """An error answer.

    Args:
        status: HTTP status.
        message: GitHub's message.
        page: The documentation's page, below docs.github.com/rest.
        headers: Further headers.
    """

    def __init__(
        self, status: int, message: str, *, page: str = "", headers: dict[str, str] | None = None
    ) -> None:
        super().__init__(message)
        self.status = status
        self.message = message
        self.page = page
        self.headers = headers or {}

    def answer(self) -> JSONResponse:
        """The answer of GitHub's shape."""
        link = f"{DOCUMENTATION}/{self.page}" if self.page else DOCUMENTATION
        body = {"message": self.message, "documentation_url": link, "status": str(self.status)}
        return JSONResponse(body, self.status, headers=self.headers)


def node_id(kind: str, name: str) -> str:
    """An opaque id, of which GitHub promises nothing but that it names one thing."""
    return f"{kind}_" + base64.urlsafe_b64encode(name.encode()).decode().rstrip("=")


def repository(full_name: str, *, default_branch: str, write: bool) -> dict[str, Any]:
    """A repository."""
    owner, name = full_name.split("/")
    return {
        "id": 1,
        "node_id": node_id("R", full_name),
        "name": name,
        "full_name": full_name,
        "private": True,
        "visibility": "private",
        "owner": {"login": owner, "id": 1, "type": "Organization", "url": f"{API}/users/{owner}"},
        "html_url": f"https://github.com/{full_name}",
        "description": None,
        "fork": False,
        "archived": False,
        "disabled": False,
        "url": f"{API}/repos/{full_name}",
        "clone_url": f"https://github.com/{full_name}.git",
        "default_branch": default_branch,
        "permissions": {"admin": False, "maintain": False, "push": write, "triage": False, "pull": True},
    }


def reference(full_name: str, *, ref: str, sha: str) -> dict[str, Any]:
    """A reference to a commit."""
    return {
        "ref": ref,
        "node_id": node_id("REF", f"{full_name}:{ref}"),
        "url": f"{API}/repos/{full_name}/git/{ref}",
        "object": {"sha": sha, "type": "commit", "url": f"{API}/repos/{full_name}/git/commits/{sha}"},
    }


def commit(full_name: str, details: dict[str, str]) -> dict[str, Any]:
    """A commit.

    Args:
        full_name: The repository.
        details: sha, tree, parents (separated by blanks), name, email, date, message.
    """
    sha, base = details["sha"], f"{API}/repos/{full_name}"
    person = {"name": details["name"], "email": details["email"], "date": details["date"]}
    return {
        "sha": sha,
        "node_id": node_id("C", sha),
        "url": f"{base}/commits/{sha}",
        "html_url": f"https://github.com/{full_name}/commit/{sha}",
        "commit": {
            "author": person,
            "committer": person,
            "message": details["message"],
            "tree": {"sha": details["tree"], "url": f"{base}/git/trees/{details['tree']}"},
            "url": f"{base}/git/commits/{sha}",
            "comment_count": 0,
        },
        "author": None,
        "committer": None,
        "parents": [
            {
                "sha": parent,
                "url": f"{base}/commits/{parent}",
                "html_url": f"https://github.com/{full_name}/commit/{parent}",
            }
            for parent in details["parents"].split()
        ],
    }


def branch(full_name: str, *, name: str, details: dict[str, str]) -> dict[str, Any]:
    """A branch with its latest commit."""
    base = f"{API}/repos/{full_name}"
    return {
        "name": name,
        "commit": commit(full_name, details),
        "_links": {
            "self": f"{base}/branches/{name}",
            "html": f"https://github.com/{full_name}/tree/{name}",
        },
        "protected": False,
        "protection": {"enabled": False},
        "protection_url": f"{base}/branches/{name}/protection",
    }
