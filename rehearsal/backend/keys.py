"""The issuer's keys, fetched when needed and kept for minutes."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import httpx
from joserfc.errors import JoseError
from joserfc.jwk import RSAKey

from rehearsal.limits import Clock

Fetch = Callable[[str], Awaitable[Mapping[str, Any]]]
"""Fetches a JSON document by its address."""

KEEP_SECONDS = 300
RETRY_SECONDS = 10
"""Unknown key ids are asked for no more often than that, or strangers could make us flood the issuer."""


class KeysUnavailableError(Exception):
    """The issuer did not answer and nothing is kept."""


def fetch_with(http: httpx.AsyncClient) -> Fetch:
    """A fetch over HTTP.

    Args:
        http: The client, with its time limits.
    """

    async def fetch(url: str) -> Mapping[str, Any]:
        answer = await http.get(url)
        answer.raise_for_status()
        body = answer.json()
        if not isinstance(body, dict):
            raise ValueError(f"{url} is no JSON object")
        return body

    return fetch


@dataclass(kw_only=True)
class KeySet:
    """The issuer's key set.

    Args:
        url: Address of the JSON Web Key Set.
        fetch: Fetches it.
        clock: Seconds since the epoch.
    """

    url: str
    fetch: Fetch
    clock: Clock
    _keys: dict[str, RSAKey] = field(default_factory=dict, repr=False)
    _fetched_at: float | None = None
    _tried_at: float | None = None

    async def key(self, kid: str) -> RSAKey | None:
        """The key with an id; None when the issuer has none such.

        Args:
            kid: The id in a token's header.

        Raises:
            KeysUnavailableError: The issuer did not answer and nothing is kept.
        """
        now = self.clock()
        fresh = self._fetched_at is not None and now - self._fetched_at < KEEP_SECONDS
        waited = self._tried_at is None or now - self._tried_at >= RETRY_SECONDS
        if (not fresh or kid not in self._keys) and (waited or not self._keys):
            await self._refresh(now)
        return self._keys.get(kid)

    async def _refresh(self, now: float) -> None:
        self._tried_at = now
        try:
            rows = (await self.fetch(self.url))["keys"]
            keys = {str(row["kid"]): RSAKey.import_key(row) for row in rows if row.get("kty") == "RSA"}
        except (httpx.HTTPError, OSError, KeyError, TypeError, ValueError, JoseError) as error:
            if not self._keys:
                raise KeysUnavailableError(f"{self.url}: {type(error).__name__}") from None
            return
        self._keys, self._fetched_at = keys, now
