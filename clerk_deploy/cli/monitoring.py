"""`clerk-deploy monitoring`: connect and subscribe."""

from typing import TYPE_CHECKING

from clerk_deploy.cli.context import Context, Target, command, noun
from clerk_deploy.cli.unseen import unseen

if TYPE_CHECKING:
    from clerk_deploy.settings.export import ExportSettings

app = noun("Datadog or New Relic beside CloudWatch.")


@app.callback()
def _monitoring() -> None:
    """Datadog or New Relic beside CloudWatch."""


@command(app, "connect")
def connect(*, context: Context) -> None:
    """Store the key that metrics are sent with; it is typed unseen, or read from standard input."""
    from clerk_deploy.cli.makers import MAKERS
    from clerk_deploy.monitoring.export.key import NAMES, connect_monitor, monitor_key

    target = context.target()
    vendor = _export(target).vendor
    key = monitor_key(unseen(f"{vendor.brand} {NAMES[vendor]}"), vendor=vendor)
    store = context.store(target, context.clients(target))
    changed = connect_monitor(store, key, vendor=vendor, makers=MAKERS)
    next_step = f"cdk deploy '{target.name}/Monitoring'"
    context.output.show(
        {"changed": changed, "environment": target.name, "next_step": next_step if changed else None},
        lambda: (
            [
                f"{vendor.brand}'s key is stored. Firehose reads it by itself, also when it is another than "
                "before.",
                f"next: {next_step}, unless it is deployed already",
            ]
            if changed
            else ["Nothing to do: this key is stored already."]
        ),
    )


@command(app, "subscribe")
def subscribe(*, context: Context) -> None:
    """Let Datadog show alarms as events; asks for an API key of its own, unseen or from standard input."""
    from clerk_deploy.aws.stacks import read_stack
    from clerk_deploy.errors import RefusedError
    from clerk_deploy.monitoring.export.key import monitor_key
    from clerk_deploy.monitoring.export.subscription import alarm_host, subscribe_monitor

    target = context.target()
    export = _export(target)
    host = alarm_host(export)
    key = monitor_key(unseen("Datadog API key for alarms alone"), vendor=export.vendor)
    clients = context.clients(target)
    stack = read_stack(clients.client("cloudformation"), target.names.stack("Monitoring"))
    if stack is None or "TopicArn" not in stack.outputs:
        raise RefusedError(
            f"{target.name} has no alarms yet.", next_step=f"cdk deploy '{target.name}/Monitoring'"
        )
    pending = subscribe_monitor(clients.client("sns"), key, host=host, topic_arn=stack.outputs["TopicArn"])
    context.output.note(
        "SNS keeps this key in the subscription's address, and shows it to whoever may list subscriptions: "
        "use it for nothing else, and revoke it in Datadog when it got about."
    )
    context.output.show(
        {"environment": target.name, "pending": pending, "topic": stack.outputs["TopicArn"]},
        lambda: [
            f"Datadog is subscribed to {stack.outputs['TopicArn']}"
            + (" and confirms within a minute." if pending else ".")
        ],
    )


def _export(target: Target) -> "ExportSettings":
    from clerk_deploy.errors import UnusableInputError

    export = target.settings.monitoring.export
    if export is None:
        raise UnusableInputError(
            f"{target.name} sends metrics nowhere: `monitoring.export` is not set.",
            next_step="set it in cdk.json and deploy: docs/other-monitors.md",
        )
    return export
