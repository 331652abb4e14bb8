"""The Amplify app. Nothing that changes often stands here.

CloudFormation sends the GitHub token along with every change of the app, so an expired token would fail a
deployment that has nothing to do with it. Variables therefore stand on the slots.
"""

import aws_cdk as cdk
from aws_cdk import aws_amplify as amplify
from constructs import Construct

from stacks.deployment import Deployment
from stacks.hosting.build_spec import monorepo_build_spec


class AmplifyApp(amplify.CfnApp):
    """Amplify app with server-side rendering, built only when a release says so.

    Args:
        scope: The stack.
        construct_id: The construct's id.
        deployment: The environment.
        service_role_arn: Role that Amplify writes the log with.
        compute_role_arn: Role that the running server has.
    """

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        deployment: Deployment,
        service_role_arn: str,
        compute_role_arn: str,
    ) -> None:
        root = deployment.settings.root
        monorepo = root != "."
        token = cdk.SecretValue.secrets_manager(deployment.names.repository_secret, json_field="token")
        super().__init__(
            scope,
            construct_id,
            name=deployment.names.prefix,
            platform="WEB_COMPUTE",
            repository=deployment.settings.repository,
            access_token=token.unsafe_unwrap(),  # a dynamic reference, not the token
            iam_service_role=service_role_arn,
            compute_role_arn=compute_role_arn,
            # the other kind leaves cookies out of the cache key: one user's page could reach another
            cache_config=amplify.CfnApp.CacheConfigProperty(type="AMPLIFY_MANAGED"),
            build_spec=monorepo_build_spec(root) if monorepo else None,
            environment_variables=[
                amplify.CfnApp.EnvironmentVariableProperty(name="AMPLIFY_MONOREPO_APP_ROOT", value=root)
            ]
            if monorepo
            else None,
        )
