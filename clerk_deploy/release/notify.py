"""Telling people how an operation ended."""

from dataclasses import dataclass
from typing import Any

from clerk_deploy.names import Names
from clerk_deploy.release.ledger.records import Operation

SUBJECT_LIMIT = 100
"""SNS's limit of a subject."""


@dataclass(frozen=True, kw_only=True)
class Notifier:
    """Publishes to the environment's topic.

    Args:
        client: boto3's `sns` client.
        topic: The topic's ARN.
        names: Names of what the environment owns.
    """

    client: Any
    topic: str
    names: Names

    def ended(self, operation: Operation) -> None:
        """Tell the outcome of an operation."""
        self.tell(subject=headline(operation), body=story(operation))

    def tell(self, *, subject: str, body: str) -> None:
        """Tell anything else."""
        line = f"{self.names.prefix}: {subject}"
        # SNS refuses line breaks and other than ASCII characters in a subject
        clean = line.encode("ascii", "replace").decode().replace("\n", " ")[:SUBJECT_LIMIT]
        self.client.publish(TopicArn=self.topic, Subject=clean, Message=body)


def headline(operation: Operation) -> str:
    """An operation in a few words."""
    target = operation.target.release or operation.request.commit or operation.request.to or "nothing"
    which = " (the fallback)" if operation.target.fallback or operation.request.fallback else ""
    return f"{operation.request.kind} {operation.number} of {target}{which}: {operation.outcome}"


def story(operation: Operation) -> str:
    """An operation as a text."""
    lines = [
        headline(operation),
        f"asked by {operation.request.who or 'somebody'} ({operation.request.how})"
        + (f": {operation.request.reason}" if operation.request.reason else ""),
        f"live before: {operation.source.release or 'nothing'}",
    ]
    if operation.reason:
        lines.append(f"why: {operation.reason}")
    if operation.next_step:
        lines.append(f"next: {operation.next_step}")
    lines += [f"  {step.seconds:8.1f} s  {step.name}  {step.note}".rstrip() for step in operation.steps]
    return "\n".join(lines)
