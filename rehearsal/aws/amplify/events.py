"""Amplify's events: source aws.amplify, `Amplify Deployment Status Change`, best effort as on AWS."""

import json

from ministack.core.responses import request_scope
from ministack.services import eventbridge

from rehearsal.aws.amplify.state import Job, Status

STATUS = {Status.SUCCEED: "SUCCEED", Status.FAILED: "FAILED", Status.CANCELLED: "FAILED"}


def publish(job: Job) -> None:
    """Tell EventBridge that a job started or ended."""
    app = job.branch.app
    detail = {
        "appId": app.id,
        "branchName": job.branch.name,
        "jobId": job.id,
        "jobStatus": STATUS.get(job.status, "STARTED"),
    }
    entry = {
        "Source": "aws.amplify",
        "DetailType": "Amplify Deployment Status Change",
        "Resources": [f"{app.arn}/branches/{job.branch.name}/jobs/{job.id}"],
        "Detail": json.dumps(detail),
    }
    with request_scope(app.account, app.region):
        eventbridge._put_events({"Entries": [entry]}, allow_aws_source=True)
