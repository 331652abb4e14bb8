"""The deployment guide's sections, each with where it is now and what is done otherwise."""

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, kw_only=True)
class Section:
    """One section of the guide.

    Args:
        heading: The guide's headings.
        now: Where it is now: files, commands, alarms, pages.
        otherwise: What is done in another way than the guide says, and why; empty for nothing.
    """

    heading: str
    now: str
    otherwise: str = ""


SECTIONS: Final = (
    Section(
        heading="Environment Variables for Production",
        now="`clerk_deploy/environment/contract.py` is the list ([variables](variables.md)); "
        "`clerk-deploy environment check|push|show|diff`; own variables: `variables` in `cdk.json`",
        otherwise="The publishable key, which this list of the guide leaves out, is required. A webhook's "
        "signing secret and Clerk's JWT key may be there too.",
    ),
    Section(
        heading="AWS Amplify > Environment Variables Configuration",
        now="`stacks/hosting/` sets them on each slot, from Secrets Manager at a pinned revision",
        otherwise="CLERK_SECRET_KEY is no variable of the app: every build could read it. The server reads "
        "it from Secrets Manager at run time, by the app's compute role.",
    ),
    Section(
        heading="AWS Amplify > Build Settings",
        now="`web/amplify.yml`; `clerk-deploy app adopt` brings it to your repository",
        otherwise="Node is pinned, blanks are refused, and what was built is scanned for secrets and weighed "
        "before it is shipped.",
    ),
    Section(
        heading="AWS Amplify > Next.js Configuration",
        now="`web/next.config.ts`",
        otherwise="Without `env: {CLERK_SECRET_KEY}`: Next.js would write the secret into the bundle. "
        "`clerk-deploy app check` finds this in any repository.",
    ),
    Section(
        heading="Vercel > Environment Variables",
        now="`pulumi/vercel/`, from the same contract; the secret is sensitive ([Vercel](vercel.md))",
    ),
    Section(
        heading="Vercel > Build Configuration",
        now="`pulumi/vercel/` names framework, Node, region and build command",
        otherwise="Nothing is left to detection, and a push takes no domain: `clerk-deploy release` does.",
    ),
    Section(
        heading="Vercel > Domain Configuration",
        now="`pulumi/vercel/`; the app's address is held against the domain before anything changes",
    ),
    Section(
        heading="Docker > Dockerfile",
        now="`web/Dockerfile`",
        otherwise="Node 22 in place of 18, which gets no fixes since April 2025; every public variable is a "
        "build argument; a health check; no `.env` file in any layer.",
    ),
    Section(
        heading="Docker > Docker Compose",
        now="`web/compose.yaml` for a laptop; production is `pulumi/` ([containers](containers.md))",
        otherwise="The secret is a file, not in the container's environment, which `docker inspect` shows.",
    ),
    Section(
        heading="Docker > Environment File",
        now="`web/.env.example`; `clerk-deploy environment check FILE`",
    ),
    Section(
        heading="Post-Deployment Verification > Test Authentication Flows",
        now="`clerk-deploy verify` ([verification](verification.md)), before each switch, after it, and "
        "every few minutes",
        otherwise="The guide's curl prints tokens into a terminal's history. Here smoke users sign in whose "
        "passwords nobody sees: `clerk-deploy smoke create`.",
    ),
    Section(
        heading="Post-Deployment Verification > Monitor Logs",
        now="`clerk-deploy logs --follow`, on each host",
        otherwise="`aws amplify get-app` shows no log.",
    ),
    Section(
        heading="Rollback Plan > Revert to Previous Deployment",
        now="`clerk-deploy rollback`, and by itself on the release's alarm ([release](release.md))",
        otherwise="Amplify's console has no way back but a new build. Here the release before stays built "
        "and is switched to. Vercel: an instant rollback, not a redeployment, which builds with today's "
        "variables. Docker: no `down`, which ends the site.",
    ),
    Section(
        heading="Rollback Plan > Switch Back to Client-Side Clerk",
        now="`clerk-deploy release --fallback` ([fallback](fallback.md))",
        otherwise="Not by commenting out code in an emergency: the other app is a git ref that is known to "
        "build, and goes live by the ordinary way.",
    ),
    Section(
        heading="Performance > Enable Caching",
        now="`web/next.config.ts`, `stacks/edge/` ([response headers](headers.md)); checks `caching.*`",
    ),
    Section(
        heading="Performance > Enable Compression",
        now="`stacks/edge/`, `pulumi/components/`; check `caching.compression`",
    ),
    Section(
        heading="Performance > CDN Configuration",
        now="`stacks/edge/` (CloudFront), a CDN of your own before [containers](containers.md); checks "
        "`caching.static_immutable`, `caching.api_private`",
    ),
    Section(
        heading="Monitoring & Alerts > Metrics to Monitor",
        now="`clerk_deploy/monitoring/alarms/`: [every metric of the guide with its alarm](monitoring.md)",
    ),
    Section(
        heading="Monitoring & Alerts > Tools",
        now="CloudWatch: `stacks/monitoring/`. Vercel: [its page](vercel.md). Datadog and New Relic: "
        "[other monitors](other-monitors.md)",
        otherwise="Vercel Analytics counts visits, not sign-ins: verification and the log drain take "
        "its place.",
    ),
    Section(
        heading="Troubleshooting > Token verification failed",
        now="`/api/health` names it ([runbook](runbook.md)); checks `clerk.*`, `tokens.*`; alarms "
        "`secret-problems`, `clerk-failures`, `bad-signatures`",
    ),
    Section(
        heading="Troubleshooting > Social login not working",
        now="checks `clerk.social_google`, `clerk.social_facebook`, `clerk.social_github`",
    ),
    Section(
        heading="Troubleshooting > Token refresh failing",
        now="checks `authentication.refresh`, `authentication.cookie_refresh`; alarms `refresh-success`, "
        "`tokens-not-yet-valid`",
    ),
    Section(
        heading="Troubleshooting > Multi-tenant isolation broken",
        now="checks `tenants.*`; alarm `tenant-refusals`",
        otherwise="Whether every query of the backend has its tenant is the backend's to show.",
    ),
    Section(
        heading="Support Contacts",
        now="`contacts` in `cdk.json` ([settings](settings.md)): they stand in each alarm's message",
    ),
)
"""In the guide's order; its checklists are in `clerk_deploy.verification.checklist`."""
