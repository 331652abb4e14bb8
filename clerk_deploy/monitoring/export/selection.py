"""Which statistics a metric stream has to send besides its own (minimum, maximum, sum, count)."""

from collections.abc import Collection

from clerk_deploy.monitoring.alarms.catalogue import Catalogue


def percentiles(alarms: Catalogue, *, namespaces: Collection[str]) -> dict[str, list[tuple[str, str]]]:
    """Namespace and metric by percentile, as far as alarms look at them.

    Args:
        alarms: All alarms.
        namespaces: The namespaces that are sent.
    """
    sources = [
        *(source for alarm in alarms.thresholds for source in alarm.sources.values()),
        *(band.source for band in alarms.bands),
    ]
    wanted = {
        (source.statistic, source.namespace, source.name)
        for source in sources
        if source.statistic.startswith("p") and source.namespace in namespaces
    }
    found: dict[str, list[tuple[str, str]]] = {}
    for statistic, namespace, metric in sorted(wanted):
        found.setdefault(statistic, []).append((namespace, metric))
    return found
