"""A healthy site, its backend and Clerk in one ASGI app, with a fault for each thing a check looks at."""

import base64
import gzip
import json
import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs

from cryptography.hazmat.primitives.asymmetric import rsa
from joserfc import jwt
from joserfc.jwk import RSAKey
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, RedirectResponse, Response
from starlette.routing import Route

SITE, WWW, BACKEND = "yourapp.com", "www.yourapp.com", "api.yourapp.com"
CLERK, CLERK_API = "clerk.yourapp.com", "api.clerk.com"
SLOT = "slot-a.d1.amplifyapp.com"
HOSTS = (SITE, WWW, BACKEND, CLERK, CLERK_API, SLOT)
PUBLISHABLE = "pk_live_" + base64.b64encode(f"{CLERK}$".encode()).decode()
OTHER_PUBLISHABLE = "pk_live_" + base64.b64encode(b"clerk.other.example$").decode()
SECRET = "sk_live_" + "standin0000verification"
FAKE_LEAK = "sk_live_" + "Planted0For1The2Test3"
OWN, OTHER = "tenant_production_001", "tenant_production_002"
COMMIT, REVISION = "0123456789abcdef0123456789abcdef01234567", "11111111-2222-4333-8444-555555555555"
RELEASE = f"{COMMIT[:12]}-{REVISION[:8]}"
PREFIX = "/_slots/slot-a"
CHUNK = f"{PREFIX}/_next/static/chunks/main.js"
STYLE = f"{PREFIX}/_next/static/css/app.css"
KID = "ins_2standin"
SOCIAL = {"google": "g-1.apps.googleusercontent.com", "facebook": "1234567890", "github": "Iv1.abcdef012345"}
AUTHORIZE = {
    "google": "https://accounts.google.com/o/oauth2/v2/auth",
    "facebook": "https://www.facebook.com/v19.0/dialog/oauth",
    "github": "https://github.com/login/oauth/authorize",
}
POLICY = (
    f"default-src 'self'; script-src 'self' https://{CLERK} https://challenges.cloudflare.com; "
    f"connect-src 'self' https://{CLERK} https://{BACKEND}; img-src 'self' https://img.clerk.com; "
    "worker-src 'self' blob:; frame-src https://challenges.cloudflare.com; object-src 'none'; "
    "base-uri 'self'; frame-ancestors 'none'"
)
STACK = "Error: boom\n    at handler (/app/.next/server/chunks/ssr/12.js:1:2345)\n"


@dataclass
class User:
    tenant: str
    email: str
    password: str
    id: str


