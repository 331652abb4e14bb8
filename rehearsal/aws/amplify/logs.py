"""What a server prints, in CloudWatch Logs: group /aws/amplify/APPID, written with the service role."""

import queue
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

import boto3
from botocore.exceptions import ClientError

from rehearsal.aws.amplify.state import Branch, Job
from rehearsal.aws.roles import Credentials

INTERVAL_SECONDS = 0.3
BATCH = 500


@dataclass(frozen=True, kw_only=True)
class LogShipper:
    """Ships the output of servers.

    Args:
        endpoint: The embedded AWS.
        credentials: Gives the service role's credentials of a branch's app.
    """

    endpoint: str
    credentials: Callable[[Branch], Credentials]

    def ship(self, output: IO[bytes], job: Job, copy: Path) -> None:
        """Read lines until the server ends; keep a copy in a file."""
        lines: queue.Queue[str | None] = queue.Queue(maxsize=100_000)
        threading.Thread(target=self._send, args=(lines, job), daemon=True).start()
        copy.parent.mkdir(parents=True, exist_ok=True)
        with copy.open("ab", buffering=0) as file:
            for raw in output:
                file.write(raw)
                lines.put(raw.decode(errors="replace").rstrip("\n"))
        lines.put(None)

    def _send(self, lines: "queue.Queue[str | None]", job: Job) -> None:
        group = f"/aws/amplify/{job.branch.app.id}"
        stream = f"{job.branch.name}/{time.strftime('%Y/%m/%d')}/{job.id}"
        client = self._client(job.branch)
        open_stream = True
        created = False
        while open_stream:
            time.sleep(INTERVAL_SECONDS)
            events: list[dict[str, Any]] = []
            while len(events) < BATCH:
                try:
                    line = lines.get_nowait()
                except queue.Empty:
                    break
                if line is None:
                    open_stream = False
                    break
                events.append({"timestamp": int(time.time() * 1000), "message": line or " "})
            if not events:
                continue
            if not created:
                _create(client, group, stream)
                created = True
            client.put_log_events(logGroupName=group, logStreamName=stream, logEvents=events)

    def _client(self, branch: Branch) -> Any:
        credentials = self.credentials(branch)
        return boto3.client(
            "logs",
            region_name=branch.app.region,
            endpoint_url=self.endpoint,
            aws_access_key_id=credentials.access_key,
            aws_secret_access_key=credentials.secret_key,
            aws_session_token=credentials.session_token,
        )


def _create(client: Any, group: str, stream: str) -> None:
    for call, arguments in (
        (client.create_log_group, {"logGroupName": group}),
        (client.create_log_stream, {"logGroupName": group, "logStreamName": stream}),
    ):
        try:
            call(**arguments)
        except ClientError as error:
            if error.response["Error"]["Code"] != "ResourceAlreadyExistsException":
                raise
