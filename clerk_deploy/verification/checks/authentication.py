"""Health, sign-in, refresh, me, sign-out, sign-up."""

import secrets
from http.cookies import SimpleCookie
from typing import Any, Final
from urllib.parse import quote

from clerk_deploy.authentication import BACKEND
from clerk_deploy.verification import clerk_api
from clerk_deploy.verification.context import Context
from clerk_deploy.verification.findings import Finding, failed, passed, skipped, verdict
from clerk_deploy.verification.http import Response
from clerk_deploy.verification.pages import page
from clerk_deploy.verification.probes import unlikely_name
from clerk_deploy.verification.registry import (
    EVERY_RUN,
    THOROUGH,
    WITH_CANDIDATE,
    Need,
    Severity,
    check,
)
from clerk_deploy.verification.sessions import (
    ME,
    REFRESH,
    SIGN_IN,
    SIGN_OUT,
    SIGN_UP,
    bearer,
    journey,
    own_user,
    refresh_cookie,
    refreshed,
    session,
    sign_in_answer,
)

FLOWS: Final = "Post-Deployment Verification > Test Authentication Flows"
SIGN_IN_LINE: Final = "Deployment Checklist > Sign-in flow works"
SIGN_UP_LINE: Final = "Deployment Checklist > Sign-up flow works"
REFRESH_LINE: Final = "Deployment Checklist > Token refresh works"
PROTECTED_LINE: Final = "Deployment Checklist > Protected routes work"
LONGEST_TOKEN_LIFE: Final = 3_600

MALFORMED: Final[tuple[tuple[str, bytes], ...]] = (
    ("an empty body", b""),
    ("no JSON", b"{not json"),
    ("a list", b"[]"),
    ("null", b"null"),
    ("no password", b'{"email":"a@example.com"}'),
    ("numbers", b'{"email":1,"password":2}'),
    ("nested objects", b'{"email":{"$gt":""},"password":{"$gt":""}}'),
    ("a deep body", b"[" * 2_000),
    ("invalid UTF-8", b'{"email":"\xff\xfe","password":"x"}'),
)


@check(
    id="authentication.health",
    title="The app says that it is well",
    guide="Deployment Checklist > All environment variables configured",
    severity=Severity.CRITICAL,
    runs_in=EVERY_RUN,
    why="The secret is missing or belongs to another Clerk instance than the publishable key, or a token is.",
    next_step="the reason stands in `checks` of /api/health: push the right environment, or look at the role",
)
def health(context: Context) -> Finding:
    """GET /api/health is 200 with every check ok, and tells the expected release."""
    answer = context.get("/api/health")
    checks = answer.field("checks")
    bad = (
        {name: str(word)[:80] for name, word in checks.items() if word != "ok"}
        if isinstance(checks, dict)
        else {}
    )
    if answer.status != 200 or answer.field("status") != "ok":
        reasons = ", ".join(f"{name}: {word}" for name, word in bad.items())
        return failed(f"{answer}" + (f" ({reasons})" if reasons else ""))
    if hard := {name: word for name, word in bad.items() if word != "unknown"}:
        return failed(f"{answer}, yet {', '.join(f'{name}: {word}' for name, word in hard.items())}")
    told = {name: answer.field(name) for name in vars(context.target.expected)}
    told["authentication"] = told["authentication"] or BACKEND
    problems = [
        f"health tells {name} {str(told[name])[:60]}, not {wanted}"
        for name, wanted in vars(context.target.expected).items()
        if wanted and told[name] != wanted
    ]
    shown = ("commit", "slot", "revision", "authentication")
    return verdict(problems, otherwise=", ".join(f"{name} {str(told[name])[:12]}" for name in shown))


