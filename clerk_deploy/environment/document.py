"""The page docs/variables.md, written from the contract by `python -m clerk_deploy.environment.document`."""

import sys

from clerk_deploy.environment.contract import GUIDE
from clerk_deploy.environment.variable import Variable

INTRODUCTION = """# Variables

Written from the contract by `python -m clerk_deploy.environment.document > docs/variables.md`; do not
edit.

One file per environment, such as `.env.production`, holds the variables of the deployment guide and those
that the application declares of its own (`environments.NAME.variables` in cdk.json, docs/settings.md).
Keep it out of git: it holds the live secret. `${NAME}` is not replaced; a value of several lines, such as
a PEM key, goes in double quotes.

    clerk-deploy environment check .env.production -e production    # needs no AWS
    clerk-deploy environment push .env.production -e production     # a new revision, if values changed
    clerk-deploy environment show -e production                     # secrets are starred
    clerk-deploy environment diff .env.production -e production     # names only; exits 1 when they differ
    clerk-deploy environment check -e production                    # what is pushed, by today's contract

Kinds: a *public* value is built into the pages and everybody sees it; a *plain* one stays on the server,
yet is no secret; a *secret* reaches only the running server, never a build, a template or a log.

| Variable | Kind | Needed at | Required | What it is | Where to find it |
|---|---|---|---|---|---|
"""

EXAMPLE = """
A file to start from; every value is a placeholder, which `check` refuses:

```bash
CLERK_SECRET_KEY=sk_live_...
NEXT_PUBLIC_CLERK_PUBLISHABLE_KEY=pk_live_...
NEXT_PUBLIC_API_BASE_URL=https://your-backend-api.com
NEXT_PUBLIC_TENANT_ID=your_tenant_id
NEXT_PUBLIC_APP_URL=https://your-app-domain.com
```
"""

RULES = """
## What is checked

- Every environment is served over https, so every address begins with `https://`: without user, query,
  fragment or a slash at its end. The app's address has one of the site's domains (`domain` and `www` in
  cdk.json).
- Both keys are of the Clerk instance that `clerk.instance` names in cdk.json: `live` unless it says
  `test`. That is the rule, not the environment's name: a staging with test keys says so, and production
  cannot get them by oversight.
- A live publishable key's domain holds the site's (clerk.yourapp.com serves yourapp.com and all below
  it), unless `clerk.satellite` is set. Live keys are refused on `*.vercel.app`.
- Blank values, the guide's placeholders, invisible characters, values over Amplify's 5,500 characters,
  names that stand there twice, unknown names and likely typos are refused, all of them in one answer.
- A secret in a public or plain value, or under a `NEXT_PUBLIC_` name, is refused. No answer repeats a
  value that could be one.

## What becomes of it

Public and plain variables become a version of the secret `APPLICATION/ENVIRONMENT/variables`: its version
id is the revision. Secrets go into `APPLICATION/ENVIRONMENT/secrets` under their publishable key, so that
each release finds those of the Clerk instance that it was built for; a change of secrets alone makes no
revision, and servers read it within minutes. `push --prune` drops secrets of instances that no kept
revision names. 16 revisions are kept.

## What the deployment guide says otherwise

- Its list of required variables lacks the publishable key: without it nothing of Clerk works.
- `env: { CLERK_SECRET_KEY }` in next.config writes the live secret into the build's files. Here no build
  ever gets it: the server reads it when it starts.
- `CLERK_BACKEND_API_URL` is read by no Clerk SDK. It is accepted, and handed on as `CLERK_API_URL` too.
- Only `.env.local` is in its .gitignore, yet `.env.production` holds the live secret. Ignore `.env*`.
- Its Dockerfile passes no publishable key and no social ids to the build: `NEXT_PUBLIC_` values given at
  run time are ignored. A blank build argument is built in as blank, so blanks are refused.
- Variables set in Amplify's console do not reach the server at run time; the build hands on those that
  are no secrets.
- Social ids only show the buttons. With Clerk the credentials live in Clerk's dashboard, and the redirect
  address at the provider is `https://CLERK_FRONTEND_HOST/v1/oauth_callback`.
- The tenant id is public and anybody can send another: whoever decides takes the tenant from verified
  claims.
"""


def document() -> str:
    """The page."""
    return INTRODUCTION + "".join(_row(variable) for variable in GUIDE) + EXAMPLE + RULES


def _row(variable: Variable) -> str:
    handed_on = f" Also handed on as {', '.join(f'`{name}`' for name in variable.handed_on_as)}."
    what = variable.help + (handed_on if variable.handed_on_as else "")
    required = "yes" if variable.required else f"no (`{variable.default}`)" if variable.default else "no"
    cells = (
        f"`{variable.name}`",
        variable.kind.value,
        variable.needed_at.value,
        required,
        what,
        variable.found_at,
    )
    return f"| {' | '.join(cells)} |\n"


if __name__ == "__main__":
    sys.stdout.write(document())
