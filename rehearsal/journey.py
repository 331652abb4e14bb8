"""What a user does, over HTTPS at the production address: the proof that a release works."""

import secrets
from dataclasses import dataclass
from typing import Any

import httpx


class JourneyError(Exception):
    """A step of the journey did not end as it should; the message has the answer's status, never a token."""


@dataclass(frozen=True, kw_only=True)
class Journey:
    """A new user's first visit.

    Args:
        client: Reaches the site by its production names.
        site: https://DOMAIN.
    """

    client: httpx.Client
    site: str

    def run(self) -> list[str]:
        """Sign up, sign in, refresh, read me, sign out, and be refused afterwards.

        Returns:
            What was proven, a line each.

        Raises:
            JourneyError: The first step that went otherwise.
        """
        account = {
            "email": f"user-{secrets.token_hex(4)}@example.com",
            "password": secrets.token_urlsafe(18),
        }
        self._post("signup", account, expected=200)
        tokens = self._post("signin", account, expected=200)
        self._post("signin", {**account, "password": "wrong-Passw0rd!"}, expected=401)
        refreshed = self._post("refresh", {"refreshToken": tokens["refreshToken"]}, expected=200)
        me = self._me(refreshed["accessToken"], expected=200)
        self._me(None, expected=401)
        self._post("signout", {"refreshToken": refreshed["refreshToken"]}, expected=200)
        self._post("refresh", {"refreshToken": refreshed["refreshToken"]}, expected=401)
        return [
            "a user signed up and signed in; a wrong password was refused",
            f"the token was refreshed; /api/auth/me answered with tenant {me['tenant']['slug']}",
            "the user signed out; the refresh token is worth nothing any more",
        ]

    def _post(self, route: str, body: dict[str, str], *, expected: int) -> dict[str, Any]:
        answer = self.client.post(f"{self.site}/api/auth/{route}", json=body)
        return self._checked(answer, f"POST /api/auth/{route}", expected)

    def _me(self, token: str | None, *, expected: int) -> dict[str, Any]:
        headers = {"authorization": f"Bearer {token}"} if token else {}
        answer = self.client.get(f"{self.site}/api/auth/me", headers=headers)
        return self._checked(answer, "GET /api/auth/me", expected)

    def _checked(self, answer: httpx.Response, what: str, expected: int) -> dict[str, Any]:
        if answer.status_code != expected:
            code = answer.text[:200] if answer.status_code >= 400 else "a success that should not be"
            raise JourneyError(f"{what} answered {answer.status_code}, not {expected}: {code}")
        document: dict[str, Any] = answer.json()
        return document
