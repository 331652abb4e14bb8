"""Moving a slot's git branch to a commit, with GitHub's refs API.

Source: docs.github.com, REST API, Git references.
"""

import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from clerk_deploy.errors import UnreachableError, UnusableInputError
from clerk_deploy.http import Answer, Http

API = "https://api.github.com"
EXPIRES = "github-authentication-token-expiration"
"""Header with a fine-grained token's last moment."""
COMMIT = re.compile(r"^[0-9a-f]{40}$")


@dataclass(frozen=True, kw_only=True)
class Repository:
    """A repository on GitHub.

    Args:
        http: urllib3's pool manager, with time limits.
        owner: Owner of the repository.
        name: Its name.
        token: A token that may write contents, or what reads it when it is needed: a rollback must not
            depend on it. It is sent in a header only.
    """

    http: Http
    owner: str
    name: str
    token: str | Callable[[], str]

    def __repr__(self) -> str:
        """Without the token."""
        return f"Repository({self.owner}/{self.name})"

    def resolve(self, commit: str) -> str:
        """The full id of a commit, branch or tag.

        Raises:
            UnusableInputError: The repository has no such commit.
        """
        answer = self._ask("GET", f"commits/{commit}")
        if answer.status in (404, 422):
            raise UnusableInputError(
                f"{self.owner}/{self.name} has no commit {commit}.",
                next_step="push it first, or name one that `git log` of the repository shows",
            )
        return str(self._json(answer, "GET", f"commits/{commit}")["sha"])

    def token_expires(self) -> str:
        """When the token ends, as GitHub writes it; empty for one that does not end.

        Raises:
            UnusableInputError: GitHub refuses the token.
            UnreachableError: GitHub did not answer as documented.
        """
        answer = self._ask("GET", "git/matching-refs/heads/slot-")
        self._json(answer, "GET", "git/matching-refs/heads/slot-")
        headers = {name.lower(): value for name, value in getattr(answer, "headers", {}).items()}
        return str(headers.get(EXPIRES, ""))

    def point_branch(self, branch: str, commit: str) -> None:
        """Make a branch point at a commit, creating it if need be, and read it back.

        Args:
            branch: Branch name.
            commit: Full commit id.

        Raises:
            UnusableInputError: No such commit, or the token may not write.
            UnreachableError: GitHub did not answer as documented, or the branch did not move.
        """
        if not COMMIT.match(commit):
            raise UnusableInputError(
                f"{commit} is no full commit id.", next_step="give the 40 characters of `git rev-parse`"
            )
        body = {"sha": commit, "force": True}
        answer = self._ask("PATCH", f"git/refs/heads/{branch}", body)
        if answer.status == 404 or (answer.status == 422 and b"Reference does not exist" in answer.data):
            answer = self._ask("POST", "git/refs", {"ref": f"refs/heads/{branch}", "sha": commit})
        if answer.status == 422:
            raise UnusableInputError(
                f"{self.owner}/{self.name} has no commit {commit}.",
                next_step="push the commit to the repository first",
            )
        self._json(answer, "PATCH", f"git/refs/heads/{branch}")
        found = self.branch_commit(branch)
        if found != commit:
            raise UnreachableError(
                f"{branch} of {self.owner}/{self.name} points at {found}, not at {commit}.",
                next_step="somebody else moves the slots' branches: find out who, then try again",
            )

    def delete_branch(self, branch: str) -> None:
        """Delete a branch; one that is not there is deleted already."""
        answer = self._ask("DELETE", f"git/refs/heads/{branch}")
        if answer.status == 404 or (answer.status == 422 and b"Reference does not exist" in answer.data):
            return
        self._require_ok(answer, "DELETE", f"git/refs/heads/{branch}")

    def branch_commit(self, branch: str) -> str | None:
        """The commit that a branch points at, or None when there is no such branch."""
        answer = self._ask("GET", f"git/ref/heads/{branch}")
        if answer.status == 404:
            return None
        return str(self._json(answer, "GET", f"git/ref/heads/{branch}")["object"]["sha"])

    def _ask(self, method: str, path: str, body: dict[str, Any] | None = None) -> Answer:
        token = self.token if isinstance(self.token, str) else self.token()
        headers = {
            "Authorization": f"Bearer {token}",
            "Accept": "application/vnd.github+json",
            "X-GitHub-Api-Version": "2022-11-28",
            "User-Agent": "clerk-deploy",
        }
        options: dict[str, Any] = {"headers": headers}
        if body is not None:
            options["body"] = json.dumps(body).encode()
        try:
            return self.http.request(method, f"{API}/repos/{self.owner}/{self.name}/{path}", **options)
        except Exception as error:  # urllib3's errors; their text may repeat the request's headers
            raise UnreachableError(
                f"GitHub did not answer {method} {path}: {type(error).__name__}",
                next_step="look at githubstatus.com; a rollback to a held release needs no GitHub",
            ) from None

    def _json(self, answer: Answer, method: str, path: str) -> Any:
        self._require_ok(answer, method, path)
        return json.loads(answer.data)

    def _require_ok(self, answer: Answer, method: str, path: str) -> None:
        if answer.status in (401, 403):
            raise UnusableInputError(
                f"GitHub refuses the token for {self.owner}/{self.name}: {answer.status} on {method} {path}.",
                next_step="store one that may write contents: clerk-deploy repository connect",
            )
        if not 200 <= answer.status < 300:
            raise UnreachableError(
                f"GitHub answered {answer.status} to {method} {path}.",
                next_step="try again; githubstatus.com says whether GitHub is in trouble",
            )
