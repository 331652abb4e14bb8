"""The CDK app: one stage per environment in AWS. Works under the CDK CLI and as `python app.py`."""

import gc
import json
import os
import shutil
import sys
from collections.abc import Mapping, MutableMapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from clerk_deploy.errors import DeployError, UnusableInputError
from clerk_deploy.names import Names
from clerk_deploy.settings import Host, parse_settings

if TYPE_CHECKING:
    import aws_cdk as cdk

HERE = Path(__file__).resolve().parent
GIT_DIFF = "correct cdk.json; `git diff cdk.json` shows what changed"


def main() -> int:
    """Synthesise every environment in AWS.

    Returns:
        The exit code.
    """
    gc.disable()  # the process is short and keeps all it makes: a tenth of its time
    try:
        prepare_node(os.environ)
        context = read_context(os.environ, file=HERE / "cdk.json")
        build(context, outdir=Path(os.environ.get("CDK_OUTDIR", HERE / "cdk.out"))).synth()
    except DeployError as error:
        sys.stderr.write(f"{error}\n")
        return int(error.exit_code)
    return 0


def prepare_node(environ: MutableMapping[str, str]) -> None:
    """Let aws_cdk find the virtual environment's Node, quietly, and skip its template validator.

    The validator is most of a synth's time; CI sets CDK_VALIDATION=true once.

    Args:
        environ: The environment that aws_cdk will start Node in.

    Raises:
        UnusableInputError: There is no Node.
    """
    environ["PATH"] = os.pathsep.join((str(Path(sys.executable).parent), environ.get("PATH", os.defpath)))
    environ.setdefault("CDK_VALIDATION", "false")
    environ.setdefault("JSII_SILENCE_WARNING_END_OF_LIFE_NODE_VERSION", "1")
    environ.setdefault("JSII_SILENCE_WARNING_UNTESTED_NODE_VERSION", "1")
    node = environ.get("JSII_NODE", "node")
    if shutil.which(node, path=environ["PATH"]) is None:
        raise UnusableInputError(
            f"The CDK needs Node.js, and there is no `{node}` beside this Python nor on the PATH.",
            next_step="run `.venv/bin/python app.py`; bin/rehearse and bin/test fill .venv, Node included",
        )


def read_context(environ: Mapping[str, str], *, file: Path) -> dict[str, Any]:
    """The CDK CLI's context, or cdk.json's own when there is no CLI.

    Args:
        environ: Where the CLI leaves its context.
        file: The cdk.json.

    Raises:
        UnusableInputError: Neither can be read.
    """
    given = environ.get("CDK_CONTEXT_JSON")
    try:
        context = json.loads(given) if given else json.loads(file.read_text(encoding="utf-8"))["context"]
    except (OSError, ValueError, KeyError, TypeError) as error:
        source = "CDK_CONTEXT_JSON" if given else file
        raise UnusableInputError(
            f"{source} holds no context that can be read: {error!r}", next_step=GIT_DIFF
        ) from None
    if not isinstance(context, dict):
        raise UnusableInputError("The context of cdk.json is no JSON object.", next_step=GIT_DIFF)
    return context


def build(context: Mapping[str, Any], *, outdir: Path) -> "cdk.App":
    """The CDK app, not yet synthesised.

    Args:
        context: cdk.json's context.
        outdir: Where the cloud assembly goes.

    Raises:
        DeployError: The settings cannot be used.
    """
    settings = parse_settings(context)
    # only now, with Node found and the settings sound: the import starts Node
    import aws_cdk as cdk

    from stacks.deployment import Deployment
    from stacks.stage import ContainersStage, EnvironmentStage

    app = cdk.App(context=dict(context), outdir=str(outdir), analytics_reporting=False, tree_metadata=False)
    for name, environment in settings.environments.items():
        names = Names(application=settings.application, environment=name)
        deployment = Deployment(names=names, settings=environment)
        if environment.host is Host.AMPLIFY:
            EnvironmentStage(app, deployment=deployment)
        elif environment.host is Host.CONTAINERS and environment.account:
            ContainersStage(app, deployment=deployment)
    return app


if __name__ == "__main__":
    sys.exit(main())
