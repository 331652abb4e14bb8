"""Every way of getting a file wrong: the variable is named, the reason is told, and no secret is repeated."""

import base64
from collections.abc import Callable
from typing import Any, NamedTuple

import pytest

from clerk_deploy.environment.validate import Values
from clerk_deploy.errors import Exit, ProblemsError

SECRET = "sk_live_c0ffeec0ffeec0ffeec0ffee"
PUBLIC_PEM = (
    "-----BEGIN PUBLIC KEY-----\n"
    "MFwwDQYJKoZIhvcNAQEBBQADSwAwSAJBAKj34GkxFhD90vcNLYLInFEX6Ppy1tPf9Cnzj4p4WGeKLs1Pt8Qu"
    "KUpRKfFLfRYC9AIKjbJTWit+CqvjWYzvQwECAwEAAQ==\n"
    "-----END PUBLIC KEY-----"
)
PRIVATE_PEM = "-----BEGIN PRIVATE KEY-----\nMIICdgIBADANBgkqhkiG9w0BAQEFAASC\n-----END PRIVATE KEY-----"


def key(decoded: str, *, kind: str = "live") -> str:
    return f"pk_{kind}_" + base64.b64encode(decoded.encode()).decode().rstrip("=")


class Bad(NamedTuple):
    """One mistake: what is changed in a right file, the variable named, words of the message."""

    changed: dict[str, str | None]
    where: str
    words: tuple[str, ...]
    settings: dict[str, Any] = {}  # noqa: RUF012 (never changed)
    leak: str = ""


PK = "NEXT_PUBLIC_CLERK_PUBLISHABLE_KEY"
SK = "CLERK_SECRET_KEY"
API = "NEXT_PUBLIC_API_BASE_URL"
APP = "NEXT_PUBLIC_APP_URL"
TENANT = "NEXT_PUBLIC_TENANT_ID"
JWT = "CLERK_JWT_KEY"
HOOK = "CLERK_WEBHOOK_SIGNING_SECRET"
GOOGLE = "NEXT_PUBLIC_GOOGLE_CLIENT_ID"
FACEBOOK = "NEXT_PUBLIC_FACEBOOK_APP_ID"
GITHUB = "NEXT_PUBLIC_GITHUB_CLIENT_ID"
BACKEND = "CLERK_BACKEND_API_URL"

