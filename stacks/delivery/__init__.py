"""Delivery: ledger, release steps, state machine, watch on alarm and schedule, pipeline, policies."""
