"""The alarms of the catalogue as CloudFormation has them."""

from collections.abc import Mapping

from aws_cdk import aws_cloudwatch as cloudwatch
from constructs import Construct

from clerk_deploy.monitoring.alarms.catalogue import Catalogue, description
from clerk_deploy.monitoring.alarms.model import BandAlarm, ReleaseAlarm, Source, ThresholdAlarm
from stacks.deployment import Deployment

Alarm = cloudwatch.CfnAlarm


class Alarms(Construct):
    """All alarms of an environment.

    Args:
        scope: The stack.
        construct_id: The construct's id.
        deployment: The environment.
        alarms: What to watch.
        topic_arn: Whom every alarm tells.
        release_topic_arn: Whom the release alarms tell too.
    """

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        deployment: Deployment,
        alarms: Catalogue,
        topic_arn: str,
        release_topic_arn: str,
    ) -> None:
        super().__init__(scope, construct_id)
        self._deployment = deployment
        self._topic_arn = topic_arn
        made = {alarm.key: self._threshold(alarm) for alarm in alarms.thresholds}
        for band in alarms.bands:
            self._band(band)
        for release in alarms.releases:
            self._release(release, made, release_topic_arn)

    def _threshold(self, alarm: ThresholdAlarm) -> Alarm:
        told = [self._topic_arn] if alarm.tells else None
        plain = next(iter(alarm.sources.values())) if not alarm.expression else None
        percentile = plain is not None and plain.statistic.startswith("p")
        return Alarm(
            self,
            _construct_id(alarm.key),
            alarm_name=self._deployment.names.alarm(alarm.key),
            alarm_description=description(alarm.text, self._deployment.settings.contacts),
            comparison_operator=alarm.beyond.value,
            threshold=alarm.threshold,
            evaluation_periods=alarm.over.of,
            datapoints_to_alarm=alarm.over.datapoints,
            treat_missing_data=alarm.missing.value,
            alarm_actions=told,
            ok_actions=told,
            namespace=plain.namespace if plain else None,
            metric_name=plain.name if plain else None,
            dimensions=_dimensions(plain) if plain else None,
            period=alarm.over.period if plain else None,
            statistic=plain.statistic if plain and not percentile else None,
            extended_statistic=plain.statistic if plain and percentile else None,
            metrics=None if plain else _math(alarm),
        )

    def _band(self, alarm: BandAlarm) -> None:
        cloudwatch.CfnAnomalyDetector(
            self,
            f"{_construct_id(alarm.key)}Detector",
            single_metric_anomaly_detector=cloudwatch.CfnAnomalyDetector.SingleMetricAnomalyDetectorProperty(
                namespace=alarm.source.namespace,
                metric_name=alarm.source.name,
                stat=alarm.source.statistic,
            ),
        )
        Alarm(
            self,
            _construct_id(alarm.key),
            alarm_name=self._deployment.names.alarm(alarm.key),
            alarm_description=description(alarm.text, self._deployment.settings.contacts),
            comparison_operator="GreaterThanUpperThreshold",
            threshold_metric_id="band",
            evaluation_periods=alarm.over.of,
            datapoints_to_alarm=alarm.over.datapoints,
            treat_missing_data="notBreaching",
            alarm_actions=[self._topic_arn],
            ok_actions=[self._topic_arn],
            metrics=[
                _query("value", alarm.source, period=alarm.over.period, returned=True),
                Alarm.MetricDataQueryProperty(
                    id="band",
                    expression=f"ANOMALY_DETECTION_BAND(value, {alarm.deviations})",
                    label=alarm.text.title,
                    return_data=True,
                ),
            ],
        )

    def _release(
        self, alarm: ReleaseAlarm, made: Mapping[str, Alarm], release_topic_arn: str
    ) -> cloudwatch.CfnCompositeAlarm:
        told = [self._topic_arn, release_topic_arn]

        def red(key: str) -> str:
            return f'ALARM("{made[key].ref}")'

        parts = " OR ".join(map(red, alarm.parts))
        excused = " OR ".join(map(red, alarm.excused))
        return cloudwatch.CfnCompositeAlarm(
            self,
            _construct_id(f"release-{alarm.slot}"),
            alarm_name=self._deployment.names.release_alarm(alarm.slot),
            alarm_description=description(alarm.text, self._deployment.settings.contacts),
            alarm_rule=f"{parts} OR (({excused}) AND NOT {red(alarm.unless)})",
            alarm_actions=told,
            ok_actions=told,
        )


def _math(alarm: ThresholdAlarm) -> list[Alarm.MetricDataQueryProperty]:
    return [
        Alarm.MetricDataQueryProperty(
            id="result", expression=alarm.expression, label=alarm.text.title, return_data=True
        ),
        *(
            _query(source_id, source, period=alarm.over.period, returned=False)
            for source_id, source in alarm.sources.items()
        ),
    ]


def _query(source_id: str, source: Source, *, period: int, returned: bool) -> Alarm.MetricDataQueryProperty:
    return Alarm.MetricDataQueryProperty(
        id=source_id,
        return_data=returned,
        metric_stat=Alarm.MetricStatProperty(
            stat=source.statistic,
            period=period,
            metric=Alarm.MetricProperty(
                namespace=source.namespace, metric_name=source.name, dimensions=_dimensions(source)
            ),
        ),
    )


def _dimensions(source: Source) -> list[Alarm.DimensionProperty] | None:
    return [
        Alarm.DimensionProperty(name=name, value=value) for name, value in source.dimensions.items()
    ] or None


def _construct_id(key: str) -> str:
    return key.title().replace("-", "")
