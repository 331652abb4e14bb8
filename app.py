"""The CDK app: one stage per environment on Amplify. Works under the CDK CLI and as `python app.py`."""

import json
import os
import shutil
import sys
from pathlib import Path
from typing import Any

from clerk_deploy.errors import DeployError, UnusableInputError
from clerk_deploy.names import Names
from clerk_deploy.settings import Host, parse_settings

HERE = Path(__file__).resolve().parent


def main() -> int:
    """Synthesise every environment on Amplify.

    Returns:
        The exit code.
    """
    try:
        _prepare_jsii()
        _synthesise(_context())
    except DeployError as error:
        sys.stderr.write(f"{error}\n")
        return int(error.exit_code)
    return 0


def _prepare_jsii() -> None:
    """Let aws_cdk find the virtual environment's Node, quietly and without the template validator.

    The validator is most of a synth's time; CI sets CDK_VALIDATION=true once.
    """
    os.environ["PATH"] = os.pathsep.join(
        (str(Path(sys.executable).parent), os.environ.get("PATH", os.defpath))
    )
    os.environ.setdefault("CDK_VALIDATION", "false")
    os.environ.setdefault("JSII_SILENCE_WARNING_END_OF_LIFE_NODE_VERSION", "1")
    os.environ.setdefault("JSII_SILENCE_WARNING_UNTESTED_NODE_VERSION", "1")
    if shutil.which(os.environ.get("JSII_NODE", "node")) is None:
        raise UnusableInputError(
            "The CDK needs Node.js, and there is no `node` beside this Python nor on the PATH.",
            next_step="run `.venv/bin/python app.py`; bin/rehearse and bin/test fill .venv, Node included",
        )


def _context() -> dict[str, Any]:
    """The CLI's context, or cdk.json's own when there is no CLI."""
    given = os.environ.get("CDK_CONTEXT_JSON")
    source = "CDK_CONTEXT_JSON" if given else str(HERE / "cdk.json")
    try:
        document = json.loads(given) if given else json.loads((HERE / "cdk.json").read_text())["context"]
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise UnusableInputError(
            f"{source} holds no context that can be read: {error!r}",
            next_step="correct cdk.json; `git diff cdk.json` shows what changed",
        ) from None
    if not isinstance(document, dict):
        raise UnusableInputError(
            f"{source}: the context is no JSON object.",
            next_step="correct cdk.json; `git diff cdk.json` shows what changed",
        )
    return document


def _synthesise(context: dict[str, Any]) -> None:
    settings = parse_settings(context)
    # only now: importing aws_cdk starts Node
    import aws_cdk as cdk

    from stacks.deployment import Deployment
    from stacks.stage import EnvironmentStage

    app = cdk.App(
        context=context,
        outdir=os.environ.get("CDK_OUTDIR", str(HERE / "cdk.out")),
        analytics_reporting=False,
    )
    for name, environment in settings.environments.items():
        if environment.host is Host.AMPLIFY:
            names = Names(application=settings.application, environment=name)
            EnvironmentStage(app, deployment=Deployment(names=names, settings=environment))
    app.synth()


if __name__ == "__main__":
    sys.exit(main())
