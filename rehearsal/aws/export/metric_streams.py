"""Metric streams at work: minutes that are over go to Firehose, with the stream's role."""

import logging
import threading
import time
from collections.abc import Mapping
from typing import Any, Final

from rehearsal.aws.cloudwatch.clock import Clock
from rehearsal.aws.cloudwatch.points import Datum
from rehearsal.aws.export.otlp import record
from rehearsal.aws.export.roles import RoleClients
from rehearsal.aws.export.windows import MINUTE, Closed, Windows

FORMAT: Final = "opentelemetry1.0"
PRINCIPAL: Final = "streams.metrics.cloudwatch.amazonaws.com"
PAUSE_SECONDS: Final = (0.1, 5.0)

logger = logging.getLogger("rehearsal.export")


class MetricStreams:
    """All metric streams of the account's region.

    Args:
        roles: Assumes the streams' roles.
        clock: AWS's time.
    """

    def __init__(self, *, roles: RoleClients, clock: Clock) -> None:
        self._roles = roles
        self._clock = clock
        self._streams: dict[str, Mapping[str, Any]] = {}
        self._windows = Windows()
        self._lock = threading.Lock()

    def keep(self, datum: Datum) -> None:
        """Keep a datapoint until its minute is over."""
        with self._lock:
            if self._streams:
                self._windows.put(datum, at=self._clock.at(datum.at))

    def put(self, properties: Mapping[str, Any]) -> str:
        """Create or change a stream.

        Args:
            properties: As a template has them.

        Returns:
            Its ARN.

        Raises:
            ValueError: What CloudWatch refuses, or what is not known here.
            TrustError: CloudWatch may not assume the role.
        """
        if properties["OutputFormat"] != FORMAT:
            raise ValueError(f"only the format {FORMAT} is known here")
        if "ExcludeFilters" in properties or not properties.get("IncludeFilters"):
            raise ValueError("only streams with IncludeFilters are known here")
        self._roles.client("firehose", properties["RoleArn"])
        name = str(properties["Name"])
        with self._lock:
            self._streams[name] = properties
        return f"arn:aws:cloudwatch:{self._roles.region}:{self._roles.account}:metric-stream/{name}"

    def remove(self, name: str) -> None:
        """End a stream; without effect when there is none."""
        with self._lock:
            self._streams.pop(name, None)

    def start(self) -> None:
        """Stream for as long as the process lives."""
        threading.Thread(target=self._run, daemon=True, name="metric streams").start()

    def tick(self) -> None:
        """Hand over what is over by now."""
        with self._lock:
            streams = list(self._streams.values())
            wanted = {item["Namespace"] for stream in streams for item in stream["IncludeFilters"]}
            closed = self._windows.close(self._clock.now(), wanted=wanted.__contains__)
        for stream in streams:
            namespaces = {item["Namespace"] for item in stream["IncludeFilters"]}
            if mine := [window for window in closed if window.namespace in namespaces]:
                self._send(stream, mine)

    def _send(self, stream: Mapping[str, Any], closed: list[Closed]) -> None:
        region, account = self._roles.region, self._roles.account
        data = record(
            [window.summary(_percentiles(stream, window)) for window in closed],
            account=account,
            region=region,
            stream_arn=f"arn:aws:cloudwatch:{region}:{account}:metric-stream/{stream['Name']}",
        )
        self._roles.client("firehose", stream["RoleArn"]).put_record(
            DeliveryStreamName=str(stream["FirehoseArn"]).rpartition("/")[2], Record={"Data": data}
        )

    def _run(self) -> None:
        shortest, longest = PAUSE_SECONDS
        pause = min(max(MINUTE / self._clock.scale / 4, shortest), longest)
        while True:
            time.sleep(pause)
            try:
                self.tick()
            except Exception as error:
                # as on AWS: who hands over too much or may not loses the metrics, and goes on
                logger.warning("metrics were not handed to Firehose: %s", error)


def _percentiles(stream: Mapping[str, Any], window: Closed) -> list[str]:
    return [
        statistic
        for item in stream.get("StatisticsConfigurations", ())
        for statistic in item["AdditionalStatistics"]
        if {"Namespace": window.namespace, "MetricName": window.name} in item["IncludeMetrics"]
    ]