CASES = {
    # missing and blank
    "secret key missing": Bad({SK: None}, SK, ("missing", "API keys")),
    "publishable key missing": Bad({PK: None}, PK, ("missing",)),
    "api address missing": Bad({API: None}, API, ("missing", "backend")),
    "tenant missing": Bad({TENANT: None}, TENANT, ("missing", "organization")),
    "app address missing": Bad({APP: None}, APP, ("missing",)),
    "required blank": Bad({TENANT: ""}, TENANT, ("blank",)),
    "optional blank": Bad({GOOGLE: ""}, GOOGLE, ("blank", "remove the line")),
    "only spaces": Bad({TENANT: '"   "'}, TENANT, ("blank",)),
    "own required missing": Bad(
        {}, "PAYMENT_KEY", ("missing",), {"variables": [{"name": "PAYMENT_KEY", "required": True}]}
    ),
    # placeholders
    "guide's secret key": Bad({SK: "sk_live_***_production_clerk_secret_key"}, SK, ("placeholder",)),
    "dots in secret key": Bad({SK: "sk_live_..."}, SK, ("placeholder",)),
    "dots in publishable key": Bad({PK: "pk_live_..."}, PK, ("placeholder",)),
    "your_ tenant": Bad({TENANT: "your_production_tenant_id"}, TENANT, ("placeholder",)),
    "your- tenant": Bad({TENANT: "your-tenant"}, TENANT, ("placeholder",)),
    "your_google_client_id": Bad({GOOGLE: "your_google_client_id"}, GOOGLE, ("placeholder",)),
    "your-app-domain.com": Bad({APP: "https://your-app-domain.com"}, APP, ("placeholder",)),
    "your-backend-api.com": Bad({API: "https://your-backend-api.com"}, API, ("placeholder",)),
    "angle brackets": Bad({TENANT: "<tenant>"}, TENANT, ("placeholder",)),
    # publishable key
    "pk with padding lost inside": Bad({PK: key("clerk.yourapp.com$")[:-3]}, PK, ("cut off",)),
    "pk without dollar": Bad({PK: key("clerk.yourapp.com")}, PK, ("one `$`",)),
    "pk with two dollars": Bad({PK: key("clerk.yourapp.com$$")}, PK, ("one `$`",)),
    "pk with dollar inside": Bad({PK: key("clerk$.yourapp.com")}, PK, ("one `$`",)),
    "pk host without dot": Bad({PK: key("localhost$")}, PK, ("dot",)),
    "pk that is no Base64": Bad({PK: "pk_live_%%%%"}, PK, ("Base64",)),
    "pk with four parts": Bad({PK: key("clerk.yourapp.com$") + "_x"}, PK, ("pk_live_",)),
    "pk of unknown type": Bad({PK: key("clerk.yourapp.com$").replace("live", "prod")}, PK, ("pk_live_",)),
    "secret key as pk": Bad({PK: "sk_live_d00dd00dd00d"}, PK, ("Clerk secret key",), leak="d00dd00dd00d"),
    # secret key
    "pk as secret key": Bad({SK: key("clerk.yourapp.com$")}, SK, ("publishable key",)),
    "secret key cut off": Bad({SK: "sk_live_abc"}, SK, ("cut off",)),
    "secret key with underscore": Bad({SK: "sk_live_abcdef_ghijklm"}, SK, ("letters and digits",)),
    "secret key without prefix": Bad({SK: "c0ffeec0ffeec0ffee01"}, SK, ("sk_live_",)),
    "secret key in typographic quotes": Bad({SK: "“sk_live_c0ffeec0ffee99”"}, SK, ("typographic quote",)),
    # the pair, the instance and the domain
    "test secret with live pk": Bad({SK: "sk_test_c0ffeec0ffee77"}, SK, ("test key", "same Clerk instance")),
    "test keys in production": Bad(
        {SK: "sk_test_c0ffeec0ffee77", PK: key("a-b-1.clerk.accounts.dev$", kind="test")},
        PK,
        ("test key", "production", "clerk.instance"),
    ),
    "live keys where test ones belong": Bad(
        {}, PK, ("live key", "development"), {"clerk": {"instance": "test"}}
    ),
    "pk of another domain": Bad({PK: key("clerk.otherapp.com$")}, PK, ("otherapp.com", "clerk.satellite")),
    "pk of a look-alike domain": Bad({PK: key("clerk.app.com$")}, PK, ("app.com",)),
    "live key on vercel.app": Bad(
        {APP: "https://yourapp.vercel.app"},
        PK,
        ("vercel.app",),
        {"domain": "yourapp.vercel.app", "www": False, "host": "vercel"},
    ),
    "app address elsewhere": Bad({APP: "https://otherapp.com"}, APP, ("yourapp.com or www.yourapp.com",)),
    "www not served": Bad({APP: "https://www.yourapp.com"}, APP, ("https://yourapp.com",), {"www": False}),
    # addresses
    "http app address": Bad({APP: "http://yourapp.com"}, APP, ("https://",)),
    "http api address": Bad({API: "http://api.yourapp.com"}, API, ("https://",)),
    "no scheme": Bad({API: "api.yourapp.com"}, API, ("https://",)),
    "trailing slash": Bad({APP: "https://yourapp.com/"}, APP, ("slash",)),
    "path in app address": Bad({APP: "https://yourapp.com/home"}, APP, ("follow the host",)),
    "query": Bad({API: "https://api.yourapp.com/?a=b"}, API, ("?",)),
    "fragment": Bad({API: "https://api.yourapp.com/v1#x"}, API, ("#",)),
    "credentials in address": Bad(
        {API: "https://joe:hunter2hunter2@api.yourapp.com"}, API, ("password",), leak="hunter2hunter2"
    ),
    "user in address": Bad({API: "https://joe@api.yourapp.com"}, API, ("user or password",)),
    "localhost": Bad({API: "https://localhost:3000"}, API, ("cannot reach", "users")),
    "number as host": Bad({API: "https://10.0.0.1"}, API, ("public name",)),
    "host without dot": Bad({API: "https://backend"}, API, ("public name",)),
    "capital host": Bad({API: "https://API.yourapp.com"}, API, ("lower case",)),
    "port that is none": Bad({API: "https://api.yourapp.com:http"}, API, ("port",)),
    "port out of range": Bad({API: "https://api.yourapp.com:99999"}, API, ("port",)),
    "double slash in path": Bad({API: "https://api.yourapp.com//v1"}, API, ("//",)),
    "dots in path": Bad({API: "https://api.yourapp.com/../v1"}, API, ("..",)),
    "space in address": Bad({API: '"https://api. yourapp.com"'}, API, ("space",)),
    "two addresses": Bad({API: '"https://a.com,https://b.com"'}, API, ("port",)),
    "versioned Clerk address": Bad({BACKEND: "https://api.clerk.com/v1"}, BACKEND, ("follow the host",)),
    # tenant and social ids
    "tenant with space": Bad({TENANT: '"tenant one"'}, TENANT, ("letters",)),
    "tenant as address": Bad({TENANT: "https://x.com"}, TENANT, ("organization",)),
    "google secret": Bad(
        {GOOGLE: "GOCSPX-abcdefghijkl"}, GOOGLE, ("Google client secret",), leak="abcdefghijkl"
    ),
    "google id cut off": Bad({GOOGLE: "1234567890-abc"}, GOOGLE, ("googleusercontent",)),
    "facebook secret": Bad(
        {FACEBOOK: "0123456789abcdef" * 2}, FACEBOOK, ("number",), leak="0123456789abcdef"
    ),
    "github secret": Bad(
        {GITHUB: "0123456789abcdef0123" * 2}, GITHUB, ("secret is longer",), leak="abcdef0123"
    ),
    # other secrets
    "jwt key that is no PEM": Bad({JWT: "MFwwDQYJKoZIhvcNAQEB"}, JWT, ("PEM public key",)),
    "jwt key that is private": Bad({JWT: f'"{PRIVATE_PEM}"'}, JWT, ("private key",), leak="MIICdgIBADAN"),
    "jwt key cut off": Bad(
        {JWT: '"' + PUBLIC_PEM.replace("AwEAAQ==", "") + '"'}, JWT, ("cut off",), leak="MFwwDQYJ"
    ),
    "jwt key with damaged Base64": Bad(
        {JWT: '"' + PUBLIC_PEM.replace("AwEAAQ==", "AwEAA") + '"'}, JWT, ("damaged",), leak="MFwwDQYJ"
    ),
    "webhook secret without prefix": Bad({HOOK: "abcdefghijklmnopqrst"}, HOOK, ("whsec_",)),
    "webhook secret cut off": Bad({HOOK: "whsec_abc"}, HOOK, ("16 characters",)),
    # secrets where others see them
    "secret in tenant": Bad({TENANT: SECRET}, TENANT, ("secret",)),
    "another secret in public value": Bad(
        {TENANT: "swordfish99", "MAIL_PASSWORD": "swordfish99"}, TENANT, ("one of the secrets",)
    ),
    "secret inside public value": Bad(
        {"NEXT_PUBLIC_THEME": "a-swordfish99-b", "MAIL_PASSWORD": "swordfish99"},
        "NEXT_PUBLIC_THEME",
        ("one of the secrets",),
    ),
    "private key in public value": Bad(
        {"NEXT_PUBLIC_THEME": f'"{PRIVATE_PEM}"'}, "NEXT_PUBLIC_THEME", ("private key",), leak="MIICdgIBADAN"
    ),
    "aws key in plain value": Bad(
        {"SENTRY_DSN": "AKIAIOSFODNN7EXAMPLE"}, "SENTRY_DSN", ("AWS access key",), leak="AKIAIOSFODNN7EXAMPLE"
    ),
    "github token in plain value": Bad(
        {"SENTRY_DSN": "ghp_0123456789abcdef0123456789abcdef0123"}, "SENTRY_DSN", ("GitHub token",)
    ),
    "password in plain address": Bad(
        {"SENTRY_DSN": "https://me:opensesame1@db.yourapp.com"},
        "SENTRY_DSN",
        ("password",),
        leak="opensesame1",
    ),
    # characters and sizes
    "inner spaces at the ends": Bad({TENANT: '" tenant "'}, TENANT, ("begin or end",)),
    "control character": Bad({TENANT: '"ten\x07ant"'}, TENANT, ("U+0007",)),
    "zero-width space": Bad({TENANT: "tenant\u200b001"}, TENANT, ("U+200B",)),
    "no-break space": Bad({TENANT: "tenant\u00a0001"}, TENANT, ("U+00A0",)),
    "tab": Bad({TENANT: '"ten\\tant"'}, TENANT, ("U+0009",)),
    "line break in a value": Bad({TENANT: '"one\ntwo"'}, TENANT, ("one line", "quote")),
    "over Amplify's limit": Bad({"SENTRY_DSN": "x" * 5501}, "SENTRY_DSN", ("5501", "5500")),
    "interpolation": Bad({"SENTRY_DSN": "https://${HOST}/x"}, "SENTRY_DSN", ("${NAME}",)),
    # names
    "typo": Bad(
        {"CLERK_SECERT_KEY": "zzzzzzzzzzz"}, "CLERK_SECERT_KEY", ("CLERK_SECRET_KEY",), leak="zzzzzz"
    ),
    "lower case": Bad({"next_public_tenant_id": "x1"}, "next_public_tenant_id", ("NEXT_PUBLIC_TENANT_ID",)),
    "typo of an own variable": Bad({"SENTRY_DNS": "zzzzzzzz"}, "SENTRY_DNS", ("SENTRY_DSN",)),
    "unknown": Bad(
        {"DATABASE_URL": "zzzzzzzzz"},
        "DATABASE_URL",
        ("not in the contract", "environments.production.variables"),
        leak="zzzzzzzzz",
    ),
    "secret under public name": Bad(
        {"NEXT_PUBLIC_CLERK_SECRET_KEY": "sk_live_d00dd00dd00d"},
        "NEXT_PUBLIC_CLERK_SECRET_KEY",
        ("built into the pages",),
        leak="d00dd00dd00d",
    ),
    "the SDK's name": Bad({"CLERK_API_URL": "https://api.clerk.com"}, "CLERK_API_URL", (BACKEND,)),
    "reserved by AWS": Bad({"AWS_REGION": "us-east-1"}, "AWS_REGION", ("Amplify refuses",)),
    "set by the deployment": Bad({"RELEASE_COMMIT": "abc"}, "RELEASE_COMMIT", ("by itself",)),
    "switch of the deployment": Bad(
        {"CLERK_DEPLOY_TRUST_EDGE": "0"}, "CLERK_DEPLOY_TRUST_EDGE", ("by itself",)
    ),
    "set by the host": Bad({"NODE_ENV": "production"}, "NODE_ENV", ("by itself",)),
}


