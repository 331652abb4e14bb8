"""CloudWatch as AWS documents it: filter patterns, statistics, metric math, alarms. Pure, with a clock given.

Only `live` and the patches know ministack, so all else runs in plain tests.
"""
