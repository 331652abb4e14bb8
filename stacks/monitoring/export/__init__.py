"""Metrics to Datadog or New Relic: a metric stream, Firehose, and what could not be delivered."""
