"""What an environment is watched by: the log lines' contract, metrics and alarms, all as data."""
