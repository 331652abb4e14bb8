"""CloudWatch metric streams and Firehose's delivery over HTTP, as AWS documents them.

Only `metric_streams` and `deliveries` know ministack, so all else runs in plain tests.
"""
