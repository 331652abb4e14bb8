"""The guide's checklists, every line with what became of it: checked, built in, or left to a person."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from clerk_deploy.verification.findings import Status
from clerk_deploy.verification.report import Report, Result


@dataclass(frozen=True, kw_only=True)
class Built:
    """A line that the project keeps by how it is made.

    Args:
        file: The file that does it.
        how: What it does.
    """

    file: str
    how: str


@dataclass(frozen=True, kw_only=True)
class Line:
    """One line of a checklist.

    Args:
        section: The guide's headings.
        text: The line as the guide has it.
        checks: Ids of the live checks that show it.
        built: What guarantees it by construction.
        person: What is left for a person to do; empty for nothing.
    """

    section: str
    text: str
    checks: tuple[str, ...] = ()
    built: tuple[Built, ...] = ()
    person: str = ""


SECURITY: Final = "Security Checklist > Pre-Deployment"
OAUTH: Final = "Security Checklist > OAuth Configuration"
BACKEND: Final = "Security Checklist > Backend Configuration"
SOCIAL: Final = "Post-Deployment Verification > Verify Social Login"
BEFORE: Final = "Deployment Checklist > Pre-Deployment"
DURING: Final = "Deployment Checklist > During Deployment"
AFTER: Final = "Deployment Checklist > Post-Deployment"

LINES: Final = (
    Line(
        section=SECURITY,
        text="All API keys are in environment variables (not hardcoded)",
        checks=("leakage.scripts", "leakage.pages"),
        built=(
            Built(
                file="web/scripts/check-artifact.mjs",
                how="the build fails when a key's shape is in its output",
            ),
            Built(
                file="clerk_deploy/application/rules/secrets.py",
                how="`app check` finds keys in the sources and in git",
            ),
        ),
    ),
    Line(
        section=SECURITY,
        text="`.env.local` is in `.gitignore`",
        checks=("leakage.dotfiles",),
        built=(
            Built(file="web/.gitignore", how="every .env file is ignored but the example"),
            Built(
                file="clerk_deploy/application/rules/ignores.py", how="`app check` asks git in any repository"
            ),
        ),
    ),
    Line(
        section=SECURITY,
        text="CLERK_SECRET_KEY is never exposed to client",
        checks=(
            "leakage.pages",
            "leakage.scripts",
            "leakage.source_maps",
            "leakage.build_files",
            "leakage.headers",
        ),
        built=(
            Built(file="web/lib/secrets/store.ts", how="the key is read at run time and is in no build"),
            Built(file="web/scripts/check-artifact.mjs", how="the build fails when it is in its output"),
        ),
    ),
    Line(
        section=SECURITY,
        text="HTTPS is enabled for production",
        checks=("transport.https_redirect", "transport.hsts", "transport.protocols", "backend.https"),
        built=(Built(file="stacks/edge/site.py", how="port 80 answers with a redirect alone"),),
    ),
    Line(
        section=SECURITY,
        text="CORS is configured correctly on backend",
        checks=("backend.cors_app", "backend.cors_foreign", "cors.app"),
    ),
    Line(
        section=SECURITY,
        text="Rate limiting is enabled on backend APIs",
        checks=("rate_limit.backend", "rate_limit.app"),
        built=(
            Built(file="stacks/edge/firewall.py", how="on Amplify WAF limits /api/auth by client address"),
            Built(file="web/lib/http/address-limit.ts", how="on containers the app does"),
        ),
        person="The backend's limit costs many requests, so it is tried only when asked for: "
        "`clerk-deploy verify --only rate_limit`.",
    ),
    Line(
        section=OAUTH,
        text="Google OAuth redirect URIs configured",
        checks=("clerk.social_google",),
        person="In Google's console, Credentials: https://FRONTEND_API/v1/oauth_callback must be among the "
        "authorised redirect URIs. Google shows that list to its owner alone.",
    ),
    Line(
        section=OAUTH,
        text="Facebook OAuth app domains configured",
        checks=("clerk.social_facebook",),
        person="In Meta's console: the site's domain under App domains, and "
        "https://FRONTEND_API/v1/oauth_callback under Facebook Login > Valid OAuth redirect URIs.",
    ),
    Line(
        section=OAUTH,
        text="GitHub OAuth callback URLs configured",
        checks=("clerk.social_github",),
        person="In GitHub's OAuth app: Authorization callback URL https://FRONTEND_API/v1/oauth_callback.",
    ),
    Line(
        section=OAUTH,
        text="Social provider credentials are production keys",
        checks=("clerk.social_google", "clerk.social_facebook", "clerk.social_github", "clerk.live_keys"),
        built=(
            Built(
                file="clerk_deploy/environment/agreement.py", how="`push` refuses development keys of Clerk"
            ),
        ),
        person="The client secrets stand in Clerk's dashboard alone: compare them with the providers'.",
    ),
    Line(
        section=BACKEND,
        text="Backend accepts tokens from Clerk",
        checks=("backend.accepts_token", "clerk.jwks"),
    ),
    Line(
        section=BACKEND,
        text="Backend validates JWT signatures",
        checks=(
            "backend.refuses_bad_tokens",
            "tokens.tampered",
            "tokens.unsigned",
            "tokens.foreign_key",
            "tokens.other_instance",
            "tokens.expired",
        ),
    ),
    Line(
        section=BACKEND,
        text="Backend implements token refresh endpoint",
        checks=("authentication.refresh", "authentication.refresh_refusals"),
        built=(
            Built(file="web/app/api/auth/refresh/route.ts", how="the app has it; the backend needs none"),
        ),
    ),
    Line(
        section=BACKEND,
        text="Backend enforces tenant isolation",
        checks=(
            "tenants.header",
            "tenants.path",
            "tenants.query",
            "tenants.lists",
            "tenants.read",
            "tenants.write",
        ),
        person="The probes see the paths of the settings alone: ask the backend's team that every query has "
        "the tenant in its condition.",
    ),
    Line(
        section=SOCIAL,
        text="Test Google sign-in on production domain",
        checks=("clerk.social_google",),
        person="Sign in once with Google in a private window: its pages refuse machines.",
    ),
    Line(
        section=SOCIAL,
        text="Test Facebook sign-in on production domain",
        checks=("clerk.social_facebook",),
        person="Sign in once with Facebook in a private window: its pages refuse machines.",
    ),
    Line(
        section=SOCIAL,
        text="Test GitHub sign-in on production domain",
        checks=("clerk.social_github",),
        person="Sign in once with GitHub in a private window: its pages refuse machines.",
    ),
    Line(
        section=SOCIAL,
        text="Verify redirect URIs work correctly",
        checks=("clerk.social_google", "clerk.social_facebook", "clerk.social_github"),
        person="The three sign-ins above show it: each must come back to the site, signed in.",
    ),
    Line(
        section=BEFORE,
        text="All environment variables configured",
        checks=("authentication.health", "leakage.public_values", "clerk.page_key", "clerk.key_pair"),
        built=(
            Built(
                file="clerk_deploy/environment/validate.py", how="`push` refuses a file that is not complete"
            ),
        ),
    ),
    Line(
        section=BEFORE,
        text="Backend APIs deployed and accessible",
        checks=("backend.reachable", "backend.never_5xx"),
    ),
    Line(
        section=BEFORE,
        text="SSL/TLS certificates configured",
        checks=("transport.chain", "transport.host_name", "transport.expiry"),
        built=(Built(file="stacks/edge/certificate.py", how="with a hosted zone it is issued and renewed"),),
    ),
    Line(
        section=BEFORE,
        text="DNS records updated",
        checks=("transport.dns", "transport.clerk_dns", "transport.other_names"),
        built=(Built(file="stacks/edge/records.py", how="with a hosted zone the records are made"),),
    ),
    Line(
        section=BEFORE,
        text="OAuth providers configured",
        checks=("clerk.social_google", "clerk.social_facebook", "clerk.social_github"),
        person="See OAuth Configuration: the providers' consoles.",
    ),
    Line(
        section=DURING,
        text="Build succeeds without errors",
        built=(
            Built(file="clerk_deploy/release/amplify_host.py", how="a failed build ends the release"),
            Built(file="web/scripts/build.mjs", how="the build refuses blanks, secrets and missing values"),
        ),
    ),
    Line(
        section=DURING,
        text="All tests pass",
        person="Your own application's tests belong into its pipeline, before the release.",
    ),
    Line(
        section=DURING,
        text="No security warnings",
        checks=("headers.csp", "headers.nosniff", "headers.framing", "headers.powered_by"),
        built=(
            Built(file="web/scripts/audit.mjs", how="the build tells known vulnerable dependencies"),
            Built(file="stacks/suppressions.py", how="cdk-nag's rules hold; each exception has its reason"),
        ),
    ),
    Line(
        section=DURING,
        text="Bundle size is acceptable",
        checks=("performance.bundle",),
        built=(Built(file="web/bundle-budget.json", how="the build fails above it"),),
    ),
    Line(
        section=AFTER,
        text="Sign-in flow works",
        checks=("authentication.signin", "authentication.wrong_password", "authentication.signout"),
    ),
    Line(
        section=AFTER,
        text="Sign-up flow works",
        checks=("authentication.signup", "authentication.signup_refusals"),
        person="A real sign-up is tried only when asked for: `clerk-deploy verify --sign-up`.",
    ),
    Line(
        section=AFTER,
        text="Social login works",
        checks=("clerk.social_google", "clerk.social_facebook", "clerk.social_github"),
        person="The last step, at the provider's own pages, is a person's.",
    ),
    Line(
        section=AFTER,
        text="Token refresh works",
        checks=("authentication.refresh", "authentication.cookie_refresh"),
    ),
    Line(
        section=AFTER,
        text="Protected routes work",
        checks=("authentication.me", "tokens.missing_and_malformed", "authentication.pages"),
    ),
    Line(
        section=AFTER,
        text="Multi-tenant isolation works",
        checks=("tenants.signin", "tenants.me", "tenants.read"),
    ),
    Line(
        section=AFTER,
        text="Performance is acceptable",
        checks=("performance.page", "performance.auth", "caching.compression", "caching.static_immutable"),
    ),
    Line(
        section=AFTER,
        text="Monitoring is active",
        checks=("monitoring.alarms", "monitoring.subscription", "monitoring.datapoint"),
    ),
)
"""In the guide's order."""

