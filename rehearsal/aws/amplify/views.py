"""Answers in the shapes of the Amplify API (botocore's model of 2017-07-25)."""

from typing import Any

from rehearsal.aws.amplify.state import App, Branch, Job, Step, variables_of


def app_view(app: App) -> dict[str, Any]:
    """`App`."""
    properties = app.properties
    return {
        "appId": app.id,
        "appArn": app.arn,
        "name": properties["Name"],
        "description": properties.get("Description", ""),
        "repository": properties.get("Repository", ""),
        "repositoryCloneMethod": "TOKEN",
        "platform": properties.get("Platform", "WEB"),
        "createTime": app.created,
        "updateTime": app.updated,
        "computeRoleArn": properties.get("ComputeRoleArn", ""),
        "iamServiceRoleArn": properties.get("IAMServiceRole", ""),
        "environmentVariables": variables_of(properties),
        "defaultDomain": app.domain,
        "enableBranchAutoBuild": False,
        "enableBasicAuth": False,
        "buildSpec": properties.get("BuildSpec", ""),
        "customHeaders": properties.get("CustomHeaders", ""),
    }


def branch_view(branch: Branch) -> dict[str, Any]:
    """`Branch`."""
    properties = branch.properties
    return {
        "branchArn": f"{branch.app.arn}/branches/{branch.name}",
        "branchName": branch.name,
        "description": properties.get("Description", ""),
        "stage": properties.get("Stage", "NONE"),
        "displayName": branch.name,
        "enableNotification": False,
        "createTime": branch.created,
        "updateTime": branch.updated,
        "environmentVariables": variables_of(properties),
        "enableAutoBuild": _true(properties.get("EnableAutoBuild")),
        "customDomains": [],
        "framework": properties.get("Framework", ""),
        "activeJobId": branch.jobs[-1].id if branch.jobs else "0",
        "totalNumberOfJobs": str(len(branch.jobs)),
        "enableBasicAuth": False,
        "ttl": "5",
        "enablePullRequestPreview": _true(properties.get("EnablePullRequestPreview")),
    }


def summary_view(job: Job) -> dict[str, Any]:
    """`JobSummary`."""
    view: dict[str, Any] = {
        "jobArn": f"{job.branch.app.arn}/branches/{job.branch.name}/jobs/{job.id}",
        "jobId": job.id,
        "commitId": job.commit_id,
        "commitMessage": job.commit_message,
        "commitTime": job.commit_time,
        "startTime": job.start,
        "status": job.status.value,
        "jobType": job.kind,
    }
    return view if job.end is None else {**view, "endTime": job.end}


def job_view(job: Job, *, endpoint: str) -> dict[str, Any]:
    """`Job`."""
    return {"summary": summary_view(job), "steps": [_step_view(job, step, endpoint) for step in job.steps]}


def _step_view(job: Job, step: Step, endpoint: str) -> dict[str, Any]:
    return {
        "stepName": step.name,
        "startTime": step.start,
        "status": step.status.value,
        "endTime": step.end or step.start,
        "logUrl": f"{endpoint}/_rehearsal/amplify/logs/{job.name}/{step.name}.txt",
        "statusReason": step.reason,
    }


def _true(value: Any) -> bool:
    return str(value).lower() == "true"
