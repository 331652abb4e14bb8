"""What the rehearsal asks of the embedded AWS beside the AWS APIs, under /_rehearsal."""

import time

from ministack.core.responses import request_scope
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse
from starlette.routing import Route

from rehearsal.aws.amplify.compute import Compute
from rehearsal.aws.amplify.jobs import Jobs
from rehearsal.aws.roles import TrustError, assume

PREFIX = "/_rehearsal"


def create_control(*, jobs: Jobs, compute: Compute) -> Starlette:
    """Build logs and the compute role's credentials.

    Args:
        jobs: Has the logs.
        compute: Knows which token belongs to which branch.
    """

    async def log(request: Request) -> PlainTextResponse:
        path = request.path_params
        return PlainTextResponse(jobs.log(path["job"], path["step"]))

    async def credentials(request: Request) -> JSONResponse:
        branch = compute.tokens.get(request.path_params["token"])
        role = branch.app.properties.get("ComputeRoleArn") if branch else None
        if branch is None or not role:
            return JSONResponse({"code": "NoRole", "message": "the app has no compute role"}, status_code=404)
        with request_scope(branch.app.account, branch.app.region):
            try:
                given = assume(role, service="amplify.amazonaws.com", session=branch.name)
            except TrustError as error:
                return JSONResponse({"code": "AccessDenied", "message": str(error)}, status_code=403)
        expiration = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(given.expiration))
        return JSONResponse(
            {
                "AccessKeyId": given.access_key,
                "SecretAccessKey": given.secret_key,
                "Token": given.session_token,
                "Expiration": expiration,
            }
        )

    return Starlette(
        routes=[
            Route(f"{PREFIX}/amplify/logs/{{job:path}}/{{step}}.txt", log),
            Route(f"{PREFIX}/amplify/credentials/{{token}}", credentials),
        ]
    )
