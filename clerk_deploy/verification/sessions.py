"""Sign-ins, shared by all checks of a run: Clerk allows five in ten seconds from one address."""

from dataclasses import dataclass, field
from http.cookies import CookieError, SimpleCookie
from typing import Final

from clerk_deploy.verification import clerk_api, jwt
from clerk_deploy.verification.context import Context, PrerequisiteError, patient
from clerk_deploy.verification.http import Response
from clerk_deploy.verification.target import SmokeUser
from clerk_deploy.verification.which_app import is_client_side

SIGN_IN: Final = "/api/auth/signin"
REFRESH: Final = "/api/auth/refresh"
SIGN_OUT: Final = "/api/auth/signout"
SIGN_UP: Final = "/api/auth/signup"
ME: Final = "/api/auth/me"


@dataclass(frozen=True, kw_only=True)
class Session:
    """A sign-in's answer.

    Args:
        access: Access token.
        refresh: Refresh token; empty when it went into a cookie.
    """

    access: str = field(repr=False)
    refresh: str = field(repr=False)

    @property
    def token(self) -> jwt.Token:
        """The access token, taken apart.

        Raises:
            PrerequisiteError: It is no JWT.
        """
        try:
            return jwt.parse(self.access)
        except jwt.NoTokenError:
            raise PrerequisiteError("the access token of sign-in is no JWT") from None


def bearer(token: str) -> dict[str, str]:
    """The header with a token."""
    return {"Authorization": f"Bearer {token}"}


def credentials(user: SmokeUser) -> dict[str, str]:
    """The body of a sign-in."""
    return {"email": user.email, "password": user.password.reveal()}


def own_user(context: Context) -> SmokeUser:
    """The deployment's smoke user.

    Raises:
        PrerequisiteError: There is none.
    """
    if context.target.user is None:
        raise PrerequisiteError("there is no smoke user of the deployment's tenant")
    return context.target.user


def sign_in_answer(context: Context) -> Response:
    """The run's one answer to the smoke user's sign-in."""
    return context.once(
        "sign-in", lambda own: patient(own, lambda: own.post(SIGN_IN, credentials(own_user(own))))
    )


def session(context: Context) -> Session:
    """The smoke user's session; where the app signs nobody in, one that Clerk itself gives.

    Raises:
        PrerequisiteError: Sign-in failed; authentication.signin says more.
    """
    if is_client_side(context):
        access = context.once("own token", lambda own: clerk_api.session_token(own, own_user(own)))
        return Session(access=access, refresh="")
    answer = sign_in_answer(context)
    access, refresh = answer.field("accessToken"), answer.field("refreshToken")
    if answer.status != 200 or not isinstance(access, str):
        raise PrerequisiteError(f"sign-in does not work ({answer}): see authentication.signin")
    return Session(access=access, refresh=refresh if isinstance(refresh, str) else "")


def refreshed(context: Context) -> Response:
    """The run's one use of the session's refresh token."""

    def use(own: Context) -> Response:
        if not (token := session(own).refresh):
            raise PrerequisiteError("sign-in gave no refreshToken: see authentication.signin")
        return own.post(REFRESH, {"refreshToken": token})

    return context.once("refresh", use)


@dataclass(frozen=True, kw_only=True)
class Journey:
    """A browser's whole visit: sign-in, two refreshes, a foreign one, sign-out and one more refresh.

    Args:
        signed_in: Sign-in with `x-client: browser`.
        refreshed: Refresh with the cookie alone.
        again: Refresh with the cookie of the refresh before.
        foreign: Refresh with the cookie, from another site.
        signed_out: Sign-out with the cookie.
        afterwards: Refresh after sign-out.
    """

    signed_in: Response
    refreshed: Response
    again: Response
    foreign: Response
    signed_out: Response
    afterwards: Response


def journey(context: Context) -> Journey:
    """The run's one visit.

    Raises:
        PrerequisiteError: Sign-in failed, or gave no cookie.
    """
    return context.once("journey", _journey)


def refresh_cookie(answer: Response) -> tuple[str, str, str]:
    """Name, value and whole line of the cookie that holds the refresh token; empty without one."""
    for line in answer.cookies:
        try:
            morsels = SimpleCookie(line)
        except CookieError:
            continue
        for name, morsel in morsels.items():
            if "refresh" in name.lower() and morsel.value:
                return name, morsel.value, line
    return "", "", ""


def _journey(context: Context) -> Journey:
    browser = {"x-client": "browser", "Origin": context.target.origin, "Sec-Fetch-Site": "same-origin"}
    body = credentials(own_user(context))
    signed_in = patient(context, lambda: context.post(SIGN_IN, body, headers=browser))
    if signed_in.status != 200:
        raise PrerequisiteError(f"sign-in of a browser does not work ({signed_in})")
    name, value, _ = refresh_cookie(signed_in)
    if not value:
        raise PrerequisiteError("sign-in of a browser sets no cookie with a refresh token")

    def with_cookie(path: str, **changed: str) -> Response:
        return context.post(path, {}, headers={**browser, "Cookie": f"{name}={value}", **changed})

    foreign = with_cookie(REFRESH, Origin="https://evil.example", **{"Sec-Fetch-Site": "cross-site"})
    first = with_cookie(REFRESH)
    # A rotated cookie replaces the one before, as in a browser.
    value = refresh_cookie(first)[1] or value
    again = with_cookie(REFRESH)
    value = refresh_cookie(again)[1] or value
    signed_out = with_cookie(SIGN_OUT)
    return Journey(
        signed_in=signed_in,
        refreshed=first,
        again=again,
        foreign=foreign,
        signed_out=signed_out,
        afterwards=with_cookie(REFRESH),
    )


def other_token(context: Context) -> str:
    """An access token of the other tenant's smoke user, from Clerk itself: the app must refuse to give one.

    Raises:
        PrerequisiteError: Clerk gave none.
    """

    def ask(own: Context) -> str:
        if own.target.other_user is None:
            raise PrerequisiteError("there is no smoke user of another tenant")
        return clerk_api.session_token(own, own.target.other_user)

    return context.once("other token", ask)


def genuine_or_made_up(context: Context) -> jwt.Token:
    """A token to forge from: the smoke user's, or one of the same form under the instance's key id."""
    if context.target.user is not None:
        return session(context).token
    keys = clerk_api.public_keys(context)
    kid = str(keys[0].get("kid")) if keys else "ins_2unknown"
    issuer = context.target.frontend_api or "https://clerk.unknown.example"
    return jwt.made_up(issuer=issuer, kid=kid, now=context.now())