@check(
    id="authentication.release_header",
    title="Pages and API come from the same release",
    guide="Post-Deployment Verification",
    runs_in=WITH_CANDIDATE,
    why="Two releases answer at the same time: a switch that did not reach every edge, or a canary.",
    next_step="wait a minute and verify again; `clerk-deploy status` tells whether a canary is on",
)
def release_header(context: Context) -> Finding:
    """x-release is the same on the page and the API, and fits what health tells."""
    seen = {str(each): each.header("x-release") for each in (page(context), context.get("/api/health"))}
    values = set(seen.values())
    if values == {""}:
        return skipped("answers have no x-release header: not the reference app, or local development")
    if len(values) > 1:
        return failed("; ".join(f"{where}: x-release {value or 'none'}" for where, value in seen.items()))
    value, commit = values.pop(), context.target.expected.commit
    if commit and not value.startswith(commit[:12]):
        return failed(f"x-release is {value}, not of commit {commit[:12]}")
    return passed(f"x-release {value}")


@check(
    id="authentication.pages",
    title="The pages for signing in, up and out open",
    guide=PROTECTED_LINE,
    runs_in=EVERY_RUN,
    why="A page that fails on the server shows nothing that the API checks would see.",
    next_step="`clerk-deploy logs` has the server's error of that page",
)
def pages(context: Context) -> Finding:
    """Every page of the settings answers 200 with HTML, or leads to sign-in."""
    answers = [page(context, path) for path in context.target.pages]
    problems = [
        f"{each} ({each.header('content-type') or 'no type'})"
        for each in answers
        if each.status != 200 or "html" not in each.header("content-type")
    ]
    return verdict(problems, otherwise=", ".join(context.target.pages))


@check(
    id="authentication.signin",
    title="A user signs in",
    guide=SIGN_IN_LINE,
    severity=Severity.CRITICAL,
    needs={Need.BACKEND_SIGN_IN, Need.SMOKE_USER},
    runs_in=EVERY_RUN,
    why="Clerk refuses the server's key, cannot be reached, or the user was changed.",
    next_step="the log's auth.signin line has the reason; `clerk-deploy smoke rotate` mends the user",
)
def signin(context: Context) -> Finding:
    """POST /api/auth/signin gives a token pair."""
    answer = sign_in_answer(context)
    if answer.status != 200:
        return failed(f"{answer} {str(answer.field('error') or '')[:60]}")
    return verdict(_token_mistakes(answer, with_refresh=True), otherwise=f"{answer} with a token pair")


def _token_mistakes(answer: Response, *, with_refresh: bool) -> list[str]:
    document = answer.json() if isinstance(answer.json(), dict) else {}
    life = document.get("expiresIn")
    found = []
    if not isinstance(document.get("accessToken"), str) or not document.get("accessToken"):
        found.append(f"{answer} without accessToken")
    if with_refresh and not document.get("refreshToken"):
        found.append(f"{answer} without refreshToken")
    if document.get("tokenType") != "Bearer":
        found.append(f"{answer} with tokenType {str(document.get('tokenType'))[:20]}, not Bearer")
    if not isinstance(life, int) or isinstance(life, bool) or not 0 < life <= LONGEST_TOKEN_LIFE:
        found.append(f"{answer} with expiresIn {str(life)[:20]}, not seconds up to an hour")
    return found


@check(
    id="authentication.me",
    title="The token opens the protected endpoint",
    guide=PROTECTED_LINE,
    severity=Severity.CRITICAL,
    needs={Need.SMOKE_USER},
    runs_in=EVERY_RUN,
    why="Token verification fails: the key is not of the instance that signs, or the clock is wrong.",
    next_step="compare the keys (clerk.key_pair); the auth.me line in the log has the reason",
)
def me(context: Context) -> Finding:
    """GET /api/auth/me with the fresh token tells user and tenant."""
    current = session(context)
    answer = context.get(ME, headers=bearer(current.access))
    if answer.status != 200:
        return failed(f"{answer} {str(answer.field('error') or '')[:60]} to a fresh token")
    return verdict(
        _identity_mistakes(answer, current.token.claims.get("sub"), context.target.tenant),
        otherwise=f"{answer}",
    )


def _identity_mistakes(answer: Response, subject: object, tenant: str) -> list[str]:
    user, told = answer.field("user"), answer.field("tenant")
    found = []
    if not isinstance(user, dict) or user.get("id") != subject:
        found.append(f"{answer} with another user than the token's")
    if tenant and (not isinstance(told, dict) or tenant not in (told.get("id"), told.get("slug"))):
        found.append(f"{answer} with another tenant than {tenant}")
    return found


