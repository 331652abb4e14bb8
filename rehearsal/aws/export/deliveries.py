"""Firehose's deliveries over HTTP at work: buffered, tried again, and at last put into the bucket."""

import json
import logging
import threading
import time
from collections.abc import Mapping
from typing import Any, Final

import httpx
from botocore.exceptions import BotoCoreError, ClientError
from ministack.core.responses import new_uuid, request_scope
from ministack.services import cloudwatch, firehose

from rehearsal.aws.cloudwatch.clock import Clock
from rehearsal.aws.export.backlog import Backlog
from rehearsal.aws.export.http_endpoint import Batch, Endpoint, Verdict, judge, pause, request
from rehearsal.aws.export.roles import RoleClients
from rehearsal.aws.export.undelivered import document, object_key
from rehearsal.aws.roles import TrustError

PRINCIPAL: Final = "firehose.amazonaws.com"
KIND: Final = "HttpEndpoint"
PAUSE_SECONDS: Final = 0.1

logger = logging.getLogger("rehearsal.export")


class NoKeyError(Exception):
    """The key cannot be read; the message says why, and never what was read."""


class Deliveries:
    """All delivery streams with an HTTP endpoint.

    Args:
        roles: Assumes the streams' roles.
        clock: AWS's time.
        http: Reaches the endpoints; None without a world to reach, so that nothing leaves this machine.
    """

    def __init__(self, *, roles: RoleClients, clock: Clock, http: httpx.Client | None) -> None:
        self._roles = roles
        self._clock = clock
        self._http = http
        self._backlogs: dict[str, Backlog] = {}

    def start(self) -> None:
        """Deliver for as long as the process lives."""
        threading.Thread(target=self._run, daemon=True, name="deliveries").start()

    def tick(self) -> None:
        """Deliver what is due."""
        for stream, configuration in self._streams():
            name = stream["name"]
            backlog = self._backlogs.setdefault(name, Backlog())
            now = self._clock.now()
            backlog.take(stream["destinations"][0]["records"], now=now, hints=configuration["BufferingHints"])
            if backlog.due(now):
                self._attempt(stream, configuration, backlog, backlog.current(now, new_id=new_uuid))

    def _streams(self) -> list[tuple[dict[str, Any], Mapping[str, Any]]]:
        with request_scope(self._roles.account, self._roles.region), firehose._lock:
            return [
                (stream, stream["destinations"][0]["config"])
                for stream in firehose._streams.values()
                if stream["destinations"] and stream["destinations"][0]["type"] == KIND
            ]

    def _attempt(
        self, stream: Mapping[str, Any], configuration: Mapping[str, Any], backlog: Backlog, batch: Batch
    ) -> None:
        verdict, message = self._post(stream, configuration, batch)
        now = self._clock.now()
        attempts = backlog.tried(now)
        self._measure(stream, "DataFreshness", now - batch.arrived, "Seconds")
        self._measure(stream, "Success", 1.0 if verdict is Verdict.DELIVERED else 0.0, "Count")
        if verdict is not Verdict.DELIVERED:
            self._log(stream, configuration, message)
        if verdict is not Verdict.AGAIN:
            backlog.done()
        elif now - batch.started >= configuration["RetryOptions"]["DurationInSeconds"]:
            self._keep(stream, configuration, batch, message, attempts)
            backlog.done()
        else:
            backlog.wait(until=now + pause(attempts))

    def _post(
        self, stream: Mapping[str, Any], configuration: Mapping[str, Any], batch: Batch
    ) -> tuple[Verdict, str]:
        if self._http is None:
            return Verdict.AGAIN, "there is no world to deliver to"
        try:
            endpoint = Endpoint(
                url=configuration["EndpointConfiguration"]["Url"],
                stream_arn=stream["arn"],
                compressed=configuration.get("RequestConfiguration", {}).get("ContentEncoding") == "GZIP",
                key=self._key(configuration),
            )
            response = self._http.send(request(batch, endpoint, now=self._clock.real()))
        except NoKeyError as error:
            return Verdict.AGAIN, str(error)
        except httpx.HTTPError as error:
            return Verdict.AGAIN, f"the endpoint cannot be reached: {type(error).__name__}"
        return judge(response, request_id=batch.id)

    def _key(self, configuration: Mapping[str, Any]) -> str:
        by_secret = configuration.get("SecretsManagerConfiguration", {})
        if not by_secret.get("Enabled"):
            return str(configuration["EndpointConfiguration"].get("AccessKey", ""))
        try:
            client = self._roles.client("secretsmanager", by_secret["RoleARN"])
            answer = client.get_secret_value(SecretId=by_secret["SecretARN"])
        except (ClientError, BotoCoreError, TrustError) as error:
            raise NoKeyError(f"the secret cannot be read: {error}") from None
        try:
            return str(json.loads(answer["SecretString"])["api_key"])
        except (ValueError, KeyError, TypeError):
            raise NoKeyError('the secret is not of the form {"api_key": ...}') from None

    def _measure(self, stream: Mapping[str, Any], name: str, value: float, unit: str) -> None:
        with request_scope(self._roles.account, self._roles.region):
            cloudwatch.record_metric(
                "AWS/Firehose",
                f"DeliveryToHttpEndpoint.{name}",
                value,
                unit,
                {"DeliveryStreamName": stream["name"]},
            )

    def _log(self, stream: Mapping[str, Any], configuration: Mapping[str, Any], message: str) -> None:
        options = configuration.get("CloudWatchLoggingOptions", {})
        if not options.get("Enabled"):
            return
        line = {
            "deliveryStreamARN": stream["arn"],
            "destination": configuration["EndpointConfiguration"]["Url"],
            "deliveryStreamVersionId": stream["version"],
            "message": message,
            "errorCode": "HttpEndpoint.DestinationException",
        }
        try:
            self._roles.client("logs", configuration["RoleARN"]).put_log_events(
                logGroupName=options["LogGroupName"],
                logStreamName=options["LogStreamName"],
                logEvents=[{"timestamp": int(time.time() * 1000), "message": json.dumps(line)}],
            )
        except (ClientError, BotoCoreError, TrustError) as error:
            logger.warning("a failed delivery could not be logged: %s", error)

    def _keep(
        self,
        stream: Mapping[str, Any],
        configuration: Mapping[str, Any],
        batch: Batch,
        message: str,
        attempts: int,
    ) -> None:
        bucket = configuration["S3Configuration"]
        self._roles.client("s3", bucket["RoleARN"]).put_object(
            Bucket=bucket["BucketARN"].rpartition(":")[2],
            Key=object_key(bucket, stream=stream["name"], version=stream["version"], batch=batch),
            Body=document(batch, message=message, attempts=attempts, ended=self._clock.now()),
        )

    def _run(self) -> None:
        while True:
            time.sleep(PAUSE_SECONDS)
            try:
                self.tick()
            except Exception as error:
                logger.warning("a delivery went wrong: %s", error)
