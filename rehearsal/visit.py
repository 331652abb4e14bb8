"""How a person looks at a running rehearsal: browser, curl, and the project's own commands."""

import json
import shlex

from rehearsal.commands import PROJECT
from rehearsal.front.certificates import AUTHORITY_FILE
from rehearsal.front.clients import browser_flags
from rehearsal.stage import Stage


def what_to_try(stage: Stage) -> str:
    """The text that a rehearsal ends with while it stays up; writes the file that it names."""
    tools = f"{PROJECT / '.venv' / 'bin'}:{PROJECT / 'node_modules' / '.bin'}"
    variables = stage.folder / "environment.sh"
    variables.touch(mode=0o600)
    variables.write_text(
        "".join(
            f"export {name}={shlex.quote(value)}\n"
            for name, value in {
                **stage.variables,
                "CLERK_DEPLOY_ENVIRONMENT": stage.environment,
            }.items()
        )
        + f"export PATH={shlex.quote(tools)}:$PATH\n"
        # its cdk.json is the one that was deployed
        + f"cd {shlex.quote(str(stage.project))}\n",
        encoding="utf-8",
    )
    key_hash = json.loads(stage.world.ready_file.read_text(encoding="utf-8"))["key_hash"]
    flags = browser_flags(proxy_port=stage.world.proxy_port, key_hash=key_hash)
    profile = stage.folder / "browser"
    browser = shlex.join(["chromium", *flags, f"--user-data-dir={profile}", "--no-first-run", stage.site])
    certificate = stage.world.folder / AUTHORITY_FILE
    curl = shlex.join(
        ["curl", "--proxy", stage.proxy, "--cacert", str(certificate), f"{stage.site}/api/health"]
    )
    return f"""
It stays up until Ctrl-C. In another terminal:

  in a browser     {browser}
  with curl        {curl}
  as an operator   . {variables}    # for this terminal, as long as the rehearsal is up
                   clerk-deploy status
                   clerk-deploy verify --skip monitoring.subscription    # nobody can confirm one here
                   clerk-deploy environment diff {stage.folder / ".env.production"}
                   clerk-deploy history; clerk-deploy logs
                   cdk diff '{stage.environment}/*'
  another commit   git clone {stage.repository} app, change it, git push; then clerk-deploy release

Everything it wrote is in {stage.folder}
"""
