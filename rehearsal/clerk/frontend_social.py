"""Social sign-in at the Frontend API: out to the provider, and back."""

import secrets
from urllib.parse import urlencode, urlsplit, urlunsplit

from starlette.responses import RedirectResponse, Response

from rehearsal.clerk import shapes
from rehearsal.clerk.browser import CLIENT_COOKIE, with_cookies
from rehearsal.clerk.errors import ClerkError, not_found, parameter_missing
from rehearsal.clerk.frontend_call import Call, answer, own_client, require_current
from rehearsal.clerk.instance import Instance
from rehearsal.clerk.keys import new_id
from rehearsal.clerk.models import (
    ExternalAccount,
    OAuthAttempt,
    ProviderAccount,
    SignIn,
    User,
)
from rehearsal.clerk.social import PROVIDERS
from rehearsal.clerk.tokens import client_of_token, client_token

NONCE_SECONDS = 60


def begin(call: Call, *, provider: str, redirect_url: str, complete_url: str = "") -> Response:
    """Starts a social sign-in.

    Args:
        call: The request.
        provider: google, facebook or github.
        redirect_url: Where the browser comes back to.
        complete_url: Where it comes back to when nothing more is to be done; the same when empty.

    Raises:
        ClerkError: Unknown or disabled provider, or no usable redirect URL.
    """
    instance = call.instance
    if provider not in PROVIDERS:
        raise ClerkError(400, "oauth_unsupported_provider", f"{provider} OAuth is not supported.")
    if provider not in instance.behaviour.social:
        title = PROVIDERS[provider].title
        message = f"Single-sign on with {title} OAuth provider is not enabled in the instance settings."
        raise ClerkError(400, "oauth_provider_not_enabled", message)
    if not redirect_url:
        raise parameter_missing("redirect_url")
    if not urlsplit(redirect_url).scheme or not urlsplit(redirect_url).netloc:
        long = "The provided redirect url is not in a valid format"
        raise ClerkError(
            422, "invalid_redirect_url", "Redirect url invalid", long, meta={"param_name": "redirect_url"}
        )
    client = own_client(call)
    state = secrets.token_urlsafe(32)
    attempt = SignIn(
        id=new_id("sia"),
        client_id=client.id,
        status="needs_identifier",
        created_at=instance.now_ms(),
        strategy=f"oauth_{provider}",
        oauth=OAuthAttempt(
            provider=provider,
            state=state,
            redirect_url=redirect_url,
            complete_url=complete_url,
            authorize_url=call.clerk.providers.authorize_url(
                provider=provider,
                instance_id=instance.id,
                redirect_uri=f"{instance.issuer}/v1/oauth_callback",
                state=state,
            ),
        ),
    )
    instance.sign_ins[attempt.id] = attempt
    client.sign_in_id = attempt.id
    return answer(call, client, shapes.sign_in(attempt))


async def callback(call: Call) -> Response:
    """GET /v1/oauth_callback: the provider sends the browser here, which sends it on to the application."""
    query = call.request.query_params
    attempt, oauth = _attempt_of(call.instance, query.get("state", ""))
    if query.get("error"):
        title = PROVIDERS[oauth.provider].title
        _fail(oauth, "oauth_access_denied", f"You did not grant access to your {title} account")
        return _back(call, oauth, {"__clerk_status": "failed", "__clerk_error_code": "oauth_access_denied"})
    account = call.clerk.providers.exchange(query.get("code", ""))
    if account is None or account.provider != oauth.provider:
        raise ClerkError(400, "oauth_token_exchange_error", "Token exchange error")
    oauth.account = account
    user = _owner(call.instance, account)
    if user is None:
        oauth.status = "transferable"
        oauth.error_code = "external_account_not_found"
        oauth.error_message = "The External Account was not found."
        return _back(call, oauth, {})
    if user.banned or user.locked:
        _fail(oauth, "user_banned" if user.banned else "user_locked", "Account locked")
        return _back(call, oauth, {"__clerk_status": "failed", "__clerk_error_code": str(oauth.error_code)})
    oauth.status = "verified"
    session = call.instance.add_session(call.instance.clients[attempt.client_id], user=user)
    attempt.status, attempt.session_id, attempt.identifier = "complete", session.id, user.email
    return _back(call, oauth, {"created_session_id": session.id})