@check(
    id="authentication.refresh",
    title="A refresh token gives a new access token",
    guide=REFRESH_LINE,
    severity=Severity.CRITICAL,
    needs={Need.BACKEND_SIGN_IN, Need.SMOKE_USER},
    runs_in=EVERY_RUN,
    why="Users are thrown out after a minute: the refresh endpoint or the session behind it is broken.",
    next_step="the auth.refresh line in the log has the reason; look for clock skew too",
)
def refresh(context: Context) -> Finding:
    """POST /api/auth/refresh gives a token of the same user, and it works."""
    answer = refreshed(context)
    if answer.status != 200:
        return failed(f"{answer} {str(answer.field('error') or '')[:60]}")
    if mistakes := _token_mistakes(answer, with_refresh=True):
        return failed(mistakes[0], *mistakes[1:])
    after = context.get(ME, headers=bearer(str(answer.field("accessToken"))))
    if after.status != 200:
        return failed(f"{after} to the refreshed token")
    return verdict(
        _identity_mistakes(after, session(context).token.claims.get("sub"), ""),
        otherwise=f"{answer}, and the new token works",
    )


@check(
    id="authentication.refresh_refusals",
    title="A bad refresh token gives nothing",
    guide="Troubleshooting > Token refresh failing",
    needs={Need.BACKEND_SIGN_IN},
    runs_in=THOROUGH,
    why="An accepted one is a way in; a 5xx is a way to hurt the server and trips the alarm.",
    next_step="answer 401 to unknown and 400 to malformed refresh tokens",
)
def refresh_refusals(context: Context) -> Finding:
    """Unknown, malformed and absent refresh tokens are 400 or 401."""
    bodies: tuple[dict[str, Any], ...] = (
        {},
        {"refreshToken": ""},
        {"refreshToken": 7},
        {"refreshToken": "refresh_token_here"},
        {"refreshToken": "sess_2nobody.eyJhbGciOiJSUzI1NiJ9.eyJpZCI6ImNsaWVudF8xIn0.AAAA"},
        {"refreshToken": "x" * 6_000},
    )
    answers = [context.post(REFRESH, body) for body in bodies]
    problems = [f"{each} to a bad refresh token" for each in answers if each.status not in (400, 401)]
    return verdict(problems, otherwise=f"{len(answers)} bad refresh tokens refused")


@check(
    id="authentication.wrong_password",
    title="A wrong password is refused, and tells nothing",
    guide=SIGN_IN_LINE,
    severity=Severity.CRITICAL,
    needs={Need.BACKEND_SIGN_IN, Need.SMOKE_USER},
    runs_in=THOROUGH,
    why="Different answers for unknown users and wrong passwords tell which addresses have an account.",
    next_step="answer 401 with the same body in both cases",
)
def wrong_password(context: Context) -> Finding:
    """401, and the same body whether or not the user exists."""
    known = context.post(SIGN_IN, {"email": own_user(context).email, "password": secrets.token_urlsafe(18)})
    nobody = context.post(
        SIGN_IN, {"email": f"{unlikely_name()}@example.com", "password": secrets.token_urlsafe(18)}
    )
    problems = [
        f"{each} to {what}, not 401"
        for each, what in ((known, "a wrong password"), (nobody, "an unknown user"))
        if each.status != 401
    ]
    if not problems and known.body != nobody.body:
        problems.append("the answers to a wrong password and to an unknown user differ")
    return verdict(problems, otherwise=f"{known} both times, with the same body")


@check(
    id="authentication.malformed",
    title="Malformed requests are refused, never 5xx",
    guide=FLOWS,
    needs={Need.BACKEND_SIGN_IN},
    runs_in=THOROUGH,
    why="Each 5xx is an error that anybody can cause, and the release alarm counts it.",
    next_step="check the body before it is used, and answer 400",
)
def malformed(context: Context) -> Finding:
    """Broken bodies at sign-in and sign-up are 4xx."""
    problems = []
    for path, bodies in ((SIGN_IN, MALFORMED), (SIGN_UP, MALFORMED[:3])):
        for what, body in bodies:
            answer = context.client.request(
                "POST", context.url(path), headers={"Content-Type": "application/json"}, body=body
            )
            if not 400 <= answer.status < 500:
                problems.append(f"{answer} to {what}")
    return verdict(problems, otherwise=f"{len(MALFORMED)} broken bodies refused at sign-in, some at sign-up")


