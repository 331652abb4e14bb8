"""CloudWatch as AWS documents it: filter patterns, statistics, metric math, alarms. Pure, with a clock given.

ministack is known only to the patches, so all of it runs in plain tests.
"""