def _attempt_of(instance: Instance, state: str) -> tuple[SignIn, OAuthAttempt]:
    """The attempt that a state names; a state is good once."""
    for attempt in instance.sign_ins.values():
        oauth = attempt.oauth
        if oauth and oauth.status == "unverified" and state and secrets.compare_digest(oauth.state, state):
            return attempt, oauth
    raise ClerkError(
        400, "oauth_callback_invalid", "Invalid OAuth callback", "invalid form for oauth_callback"
    )


def _fail(oauth: OAuthAttempt, code: str, message: str) -> None:
    oauth.status, oauth.error_code, oauth.error_message = "failed", code, message


def _owner(instance: Instance, account: ProviderAccount) -> User | None:
    """The user that an account is linked with, or whose verified address it has: then it is linked."""
    for user in instance.users.values():
        if any(
            one.provider == account.provider and one.provider_user_id == account.id
            for one in user.external_accounts
        ):
            return user
    user_by_email = instance.user_by_email(account.email)
    if user_by_email:
        link(instance, user_by_email, account)
    return user_by_email


def link(instance: Instance, user: User, account: ProviderAccount) -> None:
    """Links a user with an account at a provider."""
    user.external_accounts.append(
        ExternalAccount(
            id=new_id("eac"),
            provider=account.provider,
            provider_user_id=account.id,
            email=account.email,
            created_at=instance.now_ms(),
        )
    )


def _back(call: Call, oauth: OAuthAttempt, query: dict[str, str]) -> Response:
    """Back to the application. The nonce goes only to URLs on the allow-list."""
    done = oauth.status == "verified" and oauth.complete_url
    target = urlsplit(oauth.complete_url if done else oauth.redirect_url)
    if urlunsplit(target._replace(query="", fragment="")) in {
        one.url for one in call.instance.redirect_urls.values()
    }:
        oauth.nonce = secrets.token_urlsafe(24)
        oauth.nonce_expires_at = call.instance.clock() + NONCE_SECONDS
        query = {**query, "rotating_token_nonce": oauth.nonce}
    joined = "&".join(part for part in (target.query, urlencode(query)) if part)
    response = RedirectResponse(urlunsplit(target._replace(query=joined)), 303)
    client, _ = client_of_token(call.instance, call.request.cookies.get(CLIENT_COOKIE, ""))
    if client and client.sign_in_id and call.instance.sign_ins[client.sign_in_id].oauth is oauth:
        # the browser that began it: its client's token has changed with the sign-in
        response.headers["authorization"] = client_token(call.instance, client)
        return with_cookies(call.instance, response)
    return response


async def get_sign_in(call: Call) -> Response:
    """GET /v1/client/sign_ins/{id}: with the nonce an outdated client token is accepted, once."""
    id_ = call.request.path_params["id"]
    attempt = call.instance.sign_ins.get(id_)
    if call.client is None or attempt is None or attempt.client_id != call.client.id:
        raise not_found("sign in", id_)
    if not _redeem(call, attempt):
        require_current(call)
    return answer(call, call.client, shapes.sign_in(attempt))


def _redeem(call: Call, attempt: SignIn) -> bool:
    given = call.request.query_params.get("rotating_token_nonce")
    oauth = attempt.oauth
    if not given or oauth is None or oauth.nonce is None or oauth.nonce_expires_at <= call.instance.clock():
        return False
    if not secrets.compare_digest(oauth.nonce, given):
        return False
    oauth.nonce = None
    return True
