"""Making a release live: the edge's store, the slots and their builds.

Runs in Lambda: boto3, awscrt and urllib3 only.
"""