def written(changed: dict[str, str | None]) -> str:
    values = {
        SK: SECRET,
        PK: key("clerk.yourapp.com$"),
        API: "https://api.yourapp.com",
        TENANT: "tenant_production_001",
        APP: "https://yourapp.com",
        **changed,
    }
    return "".join(f"{name}={value}\n" for name, value in values.items() if value is not None)


@pytest.mark.parametrize("case", CASES.values(), ids=CASES.keys())
def test_mistake_is_named_with_reason_and_next_step(case: Bad, check: Callable[..., Values]) -> None:
    with pytest.raises(ProblemsError) as caught:
        check(written(case.changed), **case.settings)

    assert caught.value.exit_code is Exit.CHECKED_AND_BAD
    named = {problem.where.split(" ")[0]: problem for problem in caught.value.problems}
    assert case.where in named
    for word in case.words:
        assert word in f"{named[case.where].expected} {named[case.where].next_step}"
    assert named[case.where].next_step
    shown = f"{caught.value}{caught.value!r}"
    hidden = [case.changed.get(name) or "" for name in (SK, JWT, HOOK, "MAIL_PASSWORD")]
    for secret in (SECRET, case.leak, *(value for value in hidden if len(value) > 8)):
        assert not secret or secret not in shown


def test_there_are_at_least_sixty_of_them() -> None:
    assert len(CASES) >= 60


