"""Metrics and alarms to Datadog or New Relic: where they go, with which key, and which of them."""