@check(
    id="authentication.methods",
    title="Unknown routes and methods are refused as JSON",
    guide=FLOWS,
    severity=Severity.LOW,
    runs_in=THOROUGH,
    why="A GET that signs in puts passwords into logs; an HTML page confuses API clients.",
    next_step="answer 405 to other methods and 404 as JSON to unknown routes under /api",
)
def methods(context: Context) -> Finding:
    """GET on sign-in is 405 (or 404), an unknown route is 404, both without HTML."""
    answers = (context.get(SIGN_IN), context.get(SIGN_OUT), context.get(f"/api/{unlikely_name()}"))
    problems = [f"{each}" for each in answers if each.status not in (404, 405)]
    if "html" in answers[2].header("content-type"):
        problems.append(f"{answers[2]} with a page instead of JSON")
    return verdict(problems, otherwise=", ".join(str(each) for each in answers))


def _flags(line: str) -> tuple[SimpleCookie, set[str]]:
    parts = [part.strip().lower() for part in line.split(";")[1:]]
    return SimpleCookie(line), set(parts)


@check(
    id="authentication.cookie",
    title="The browser's refresh token is out of scripts' reach",
    guide="Troubleshooting > Verify token storage is working",
    severity=Severity.CRITICAL,
    needs={Need.BACKEND_SIGN_IN, Need.SMOKE_USER},
    runs_in=WITH_CANDIDATE,
    why="A refresh token that scripts can read is stolen by any injected script.",
    next_step="set a `__Host-` cookie with HttpOnly, Secure, SameSite and Path=/; leave it out of the body",
)
def cookie(context: Context) -> Finding:
    """HttpOnly, Secure, SameSite; not in the JSON."""
    answer = journey(context).signed_in
    name, _, line = refresh_cookie(answer)
    _, flags = _flags(line)
    problems = [f"cookie {name} lacks {flag}" for flag in ("HttpOnly", "Secure") if flag.lower() not in flags]
    if not {"samesite=strict", "samesite=lax"} & flags:
        problems.append(f"cookie {name} lacks SameSite=Strict or Lax")
    if any(flag.startswith("domain=") for flag in flags):
        problems.append(f"cookie {name} goes to other hosts too (Domain)")
    if answer.field("refreshToken"):
        problems.append("the JSON for browsers holds the refresh token as well")
    return verdict(problems, otherwise=f"cookie {name}: {', '.join(sorted(flags))}")


@check(
    id="authentication.cookie_refresh",
    title="A browser stays signed in over a reload",
    guide=REFRESH_LINE,
    severity=Severity.CRITICAL,
    needs={Need.BACKEND_SIGN_IN, Need.SMOKE_USER},
    runs_in=WITH_CANDIDATE,
    why="The cookie is not sent again (path, prefix, rotation), so every reload signs the user out.",
    next_step="look at the cookie's Path and at the auth.refresh line in the log",
)
def cookie_refresh(context: Context) -> Finding:
    """The cookie alone refreshes, twice."""
    visit = journey(context)
    problems = [f"{each} to the cookie" for each in (visit.refreshed, visit.again) if each.status != 200]
    problems += [
        "a refresh for browsers shows the refresh token in its JSON"
        for each in (visit.refreshed, visit.again)
        if each.field("refreshToken")
    ]
    return verdict(problems, otherwise="the cookie refreshed twice")


@check(
    id="authentication.cookie_foreign",
    title="Another site cannot use the cookie",
    guide="Security Checklist > CORS is configured correctly on backend",
    needs={Need.BACKEND_SIGN_IN, Need.SMOKE_USER},
    runs_in=WITH_CANDIDATE,
    tags={"cors"},
    why="A foreign page could refresh or sign out in the user's name.",
    next_step="refuse cookie-borne refresh and sign-out unless Origin is the app's own",
)
def cookie_foreign(context: Context) -> Finding:
    """A refresh with the cookie and a foreign Origin is refused."""
    answer = journey(context).foreign
    if not 400 <= answer.status < 500:
        return failed(f"{answer} to the cookie from https://evil.example")
    return passed(f"{answer} to the cookie from a foreign site")