LINES = {
    "a secret alone on a line": ("sk_live_d00dd00dd00d\n", "d00dd00dd00d"),
    "an access key alone on a line": ("AKIAIOSFODNN7EXAMPLE\n", "AKIAIOSFODNN7EXAMPLE"),
    "a torn PEM key": (
        "MAIL_PASSWORD=-----BEGIN PRIVATE KEY-----\nMIICdgIBADANBgkqhkiG\nHjk=\n-----END PRIVATE KEY-----\n",
        "MIICdgIBADAN",
    ),
    "an open quote": ('MAIL_PASSWORD="swordfish99\n', "swordfish99"),
    "text after the closing quote": ("MAIL_PASSWORD='swordfish99'xyz\n", "swordfish99"),
}


@pytest.mark.parametrize(("line", "secret"), LINES.values(), ids=LINES.keys())
def test_torn_line_is_named_by_its_number_and_not_repeated(
    line: str, secret: str, check: Callable[..., Values]
) -> None:
    with pytest.raises(ProblemsError) as caught:
        check(written({}) + "\n" + line)

    assert any(problem.where.startswith("line") for problem in caught.value.problems)
    assert secret not in str(caught.value)


def test_duplicate_is_named_with_both_lines(check: Callable[..., Values]) -> None:
    with pytest.raises(ProblemsError, match=r"twice \(lines 4, 7\)"):
        check(written({}) + "\nNEXT_PUBLIC_TENANT_ID=other\n")


def test_name_without_value_is_refused(check: Callable[..., Values]) -> None:
    with pytest.raises(ProblemsError, match="no `=`"):
        check(written({TENANT: None}) + "NEXT_PUBLIC_TENANT_ID\n")


def test_problems_come_together_in_the_contracts_order(check: Callable[..., Values]) -> None:
    with pytest.raises(ProblemsError) as caught:
        check(f"ZZZ=1\n{APP}=http://x\n{TENANT}=your_tenant\n{SK}=nonsense\n")

    assert [problem.where for problem in caught.value.problems] == [
        SK,
        PK,
        API,
        TENANT,
        APP,
        "ZZZ (line 1)",
    ]
    assert caught.value.message == ".env.production cannot be used for production: 6 problems."
