"""Whoever needs every datapoint is told: ministack's own come by one way, published ones by another."""

import inspect
from collections.abc import Callable, Mapping
from typing import Any

from ministack.services import cloudwatch

from rehearsal.aws.cloudwatch.clock import Clock
from rehearsal.aws.cloudwatch.points import Datum

Listener = Callable[[Datum], None]


def apply(*listeners: Listener, clock: Clock) -> None:
    """Tell listeners.

    Args:
        *listeners: Who is told.
        clock: AWS's time.
    """
    store, record = cloudwatch._store_datum, cloudwatch.record_metric
    if list(inspect.signature(store).parameters) != [
        "namespace", "name", "dims", "ts", "unit", "value", "values", "counts", "stat_values",
    ]:  # fmt: skip
        raise RuntimeError("ministack stores datapoints in another way now: look at this patch again")

    def tell(datum: Datum) -> None:
        for listener in listeners:
            listener(datum)

    def store_datum(
        namespace: str, name: str, dims: Mapping[str, str], ts: float, unit: str, value: Any,
        values: Any, counts: Any, stat_values: Any,
    ) -> None:  # fmt: skip
        store(namespace, name, dims, ts, unit, value, values, counts, stat_values)
        if stat_values is not None:
            count = float(stat_values["SampleCount"])
            pairs = [(float(stat_values["Sum"]) / count, count)] if count else []
        elif values is not None:
            pairs = list(zip(map(float, values), map(float, counts or [1.0] * len(values)), strict=True))
        else:
            pairs = [(float(value or 0), 1.0)]
        for each, count in pairs:
            tell(
                Datum(
                    namespace=namespace, name=name, dimensions=dims, unit=unit, at=ts, value=each, count=count
                )
            )

    def record_metric(
        namespace: str, metric_name: str, value: float, unit: str = "None", dimensions: Any = None
    ) -> None:
        record(namespace, metric_name, value, unit, dimensions)
        tell(
            Datum(
                namespace=namespace,
                name=metric_name,
                dimensions=dimensions or {},
                unit=unit,
                at=clock.real(),
                value=float(value),
            )
        )

    cloudwatch._store_datum = store_datum
    cloudwatch.record_metric = record_metric
