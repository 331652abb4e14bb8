"""Google, Facebook and GitHub as Clerk sees them: authorize addresses, clients, codes, accounts."""

import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal
from urllib.parse import urlencode

from rehearsal.clerk.models import ProviderAccount


@dataclass(frozen=True, kw_only=True)
class Provider:
    """A provider's public addresses and words.

    Args:
        name: As in Clerk's strategy: oauth_NAME.
        title: As people write it.
        host: Host of the authorize page.
        path: Path of the authorize page, as Clerk links to it.
        scope: What Clerk asks for.
        extra: Further parameters.
    """

    name: str
    title: str
    host: str
    path: str
    scope: str
    extra: tuple[tuple[str, str], ...] = ()


PROVIDERS = {
    one.name: one
    for one in (
        Provider(
            name="google",
            title="Google",
            host="accounts.google.com",
            path="/o/oauth2/v2/auth",
            scope="openid email profile",
            extra=(("access_type", "offline"),),
        ),
        Provider(
            name="facebook",
            title="Facebook",
            host="www.facebook.com",
            path="/v19.0/dialog/oauth",
            scope="email public_profile",
        ),
        Provider(
            name="github",
            title="GitHub",
            host="github.com",
            path="/login/oauth/authorize",
            scope="user:email read:user",
        ),
    )
}


@dataclass(kw_only=True)
class Providers:
    """The providers' state.

    Args:
        consent: `immediate` sends the browser back at once; `page` asks with a button first.
        accounts: Who is signed in at each provider.
        redirect_uris: Registered redirect URIs by client id, as in the providers' consoles.
    """

    consent: Literal["immediate", "page"] = "immediate"
    accounts: dict[str, ProviderAccount] = field(default_factory=dict)
    redirect_uris: dict[str, set[str]] = field(default_factory=dict)
    client_ids: dict[tuple[str, str], str] = field(default_factory=dict)
    codes: dict[str, ProviderAccount] = field(default_factory=dict, repr=False)

    def register(self, *, redirect_uri: str, instance_id: str, client_ids: Mapping[str, str]) -> None:
        """Registers an instance's OAuth clients, one for each provider.

        Args:
            redirect_uri: The instance's callback.
            instance_id: The instance.
            client_ids: Client ids by provider; made up where absent.
        """
        for name in PROVIDERS:
            client_id = client_ids.get(name) or f"{name}-client-{instance_id[-8:].lower()}"
            self.client_ids[(name, instance_id)] = client_id
            self.redirect_uris[client_id] = {redirect_uri}

    def authorize_url(self, *, provider: str, instance_id: str, redirect_uri: str, state: str) -> str:
        """Where a browser begins to sign in.

        Args:
            provider: google, facebook or github.
            instance_id: The instance.
            redirect_uri: The instance's callback.
            state: Names the attempt.
        """
        one = PROVIDERS[provider]
        query = {
            "client_id": self.client_ids[(provider, instance_id)],
            "redirect_uri": redirect_uri,
            "response_type": "code",
            "scope": one.scope,
            "state": state,
            **dict(one.extra),
        }
        return f"https://{one.host}{one.path}?{urlencode(query)}"

    def account(self, provider: str) -> ProviderAccount:
        """Who is signed in at a provider; somebody of the provider's name when nobody was set."""
        return self.accounts.get(provider) or ProviderAccount(
            provider=provider, id=f"{provider}-1001", email=f"{provider}.user@example.com"
        )

    def new_code(self, provider: str) -> str:
        """A code for the signed-in account, good for one exchange."""
        code = secrets.token_urlsafe(24)
        self.codes[code] = self.account(provider)
        return code

    def exchange(self, code: str) -> ProviderAccount | None:
        """The account of a code; None when it was used or never given."""
        return self.codes.pop(code, None)
