"""Datadog's and New Relic's intake of CloudWatch metrics: checks what Firehose sends, and keeps it."""