@check(
    id="authentication.signout",
    title="Sign-out ends the session",
    guide=FLOWS,
    needs={Need.BACKEND_SIGN_IN, Need.SMOKE_USER},
    runs_in=WITH_CANDIDATE,
    why="A session that lives on after sign-out is open to whoever finds the device or the token.",
    next_step="revoke the session at Clerk and clear the cookie; the auth.signout line has the reason",
)
def signout(context: Context) -> Finding:
    """Sign-out answers well, clears the cookie, and its refresh token is dead."""
    visit = journey(context)
    if visit.signed_out.status not in (200, 204):
        return failed(f"{visit.signed_out} at sign-out")
    problems = []
    if visit.afterwards.status not in (400, 401):
        problems.append(f"{visit.afterwards} with the refresh token after sign-out")
    if not any("max-age=0" in line.lower() or "1970" in line for line in visit.signed_out.cookies):
        problems.append("sign-out does not clear the cookie")
    return verdict(problems, otherwise=f"{visit.signed_out}, and the refresh token is refused afterwards")


@check(
    id="authentication.signup_refusals",
    title="Sign-up refuses what it must",
    guide=SIGN_UP_LINE,
    needs={Need.BACKEND_SIGN_IN, Need.SMOKE_USER},
    runs_in=THOROUGH,
    why="A second account under the same address, or a password that everybody knows, is a way in.",
    next_step="hand Clerk's refusal on as 409 or 422; 503 means that the server's key is refused",
)
def signup_refusals(context: Context) -> Finding:
    """A taken address and a weak password are refused; no user is made by this."""
    email = own_user(context).email
    strong, weak = secrets.token_urlsafe(24), "password"
    answers = {
        "a taken address": context.post(SIGN_UP, {"email": email, "password": strong}),
        "a taken address and a weak password": context.post(SIGN_UP, {"email": email, "password": weak}),
    }
    problems = [
        f"{each} to {what}, not 409 or 422"
        for what, each in answers.items()
        if each.status not in (400, 403, 409, 422)
    ]
    return verdict(problems, otherwise="; ".join(f"{each} to {what}" for what, each in answers.items()))


@check(
    id="authentication.signup",
    title="A user signs up",
    guide=SIGN_UP_LINE,
    severity=Severity.CRITICAL,
    needs={Need.BACKEND_SIGN_IN, Need.SIGN_UP, Need.SMOKE_USER, Need.CLERK_SECRET},
    runs_in=THOROUGH,
    deadline=30,
    why="Clerk's sign-up restrictions, or a membership that cannot be made in the tenant's organization.",
    next_step="the auth.signup line in the log has the reason",
)
def signup(context: Context) -> Finding:
    """A real user is made through the app, signs in, and is deleted at Clerk."""
    domain = own_user(context).email.partition("@")[2]
    user = {"email": f"{unlikely_name()}@{domain}", "password": secrets.token_urlsafe(24)}
    try:
        made = context.post(SIGN_UP, user)
        signed_in = context.post(SIGN_IN, user) if made.status in (200, 201) else None
    finally:
        left = _delete_user(context, user["email"])
    if signed_in is None:
        return failed(f"{made} {str(made.field('error') or '')[:60]}")
    if signed_in.status != 200:
        return failed(f"{signed_in} to the user just made")
    if left:
        return failed(f"the user just made could not be deleted ({left}): delete {user['email']} at Clerk")
    return passed(f"{made}, {signed_in}, and the user is deleted again")


def _delete_user(context: Context, email: str) -> str:
    """Why a user is still there; empty when it is gone."""
    found = clerk_api.backend_api(context, "GET", f"/users?email_address={quote(email)}&limit=1")
    users = found.json()
    if found.status != 200 or not isinstance(users, list):
        return str(found)
    for user in users:
        deleted = clerk_api.backend_api(context, "DELETE", f"/users/{quote(str(user.get('id')))}")
        if deleted.status != 200:
            return str(deleted)
    return ""
