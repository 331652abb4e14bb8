"""AWS::Amplify::App and AWS::Amplify::Branch for the embedded CloudFormation."""

import re
import time
from typing import Any

from ministack.core.responses import get_account_id, get_region
from ministack.services.cloudformation import provisioners

from rehearsal.aws.amplify.state import App, Apps, Branch, variables_of

SPEC_LIMIT = 25_000
VALUE_LIMIT = 5_500
APPS_LIMIT = 25
BRANCHES_LIMIT = 50


def register(apps: Apps) -> None:
    """Teach the embedded CloudFormation Amplify's resource types."""

    def create_app(_logical: str, properties: dict[str, Any], _stack: str) -> tuple[str, dict[str, str]]:
        _check_app(properties)
        if len(apps.by_id) >= APPS_LIMIT:
            raise ValueError(
                f"LimitExceededException: You have reached the maximum number of apps ({APPS_LIMIT})"
            )
        app = apps.add(account=get_account_id(), region=get_region(), properties=properties)
        return app.id, _app_attributes(app)

    def update_app(
        physical: str, _old: dict[str, Any], new: dict[str, Any], _stack: str
    ) -> tuple[str, dict[str, str]]:
        _check_app(new)
        app = apps.by_id[physical]
        app.properties, app.updated = new, time.time()
        return physical, _app_attributes(app)

    def create_branch(_logical: str, properties: dict[str, Any], _stack: str) -> tuple[str, dict[str, str]]:
        app = apps.by_id.get(properties["AppId"])
        if app is None:
            raise ValueError(f"NotFoundException: App {properties['AppId']} not found")
        _check_variables(properties)
        name = properties["BranchName"]
        if name in app.branches:
            raise ValueError(f"BadRequestException: The branch {name} already exists")
        if len(app.branches) >= BRANCHES_LIMIT:
            raise ValueError(f"LimitExceededException: at most {BRANCHES_LIMIT} branches an app")
        app.branches[name] = Branch(app=app, name=name, properties=properties)
        return _branch_attributes(app.branches[name])

    def update_branch(
        _physical: str, _old: dict[str, Any], new: dict[str, Any], _stack: str
    ) -> tuple[str, dict[str, str]]:
        _check_variables(new)
        branch = apps.by_id[new["AppId"]].branches[new["BranchName"]]
        branch.properties, branch.updated = new, time.time()
        return _branch_attributes(branch)

    def delete_branch(_physical: str, properties: dict[str, Any]) -> None:
        app = apps.by_id.get(properties["AppId"])
        if app:
            app.branches.pop(properties["BranchName"], None)

    handlers = provisioners._RESOURCE_HANDLERS
    handlers["AWS::Amplify::App"] = {
        "create": create_app,
        "update": update_app,
        "delete": lambda physical, _properties: apps.by_id.pop(physical, None),
    }
    handlers["AWS::Amplify::Branch"] = {
        "create": create_branch,
        "update": update_branch,
        "delete": delete_branch,
    }


def _app_attributes(app: App) -> dict[str, str]:
    return {"AppId": app.id, "AppName": app.properties["Name"], "Arn": app.arn, "DefaultDomain": app.domain}


def _branch_attributes(branch: Branch) -> tuple[str, dict[str, str]]:
    arn = f"{branch.app.arn}/branches/{branch.name}"
    return arn, {"Arn": arn, "BranchName": branch.name}


def _check_app(properties: dict[str, Any]) -> None:
    repository = properties.get("Repository", "")
    if repository and not re.match(r"^https://github\.com/[^/]+/[^/]+$", repository):
        raise ValueError(f"BadRequestException: the repository {repository} is no GitHub repository")
    if repository and not properties.get("AccessToken"):
        raise ValueError("BadRequestException: You should at least provide one valid token")
    if len(properties.get("BuildSpec", "")) > SPEC_LIMIT:
        raise ValueError(f"BadRequestException: buildSpec is longer than {SPEC_LIMIT} characters")
    _check_variables(properties)


def _check_variables(properties: dict[str, Any]) -> None:
    for name, value in variables_of(properties).items():
        if name.startswith("AWS"):
            raise ValueError(f"BadRequestException: Environment variables cannot start with AWS: {name}")
        if len(value) > VALUE_LIMIT:
            raise ValueError(
                f"BadRequestException: the value of {name} is longer than {VALUE_LIMIT} characters"
            )
