"""What ministack 1.5.33 does otherwise than AWS and a deployment notices; one file a patch.

Each guards what it changes, so that a new ministack which breaks it fails loudly at start.
"""

from rehearsal.aws.cloudwatch.clock import Clock
from rehearsal.aws.config import Config
from rehearsal.aws.patches import (
    accepted_types,
    alarm_actions,
    alarm_evaluation,
    alarm_math,
    composite_alarm,
    datapoints,
    empty_secret,
    exception_names,
    function_environment,
    http_delivery,
    log_filter,
    log_stream_permissions,
    metric_filters,
    metric_namespace,
    metric_stream,
    monitoring_subscription,
    schedules,
    secret_reference,
    store_permissions,
    topic_key,
    waits,
    web_acl_bodies,
    web_acl_search_string,
)


def apply_all(config: Config) -> None:
    """Apply every patch.

    Args:
        config: The account, and how fast its time runs.
    """
    clock = Clock(scale=config.time_scale)
    accepted_types.apply()
    alarm_actions.apply()
    evaluator = alarm_evaluation.apply(account=config.account, region=config.region, clock=clock)
    alarm_math.apply()
    composite_alarm.apply()
    empty_secret.apply()
    exception_names.apply()
    function_environment.apply(variables=config.app_environment)
    http_delivery.apply(config, clock=clock)
    log_filter.apply()
    log_stream_permissions.apply()
    metric_filters.apply()
    metric_namespace.apply()
    streams = metric_stream.apply(config, clock=clock)
    datapoints.apply(evaluator.keep, streams.keep, clock=clock)
    monitoring_subscription.apply()
    schedules.apply(clock=clock)
    secret_reference.apply()
    store_permissions.apply()
    topic_key.apply()
    waits.apply(clock=clock)
    web_acl_bodies.apply()
    web_acl_search_string.apply()
