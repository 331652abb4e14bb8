"""The contract: every variable of the deployment guide, declared once, and the settings' own."""

from typing import TYPE_CHECKING

from clerk_deploy.environment import checks
from clerk_deploy.environment.addresses import https_address
from clerk_deploy.environment.variable import Kind, NeededAt, Variable

if TYPE_CHECKING:
    from clerk_deploy.settings.models import EnvironmentSettings
    from clerk_deploy.settings.variables import ExtraVariable

PUBLISHABLE_KEY = "NEXT_PUBLIC_CLERK_PUBLISHABLE_KEY"
SECRET_KEY = "CLERK_SECRET_KEY"
APP_URL = "NEXT_PUBLIC_APP_URL"

GUIDE: tuple[Variable, ...] = (
    Variable(
        name=SECRET_KEY,
        kind=Kind.SECRET,
        needed_at=NeededAt.RUN,
        required=True,
        help="The key with which the server calls Clerk's Backend API.",
        found_at="Clerk's dashboard, Configure > API keys > Secret keys",
        check=checks.is_secret_key,
    ),
    Variable(
        name="CLERK_JWT_KEY",
        kind=Kind.SECRET,
        needed_at=NeededAt.RUN,
        help="Clerk's public key as PEM: tokens are verified without asking Clerk for it.",
        found_at="Clerk's dashboard, Configure > API keys > JWKS Public Key",
        normalise=checks.unfold_pem,
        check=checks.is_public_key_pem,
    ),
    Variable(
        name="CLERK_WEBHOOK_SIGNING_SECRET",
        kind=Kind.SECRET,
        needed_at=NeededAt.RUN,
        help="Proves that a webhook comes from Clerk.",
        found_at="Clerk's dashboard, Configure > Webhooks > the endpoint > Signing Secret",
        check=checks.is_webhook_secret,
    ),
    Variable(
        name=PUBLISHABLE_KEY,
        kind=Kind.PUBLIC,
        needed_at=NeededAt.BUILD,
        required=True,
        help="Tells the pages which Clerk instance to talk to.",
        found_at="Clerk's dashboard, Configure > API keys > Publishable key",
        check=checks.is_publishable_key,
    ),
    Variable(
        name="NEXT_PUBLIC_API_BASE_URL",
        kind=Kind.PUBLIC,
        needed_at=NeededAt.BUILD,
        required=True,
        help="Address of the backend that accepts Clerk's tokens.",
        found_at="the backend's team",
        check=https_address(path_allowed=True, example="https://api.yourapp.com"),
    ),
    Variable(
        name="NEXT_PUBLIC_TENANT_ID",
        kind=Kind.PUBLIC,
        needed_at=NeededAt.BUILD,
        required=True,
        help="The one tenant that this deployment serves: id or slug of its Clerk organization.",
        found_at="Clerk's dashboard, Organizations > the organization > ID or Slug",
        check=checks.is_tenant,
    ),
    Variable(
        name=APP_URL,
        kind=Kind.PUBLIC,
        needed_at=NeededAt.BUILD,
        required=True,
        help="The site's own address, with one of the domains of cdk.json.",
        found_at="cdk.json, `domain`",
        check=https_address(path_allowed=False, example="https://yourapp.com"),
    ),
    Variable(
        name="CLERK_BACKEND_API_URL",
        kind=Kind.PLAIN,
        needed_at=NeededAt.RUN,
        default="https://api.clerk.com",
        help="Address of Clerk's Backend API.",
        found_at="leave it out: only Clerk's support hands out another",
        handed_on_as=("CLERK_API_URL",),
        check=https_address(path_allowed=False, example="https://api.clerk.com"),
    ),
    Variable(
        name="NEXT_PUBLIC_GOOGLE_CLIENT_ID",
        kind=Kind.PUBLIC,
        needed_at=NeededAt.BUILD,
        help="Shows the Google button.",
        found_at="Clerk's dashboard, Configure > SSO connections > Google > Client ID",
        check=checks.is_google_client_id,
    ),
    Variable(
        name="NEXT_PUBLIC_FACEBOOK_APP_ID",
        kind=Kind.PUBLIC,
        needed_at=NeededAt.BUILD,
        help="Shows the Facebook button.",
        found_at="Clerk's dashboard, Configure > SSO connections > Facebook > Client ID",
        check=checks.is_facebook_app_id,
    ),
    Variable(
        name="NEXT_PUBLIC_GITHUB_CLIENT_ID",
        kind=Kind.PUBLIC,
        needed_at=NeededAt.BUILD,
        help="Shows the GitHub button.",
        found_at="Clerk's dashboard, Configure > SSO connections > GitHub > Client ID",
        check=checks.is_github_client_id,
    ),
)
"""The guide's variables, in the order in which they are shown and their problems are listed."""

PROXY_URL = Variable(
    name="NEXT_PUBLIC_CLERK_PROXY_URL",
    kind=Kind.PUBLIC,
    needed_at=NeededAt.BUILD,
    required=True,
    help="Proxy URL of the Clerk instance, by which Clerk believes whose address a sign-in comes from.",
    found_at="Clerk's dashboard, Configure > Domains > Frontend API > Proxy",
    check=https_address(path_allowed=True, example="https://yourapp.com/__clerk"),
)
"""Part of the contract where the setting `clerk.forwardClientAddress` is on."""


def contract(environment: "EnvironmentSettings") -> tuple[Variable, ...]:
    """All variables of an environment: the guide's, what its settings ask for, then its own.

    Args:
        environment: The environment's settings.
    """
    asked_for = (PROXY_URL,) if environment.clerk.forward_client_address else ()
    return (*GUIDE, *asked_for, *(_extra(variable) for variable in environment.variables))


def _extra(declared: "ExtraVariable") -> Variable:
    if declared.secret:
        kind = Kind.SECRET
    elif declared.name.startswith("NEXT_PUBLIC_"):
        kind = Kind.PUBLIC
    else:
        kind = Kind.PLAIN
    return Variable(
        name=declared.name,
        kind=kind,
        needed_at=NeededAt.BUILD if kind is Kind.PUBLIC else declared.needed_at,
        required=declared.required,
        help=declared.help or "Declared in cdk.json.",
        normalise=checks.unfold_pem if declared.secret else None,
        found_at="the application's team",
    )