@dataclass
class World:
    """State of all parts; `faults` breaks them one by one.

    Args:
        faults: Words that handlers look for.
    """

    faults: set[str] = field(default_factory=set)
    users: dict[str, User] = field(default_factory=dict)
    sessions: dict[str, str] = field(default_factory=dict)
    tickets: dict[str, str] = field(default_factory=dict)
    requests: list[tuple[str, str, dict[str, str]]] = field(default_factory=list)
    hits: dict[str, int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.key = RSAKey.import_key(rsa.generate_private_key(65537, 2048), {"kid": KID})
        for number, tenant in ((1, OWN), (2, OTHER)):
            user = User(
                tenant, f"smoke-{number}@yourapp.com", f"Obviously-Fake-{number}-x9", f"user_{number}"
            )
            self.users[user.email] = user
        self.documents = {OWN: ["doc_1", "doc_2"], OTHER: ["doc_8", "doc_9"]}

    def has(self, fault: str) -> bool:
        return fault in self.faults

    def token(self, user: User, *, life: int = 60) -> str:
        now = int(time.time())
        claims = {
            "iss": f"https://{CLERK}",
            "sub": user.id,
            "sid": f"sess_{user.id}",
            "iat": now - (60 - life),
            "nbf": now - 100,
            "exp": now + life,
            "sts": "active",
            "v": 2,
            "o": {"id": user.tenant, "slg": user.tenant, "rol": "member"},
        }
        return jwt.encode({"alg": "RS256", "kid": KID, "typ": "JWT"}, claims, self.key)

    def verify(self, header: str, *, faults: str) -> dict[str, Any] | None:
        """Claims of a bearer header; `faults` is the prefix of the faults that make it careless."""
        kind, _, text = header.partition(" ")
        try:
            assert kind == "Bearer"
            head, body, _ = text.split(".")
            header_fields = json.loads(base64.urlsafe_b64decode(head + "=="))
            claims = json.loads(base64.urlsafe_b64decode(body + "=="))
        except Exception:
            return None
        if not isinstance(header_fields, dict) or not isinstance(claims, dict):
            return None
        if header_fields.get("alg", "").lower() == "none":
            return claims if self.has(f"{faults}-accepts-unsigned") else None
        if header_fields.get("alg") != "RS256":
            return None
        if claims.get("iss") != f"https://{CLERK}":
            return claims if self.has(f"{faults}-accepts-instance") else None
        if claims.get("exp", 0) < time.time() - 5:
            return claims if self.has(f"{faults}-accepts-expired") else None
        if self.has(f"{faults}-accepts-foreign"):
            return claims
        try:
            return jwt.decode(text, self.key, algorithms=["RS256"]).claims
        except Exception:
            return claims if self.has(f"{faults}-accepts-tampered") else None


def create_app(world: World) -> Starlette:
    async def dispatch(request: Request) -> Response:
        host = request.headers.get("host", "").partition(":")[0]
        body = await request.body()
        world.requests.append((host, request.method, dict(request.headers)))
        if request.url.scheme == "http" and host in (SITE, WWW):
            return plain_http(world, request)
        handlers: dict[str, Callable[[World, Request, bytes], Response]] = {
            SITE: site,
            WWW: other_name,
            BACKEND: backend,
            CLERK: frontend_api,
            CLERK_API: backend_api,
            SLOT: slot,
        }
        return handlers.get(host, site)(world, request, body)

    methods = ["GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "HEAD"]
    return Starlette(routes=[Route("/{path:path}", dispatch, methods=methods)])


def plain_http(world: World, request: Request) -> Response:
    if world.has("http-serves"):
        return PlainTextResponse("hello")
    target = "evil.example" if world.has("http-elsewhere") else request.headers["host"].partition(":")[0]
    return RedirectResponse(f"https://{target}{request.url.path}", 302 if world.has("http-302") else 301)


def other_name(world: World, request: Request, body: bytes) -> Response:
    del request, body
    if world.has("www-404"):
        return PlainTextResponse("no such site", 404)
    return RedirectResponse(f"https://{SITE}/", 308)


def slot(world: World, request: Request, body: bytes) -> Response:
    del body
    if request.url.path.startswith("/api/"):
        return JSONResponse({"error": "origin_refused"}, 200 if world.has("origin-open") else 403)
    robots = {} if world.has("origin-indexed") else {"X-Robots-Tag": "noindex"}
    return Response("<html>slot</html>", media_type="text/html", headers=robots)


# ---- the site ----


def site(world: World, request: Request, body: bytes) -> Response:
    path = request.url.path
    if world.has("limited"):
        return PlainTextResponse("too many requests", 429)
    if path.startswith("/api/"):
        answer = api(world, request, path, body)
    elif path in ("/", "/sign-in", "/sign-up", "/sign-out", "/protected"):
        answer = html(world, request, path)
    elif path.startswith(PREFIX) and request.method in ("GET", "HEAD"):
        answer = static(world, request, path)
    else:
        answer = missing(world, path)
    return with_headers(world, request, path, answer)


def html(world: World, request: Request, path: str) -> Response:
    if world.has("page-500") and path == "/protected":
        return PlainTextResponse("broken", 500)
    if world.has("site-503"):
        return PlainTextResponse("nothing is live", 503)
    if world.has("client-side") and path == "/protected" and not world.has("protected-open"):
        site = "slot-a.d1.amplifyapp.com" if world.has("protected-elsewhere") else SITE
        return RedirectResponse(f"https://{site}/sign-in?redirect_url=x", 307)
    leak = FAKE_LEAK if world.has("page-leaks") else ""
    if world.has("client-side"):
        leak += clerk_scripts(world)
    text = (
        f'<!doctype html><html><head><link rel="stylesheet" href="{STYLE}"></head><body>{leak}'
        f'<script src="{CHUNK}"></script>{"<p>hello</p>" * 300}</body></html>'
    )
    answer = Response(text, media_type="text/html")
    if world.has("page-cookie-cached") and request.headers.get("cookie"):
        answer.set_cookie("session", "1")
        answer.headers["Cache-Control"] = "public, s-maxage=60"
    if world.has("page-immutable"):
        answer.headers["Cache-Control"] = "public, max-age=31536000, immutable"
    if world.has("page-slow"):
        time.sleep(0.05)
    return compressed(world, request, answer)


def clerk_scripts(world: World) -> str:
    """What <ClerkProvider> puts into a page."""
    host = "cdn.other.example" if world.has("script-elsewhere") else CLERK
    key = OTHER_PUBLISHABLE if world.has("script-other-key") else PUBLISHABLE
    script = f"https://{host}/npm/@clerk/clerk-js@6/dist/clerk.browser.js"
    interface = f"https://{CLERK}/npm/@clerk/ui@1/dist/ui.browser.js"
    form = '<input name="password" type="password">' if world.has("own-form") else ""
    tag = (
        f'<script src="{script}" data-clerk-js-script="true" async="" crossorigin="anonymous" '
        f'data-clerk-publishable-key="{key}"></script>'
    )
    return (
        ("" if world.has("script-absent") else tag)
        + ("" if world.has("no-components") else f'<link rel="preload" href="{interface}" as="script"/>')
        + form
    )


def static(world: World, request: Request, path: str) -> Response:
    if path == STYLE:
        answer = Response("body{}", media_type="text/css")
    elif path == f"{CHUNK}.map" and world.has("map"):
        answer = JSONResponse({"version": 3, "mappings": "AAAA"})
        answer.body = b'{"version":3,"mappings":"AAAA"}'
        return answer
    elif path == CHUNK and not world.has("chunk-404"):
        answer = Response(script(world), media_type="text/javascript")
    elif world.has("prefix-open"):
        return JSONResponse({"status": "ok"})
    else:
        return PlainTextResponse("not found", 404)
    answer.headers["Cache-Control"] = "public, max-age=60" if world.has("static-short") else (
        "public, max-age=31536000, immutable"
    )  # fmt: skip
    return compressed(world, request, answer)


def script(world: World) -> str:
    key = OTHER_PUBLISHABLE if world.has("other-key") else "" if world.has("no-key") else PUBLISHABLE
    tenant = "" if world.has("blank-tenant") else OWN
    leak = FAKE_LEAK if world.has("script-leaks") else "sk_live_ sk_test_"
    if world.has("script-leaks-base64"):
        leak = base64.b64encode(f"={FAKE_LEAK}".encode()).decode()
    inline = "\n//# sourceMappingURL=data:application/json;base64,e30=" if world.has("map-inline") else ""
    filler = "/* filler */" * 300
    return f'var e={{key:"{key}",tenant:"{tenant}",api:"https://{BACKEND}",x:"{leak}"}};{filler}{inline}'


def missing(world: World, path: str) -> Response:
    if world.has("dotfile") and path == "/.env.production":
        return PlainTextResponse("NEXT_PUBLIC_TENANT_ID=x\n")
    if world.has("git") and path == "/.git/HEAD":
        return Response("ref: refs/heads/main\n", media_type="application/octet-stream")
    if world.has("build-file") and path == "/.next/required-server-files.json":
        return JSONResponse({"config": {"env": {}}})
    if world.has("error-stack"):
        return PlainTextResponse(STACK, 404)
    if world.has("error-500"):
        return PlainTextResponse("oops", 500)
    return Response("<html>no such page</html>", 404, media_type="text/html")


def compressed(world: World, request: Request, answer: Response) -> Response:
    if "gzip" in request.headers.get("accept-encoding", "") and not world.has("uncompressed"):
        answer.body = gzip.compress(answer.body)
        answer.headers["Content-Encoding"] = "gzip"
        answer.headers["Content-Length"] = str(len(answer.body))
    return answer


SECURITY = {
    "nosniff": ("X-Content-Type-Options", "nosniff"),
    "referrer": ("Referrer-Policy", "strict-origin-when-cross-origin"),
    "permissions": ("Permissions-Policy", "camera=(), microphone=(), geolocation=()"),
    "hsts": ("Strict-Transport-Security", "max-age=63072000; includeSubDomains"),
    "csp": ("Content-Security-Policy", POLICY),
    "release": ("x-release", RELEASE),
}


def with_headers(world: World, request: Request, path: str, answer: Response) -> Response:
    for word, (name, value) in SECURITY.items():
        if not world.has(f"no-{word}"):
            answer.headers.setdefault(name, value)
    changes = {
        "short-hsts": ("Strict-Transport-Security", "max-age=300"),
        "weak-referrer": ("Referrer-Policy", "unsafe-url"),
        "open-permissions": ("Permissions-Policy", "camera=*"),
        "framed": ("Content-Security-Policy", POLICY.replace("frame-ancestors 'none'", "frame-ancestors *")),
        "csp-wide": ("Content-Security-Policy", POLICY.replace("script-src 'self'", "script-src * 'self'")),
        "csp-no-base": ("Content-Security-Policy", POLICY.replace("base-uri 'self'; ", "")),
        "csp-blocks-clerk": ("Content-Security-Policy", POLICY.replace(f" https://{CLERK}", "")),
        "csp-blocks-worker": ("Content-Security-Policy", POLICY.replace(" blob:", "")),
        "powered-by": ("X-Powered-By", "Next.js"),
        "server-version": ("Server", "nginx/1.18.0"),
        "noindex": ("X-Robots-Tag", "noindex"),
        "origin-token-shown": ("x-origin-token", "0" * 32),
        "header-leaks": ("x-debug", FAKE_LEAK),
        "cors-star": ("Access-Control-Allow-Origin", "*"),
    }
    for word, (name, value) in changes.items():
        if world.has(word):
            answer.headers[name] = value
    if world.has("releases-differ") and path.startswith("/api/"):
        answer.headers["x-release"] = "ffffffffffff-22222222"
    origin = request.headers.get("origin")
    if origin and world.has("cors-echo") and path.startswith("/api/"):
        answer.headers["Access-Control-Allow-Origin"] = origin
        answer.headers["Access-Control-Allow-Credentials"] = "true"
    if origin and world.has("cors-suffix") and origin.startswith(f"https://{SITE}"):
        answer.headers["Access-Control-Allow-Origin"] = origin
    return answer


# ---- the site's API ----


def api(world: World, request: Request, path: str, body: bytes) -> Response:
    routes: dict[tuple[str, str], Callable[[World, Request, bytes], Response]] = {
        ("GET", "/api/health"): health,
        ("POST", "/api/auth/signin"): signin,
        ("POST", "/api/auth/signup"): signup,
        ("POST", "/api/auth/refresh"): refresh,
        ("POST", "/api/auth/signout"): signout,
        ("GET", "/api/auth/me"): me,
    }
    if world.has("client-side") and not world.has("still-signs-in"):
        routes = {key: routes[key] for key in (("GET", "/api/health"), ("GET", "/api/auth/me"))}
    if path.startswith("/api/auth/social/") and not world.has("client-side"):
        answer: Response = social(world, path.rpartition("/")[2])
    elif handler := routes.get((request.method, path)):
        answer = handler(world, request, body)
    elif any(known == path for _, known in routes):
        answer = JSONResponse({"error": "method_not_allowed"}, 405)
        if world.has("get-signs-in"):
            answer = JSONResponse({"accessToken": "x"})
    else:
        answer = JSONResponse({"error": "not_found"}, 404)
        if world.has("api-html"):
            answer = Response("<html>no</html>", 404, media_type="text/html")
    answer.headers.setdefault("Cache-Control", "private, no-store")
    if world.has("api-cacheable"):
        answer.headers["Cache-Control"] = "public, max-age=60"
    world.hits[path] = world.hits.get(path, 0) + 1
    if world.has("api-hit") and world.hits[path] > 1:
        answer.headers["X-Cache"] = "Hit from cloudfront"
    return answer


def health(world: World, request: Request, body: bytes) -> Response:
    del request, body
    checks = {"secret": "ok", "instance": "ok", "tokens": "ok"}
    if world.has("health-fails"):
        return JSONResponse({"status": "fail", "checks": {**checks, "secret": "secret-missing"}}, 503)
    if world.has("health-lies"):
        checks["instance"] = "instance-mismatch"
    commit = "f" * 40 if world.has("other-commit") else COMMIT
    told = {"authentication": "client-side" if world.has("client-side") else "backend"}
    return JSONResponse(
        {
            **({} if world.has("health-of-old") else told),
            "status": "ok",
            "commit": commit,
            "job": "7",
            "slot": "slot-a",
            "revision": REVISION,
            "checks": checks,
        }
    )


def fields(body: bytes, *names: str) -> dict[str, str] | None:
    try:
        document = json.loads(body)
    except (ValueError, RecursionError):
        return None
    if not isinstance(document, dict):
        return None
    if not all(isinstance(document.get(name), str) and document[name] for name in names):
        return None
    return document


def bad_request(world: World) -> Response:
    if world.has("malformed-500"):
        return PlainTextResponse(STACK, 500)
    return JSONResponse({"error": "bad_request"}, 400)


def token_answer(world: World, request: Request, user: User) -> Response:
    refresh_token = f"sess_{secrets.token_hex(8)}"
    world.sessions[refresh_token] = user.email
    document: dict[str, Any] = {
        "accessToken": world.token(user),
        "refreshToken": refresh_token,
        "tokenType": "bearer?" if world.has("token-type") else "Bearer",
        "expiresIn": "60" if world.has("expires-text") else 60,
    }
    if request.headers.get("x-client") != "browser":
        return JSONResponse(document)
    if not world.has("cookie-json"):
        del document["refreshToken"]
    answer = JSONResponse(document)
    flags = "HttpOnly; Secure; SameSite=Strict; Path=/"
    for word, flag in (("cookie-readable", "HttpOnly; "), ("cookie-lax-less", "SameSite=Strict; ")):
        if world.has(word):
            flags = flags.replace(flag, "")
    if world.has("cookie-insecure"):
        flags = flags.replace("Secure; ", "")
    answer.headers.append("Set-Cookie", f"__Host-refresh={refresh_token}; {flags}")
    return answer


def signin(world: World, request: Request, body: bytes) -> Response:
    wanted = fields(body, "email", "password")
    if wanted is None:
        return bad_request(world)
    if world.has("signin-500"):
        return PlainTextResponse("oops", 500)
    if world.has("signin-limited-once"):
        world.faults.discard("signin-limited-once")
        return JSONResponse({"error": "rate_limited"}, 429, headers={"Retry-After": "7"})
    user = world.users.get(wanted["email"])
    if user is None:
        code = "user_unknown" if world.has("tells-unknown") else "invalid_credentials"
        return JSONResponse({"error": code}, 401)
    if user.password != wanted["password"] and not world.has("any-password"):
        return JSONResponse({"error": "invalid_credentials"}, 500 if world.has("wrong-password-500") else 401)
    if user.tenant != OWN and not world.has("signs-in-others"):
        return JSONResponse({"error": "tenant_refused"}, 403)
    return token_answer(world, request, user)


def signup(world: World, request: Request, body: bytes) -> Response:
    wanted = fields(body, "email", "password")
    if wanted is None:
        return bad_request(world)
    if wanted["email"] in world.users:
        if world.has("signup-takes-taken"):
            return token_answer(world, request, world.users[wanted["email"]])
        return JSONResponse({"error": "email_taken"}, 409)
    if world.has("signup-closed"):
        return JSONResponse({"error": "unavailable"}, 503)
    user = User(OWN, wanted["email"], wanted["password"], f"user_{len(world.users) + 1}")
    world.users[user.email] = user
    return token_answer(world, request, user)


def cookie_of(request: Request) -> str:
    return request.cookies.get("__Host-refresh", "")


def refused_origin(world: World, request: Request) -> bool:
    return request.headers.get("origin") != f"https://{SITE}" and not world.has("cookie-any-origin")


def refresh(world: World, request: Request, body: bytes) -> Response:
    token = cookie_of(request)
    if token and refused_origin(world, request):
        return JSONResponse({"error": "origin_refused"}, 403)
    if token and world.has("cookie-lost"):
        return JSONResponse({"error": "unauthenticated"}, 401)
    if not token:
        wanted = fields(body, "refreshToken")
        if wanted is None:
            return bad_request(world)
        token = wanted["refreshToken"]
    if token == "refresh_token_here" and world.has("refresh-500"):
        return PlainTextResponse("oops", 500)
    email = world.sessions.get(token)
    if email is None:
        return JSONResponse({"error": "unauthenticated"}, 401)
    if world.has("refresh-fails"):
        return JSONResponse({"error": "unavailable"}, 503)
    answer = token_answer(world, request, world.users[email])
    if world.has("refresh-other-user") and not cookie_of(request):
        answer = token_answer(world, request, User(OWN, email, "x", "user_7"))
    return answer


def signout(world: World, request: Request, body: bytes) -> Response:
    token = cookie_of(request) or (fields(body, "refreshToken") or {}).get("refreshToken", "")
    if not world.has("signout-keeps"):
        world.sessions.pop(token, None)
    answer = JSONResponse({"ok": True})
    if not world.has("signout-cookie"):
        answer.headers.append(
            "Set-Cookie", "__Host-refresh=; Max-Age=0; HttpOnly; Secure; SameSite=Strict; Path=/"
        )
    return answer


def me(world: World, request: Request, body: bytes) -> Response:
    del body
    if world.has("me-slow"):
        time.sleep(0.05)
    header = request.headers.get("authorization", "")
    if world.has("me-open") and not header:
        return JSONResponse({"user": {"id": "user_1"}})
    if world.has("me-500") and header == "Bearer not-a-token":
        return PlainTextResponse(STACK, 500)
    if world.has("me-503-instance") and "Bearer ey" in header:
        payload = json.loads(base64.urlsafe_b64decode(header.split(".")[1] + "=="))
        if payload.get("iss") != f"https://{CLERK}":
            return JSONResponse({"error": "unavailable"}, 503)
    claims = world.verify(header, faults="me")
    if claims is None or world.has("me-refuses"):
        return JSONResponse({"error": "unauthenticated"}, 401)
    tenant = claims["o"]["id"]
    if tenant != OWN and not world.has("me-any-tenant"):
        return JSONResponse({"error": "tenant_refused"}, 403)
    told = "tenant_x" if world.has("me-other-tenant") else tenant
    return JSONResponse(
        {
            "user": {"id": claims["sub"]},
            "session": {"id": claims["sid"], "expiresAt": "2030-01-01T00:00:00Z"},
            "tenant": {"id": told, "slug": told, "role": "member"},
        }
    )


def social(world: World, provider: str) -> Response:
    if world.has("social-route-absent"):
        return JSONResponse({"error": "not_found"}, 404)
    if world.has("social-limited"):
        return RedirectResponse("/sign-in?error=rate_limited", 303)
    if world.has("social-route-broken"):
        return RedirectResponse("/sign-in?error=unavailable", 303)
    return RedirectResponse(authorize(world, provider), 302)


def authorize(world: World, provider: str) -> str:
    client = "wrong" if world.has(f"social-{provider}-client") else SOCIAL.get(provider, "")
    callback = f"https://{CLERK}/v1/oauth_callback"
    if world.has(f"social-{provider}-shared"):
        callback = "https://clerk.shared.lcl.dev/v1/oauth_callback"
    if world.has(f"social-{provider}-callback"):
        callback = f"https://{SITE}/api/auth/callback"
    base = "https://evil.example/auth" if world.has(f"social-{provider}-host") else AUTHORIZE[provider]
    return f"{base}?client_id={client}&redirect_uri={callback}&response_type=code&state=x"


# ---- the backend ----


def backend(world: World, request: Request, body: bytes) -> Response:
    answer = backend_answer(world, request, body)
    origin = request.headers.get("origin", "")
    allowed = {f"https://{SITE}", f"https://{WWW}"}
    if world.has("backend-cors-none"):
        allowed = set()
    if world.has("backend-cors-echo"):
        allowed.add(origin)
    if world.has("backend-cors-prefix") and origin.startswith(f"https://{SITE}"):
        allowed.add(origin)
    if origin in allowed:
        answer.headers["Access-Control-Allow-Origin"] = origin
        headers = "authorization" if world.has("backend-cors-no-tenant") else "authorization, x-tenant-id"
        answer.headers["Access-Control-Allow-Headers"] = headers
    if world.has("backend-cors-star"):
        answer.headers["Access-Control-Allow-Origin"] = "*"
        answer.headers["Access-Control-Allow-Credentials"] = "true"
    return answer


def backend_answer(world: World, request: Request, body: bytes) -> Response:
    path, parts = request.url.path, request.url.path.strip("/").split("/")
    if request.method == "OPTIONS":
        return Response(status_code=204)
    if world.has("backend-limit"):
        world.hits["backend"] = world.hits.get("backend", 0) + 1
        if 5 <= world.hits["backend"] <= 7 or (
            world.has("backend-limit-for-ever") and world.hits["backend"] >= 5
        ):
            return JSONResponse({"error": "rate_limited"}, 429, headers={"Retry-After": "1"})
    if path == "/health":
        return JSONResponse({"status": "ok"}, 503 if world.has("backend-down") else 200)
    if parts[0] not in ("documents", "tenants"):
        return JSONResponse({"error": "not_found"}, 500 if world.has("backend-500") else 404)
    claims = world.verify(request.headers.get("authorization", ""), faults="backend")
    if claims is None or world.has("backend-refuses"):
        return JSONResponse({"error": "unauthenticated"}, 401)
    tenant, named = claims["o"]["id"], request.headers.get("x-tenant-id")
    if named and named != tenant:
        if not world.has("backend-believes-header"):
            return JSONResponse({"error": "tenant_refused"}, 403)
        tenant = named
    return documents(world, request, parts, tenant)


def documents(world: World, request: Request, parts: list[str], tenant: str) -> Response:
    if parts[0] == "tenants":
        if parts[1] != tenant and not world.has("backend-believes-path"):
            return JSONResponse({"error": "not_found"}, 404)
        return listing(world, parts[1])
    if len(parts) == 2:
        known = world.documents[tenant]
        if world.has("backend-finds-all"):
            known = [each for one in world.documents.values() for each in one]
        return JSONResponse({"id": parts[1]}, 200 if parts[1] in known else 404)
    if request.method == "POST":
        return JSONResponse({"id": "doc_new"}, 201)
    asked = parse_qs(request.url.query).get("tenant", [tenant])[0]
    return listing(world, asked if world.has("backend-believes-query") else tenant)


def listing(world: World, tenant: str) -> Response:
    ids = [*world.documents[tenant], *(["doc_common"] if world.has("backend-mixes") else [])]
    return JSONResponse({"documents": [{"id": each, "tenant": tenant} for each in ids]})


# ---- Clerk ----


def frontend_api(world: World, request: Request, body: bytes) -> Response:
    path = request.url.path
    if path == "/v1/health":
        return JSONResponse({"status": "ok"}, 503 if world.has("clerk-down") else 200)
    if path == "/.well-known/jwks.json":
        return JSONResponse({"keys": [] if world.has("no-jwks") else [public_key(world)]})
    if path.startswith("/npm/@clerk/"):
        if world.has("npm-404") or (world.has("npm-ui-404") and "ui.browser.js" in path):
            return PlainTextResponse("no such package", 404)
        return Response("script", media_type="application/javascript")
    if path == "/v1/client/sign_ins":
        return client_sign_in(world, {name: value[0] for name, value in parse_qs(body.decode()).items()})
    return JSONResponse({"errors": [{"code": "resource_not_found"}]}, 404)


def client_sign_in(world: World, form: dict[str, str]) -> Response:
    strategy = form.get("strategy", "")
    if strategy.startswith("oauth_"):
        if world.has("social-unset"):
            return JSONResponse({"errors": [{"code": "strategy_for_user_invalid"}]}, 400)
        url = authorize(world, strategy.removeprefix("oauth_"))
        verification = {"external_verification_redirect_url": url}
        return JSONResponse({"response": {"first_factor_verification": verification}, "client": {}})
    email = (
        world.tickets.pop(form.get("ticket", ""), None) if strategy == "ticket" else form.get("identifier")
    )
    user = world.users.get(email or "")
    if user is None:
        return JSONResponse({"errors": [{"code": "ticket_invalid_code"}]}, 400)
    session = {"id": "sess_1", "last_active_token": {"jwt": world.token(user)}}
    response = {"status": "complete", "created_session_id": "sess_1"}
    return JSONResponse({"response": response, "client": {"sessions": [session]}})


def public_key(world: World) -> dict[str, Any]:
    return {"use": "sig", "alg": "RS256", **world.key.as_dict(private=False)}


def backend_api(world: World, request: Request, body: bytes) -> Response:
    path = request.url.path
    if request.headers.get("authorization") != f"Bearer {SECRET}" or world.has("key-refused"):
        return JSONResponse({"errors": [{"code": "clerk_key_invalid"}]}, 401)
    if path == "/v1/jwks":
        key = public_key(world)
        return JSONResponse(
            {"keys": [{**key, "kid": "ins_other"} if world.has("other-instance-key") else key]}
        )
    if path == "/v1/users":
        email = request.query_params.get("email_address", "")
        user = world.users.get(email)
        return JSONResponse([{"id": user.id}] if user else [])
    if path.endswith("/organization_memberships"):
        user = next(each for each in world.users.values() if each.id == path.split("/")[3])
        return JSONResponse({"data": [{"organization": {"id": user.tenant}}], "total_count": 1})
    if path == "/v1/sign_in_tokens":
        user_id = json.loads(body)["user_id"]
        ticket = secrets.token_hex(8)
        world.tickets[ticket] = next(each.email for each in world.users.values() if each.id == user_id)
        return JSONResponse({"token": ticket})
    if request.method == "DELETE":
        if world.has("delete-fails"):
            return JSONResponse({"errors": [{"code": "internal"}]}, 500)
        user_id = path.rpartition("/")[2]
        world.users = {email: user for email, user in world.users.items() if user.id != user_id}
        return JSONResponse({"deleted": True})
    return JSONResponse({"errors": [{"code": "resource_not_found"}]}, 404)
