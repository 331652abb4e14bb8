"""Talking to AWS: clients with sane limits, and its errors with their next step."""