IN_PART: Final = "in part"
"""The mark of a line of which some checks passed and others were not run."""

_WORST: Final = (Status.FAILED, Status.UNKNOWN, Status.WAIVED, Status.SKIPPED, Status.PASSED)


@dataclass(frozen=True, kw_only=True)
class Marked:
    """A line with its results.

    Args:
        line: The line.
        results: Of its checks, those that ran.
        is_plan: Nothing was run.
    """

    line: Line
    results: tuple[Result, ...]
    is_plan: bool = False

    @property
    def status(self) -> Status | None:
        """The worst of its checks; a pass outweighs what was skipped; None when none ran."""
        found = {result.status for result in self.results}
        if found == {Status.PASSED, Status.SKIPPED}:
            return Status.PASSED
        return next((status for status in _WORST if status in found), None)

    @property
    def word(self) -> str:
        """How a table marks it."""
        passed = [each for each in self.results if each.status is Status.PASSED]
        if self.status is Status.PASSED and len(passed) < len(self.line.checks):
            return IN_PART
        if self.status in (Status.FAILED, Status.UNKNOWN, Status.WAIVED, Status.PASSED):
            return str(self.status)
        if self.is_plan and self.line.checks:
            return "by verify"
        if self.line.built:
            return "built in"
        return "for a person" if self.line.person else "not checked"


def mark(report: Report | None) -> tuple[Marked, ...]:
    """Every line with its results.

    Args:
        report: A run; None marks without one.
    """
    results: Mapping[str, Result] = {each.check.id: each for each in report.results} if report else {}
    return tuple(
        Marked(
            line=line,
            results=tuple(results[name] for name in line.checks if name in results),
            is_plan=report is None,
        )
        for line in LINES
    )
