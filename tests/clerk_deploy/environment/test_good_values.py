from collections.abc import Callable
from typing import Any

import pytest

from clerk_deploy.environment.validate import Values
from clerk_deploy.secret_value import SecretValue

PEM = (
    "-----BEGIN PUBLIC KEY-----\n"
    "MFwwDQYJKoZIhvcNAQEBBQADSwAwSAJBAKj34GkxFhD90vcNLYLInFEX6Ppy1tPf9Cnzj4p4WGeKLs1Pt8Qu\n"
    "KUpRKfFLfRYC9AIKjbJTWit+CqvjWYzvQwECAwEAAQ==\n"
    "-----END PUBLIC KEY-----"
)


def written(values: dict[str, str], end: str = "\n") -> str:
    return "".join(f"{name}={value}{end}" for name, value in values.items())


def test_right_file_gives_every_visible_variable_and_the_secrets_that_are_there(
    check: Callable[..., Values], good: dict[str, str]
) -> None:
    values = check(written(good))

    assert values.visible == {
        "NEXT_PUBLIC_CLERK_PUBLISHABLE_KEY": good["NEXT_PUBLIC_CLERK_PUBLISHABLE_KEY"],
        "NEXT_PUBLIC_API_BASE_URL": "https://api.yourapp.com",
        "NEXT_PUBLIC_TENANT_ID": "tenant_production_001",
        "NEXT_PUBLIC_APP_URL": "https://yourapp.com",
        "CLERK_BACKEND_API_URL": "https://api.clerk.com",
        "NEXT_PUBLIC_GOOGLE_CLIENT_ID": "",
        "NEXT_PUBLIC_FACEBOOK_APP_ID": "",
        "NEXT_PUBLIC_GITHUB_CLIENT_ID": "",
        "SENTRY_DSN": "",
        "NEXT_PUBLIC_THEME": "",
    }
    assert values.secrets == {"CLERK_SECRET_KEY": SecretValue(good["CLERK_SECRET_KEY"])}


WAYS: dict[str, Callable[[dict[str, str]], str]] = {
    "Windows line ends": lambda good: written(good, end="\r\n"),
    "byte order mark": lambda good: "\ufeff" + written(good),
    "export": lambda good: "".join(f"export {name}={value}\n" for name, value in good.items()),
    "double quotes": lambda good: "".join(f'{name}="{value}"\n' for name, value in good.items()),
    "single quotes": lambda good: "".join(f"{name}='{value}'\n" for name, value in good.items()),
    "comments": lambda good: "# first\n" + "".join(f"{n}={v} # why\n\n" for n, v in good.items()),
    "spaces around =": lambda good: "".join(f"{name} = {value}\n" for name, value in good.items()),
    "no last line end": lambda good: written(good).rstrip("\n"),
}


@pytest.mark.parametrize("way", WAYS.values(), ids=WAYS.keys())
def test_harmless_ways_of_writing_give_the_same(
    way: Callable[[dict[str, str]], str], check: Callable[..., Values], good: dict[str, str]
) -> None:
    expected = check(written(good))

    found = check(way(good))

    assert (found.visible, found.secrets) == (expected.visible, expected.secrets)


PEMS = {
    "with line ends": f'"{PEM}"',
    "with backslash n": '"' + PEM.replace("\n", "\\n") + '"',
    "with backslash n, unquoted": PEM.replace("\n", "\\n"),
    "with Windows line ends": '"' + PEM.replace("\n", "\r\n") + '"',
    "indented": '"' + PEM.replace("\n", "\n    ") + '\n"',
}


@pytest.mark.parametrize("pem", PEMS.values(), ids=PEMS.keys())
def test_jwt_key_gets_real_line_ends(pem: str, check: Callable[..., Values], good: dict[str, str]) -> None:
    values = check(written({**good, "CLERK_JWT_KEY": pem}))

    assert values.secrets["CLERK_JWT_KEY"].reveal() == PEM


ACCEPTED: dict[str, tuple[dict[str, str], dict[str, Any]]] = {
    "www address": ({"NEXT_PUBLIC_APP_URL": "https://www.yourapp.com"}, {}),
    "backend under a path and port": ({"NEXT_PUBLIC_API_BASE_URL": "https://api.yourapp.com:8443/v1"}, {}),
    "organization id": ({"NEXT_PUBLIC_TENANT_ID": "org_2abcDEF"}, {}),
    "webhook secret": ({"CLERK_WEBHOOK_SIGNING_SECRET": "whsec_abcdEFGH0123+/45"}, {}),
    "social ids": (
        {
            "NEXT_PUBLIC_GOOGLE_CLIENT_ID": "123-abc.apps.googleusercontent.com",
            "NEXT_PUBLIC_FACEBOOK_APP_ID": "1234567890123456",
            "NEXT_PUBLIC_GITHUB_CLIENT_ID": "Ov23liAbCdEfGhIjKlMn",
        },
        {},
    ),
    "own variables": (
        {"SENTRY_DSN": "https://abc@o1.ingest.sentry.io/2", "NEXT_PUBLIC_THEME": "dark"},
        {},
    ),
    "dollar in an own secret": ({"MAIL_PASSWORD": "pa$$w0rd${x}"}, {}),
    "satellite": (
        {"NEXT_PUBLIC_CLERK_PUBLISHABLE_KEY": "pk_live_Y2xlcmsub3RoZXJhcHAuY29tJA"},
        {"clerk": {"satellite": True}},
    ),
    "test instance": (
        {
            "CLERK_SECRET_KEY": "sk_test_c0ffeec0ffee",
            "NEXT_PUBLIC_CLERK_PUBLISHABLE_KEY": "pk_test_YS1iLTEuY2xlcmsuYWNjb3VudHMuZGV2JA",
        },
        {"clerk": {"instance": "test"}},
    ),
    "site on a subdomain of Clerk's domain": (
        {"NEXT_PUBLIC_APP_URL": "https://staging.yourapp.com"},
        {"domain": "staging.yourapp.com"},
    ),
}


@pytest.mark.parametrize(("changed", "settings"), ACCEPTED.values(), ids=ACCEPTED.keys())
def test_is_accepted(
    changed: dict[str, str], settings: dict[str, Any], check: Callable[..., Values], good: dict[str, str]
) -> None:
    values = check(written({**good, **changed}), **settings)

    for name, value in changed.items():
        assert value in (values.visible.get(name), values.secrets.get(name, SecretValue("")).reveal())
