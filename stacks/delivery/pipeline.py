"""The pipeline: source, a gate without any secret, then the release."""

import json

import aws_cdk as cdk
from aws_cdk import aws_codebuild as codebuild
from aws_cdk import aws_codepipeline as codepipeline
from aws_cdk import aws_codepipeline_actions as actions
from aws_cdk import aws_iam as iam
from aws_cdk import aws_s3 as s3
from aws_cdk import aws_stepfunctions as sfn
from constructs import Construct, IConstruct

from clerk_deploy.names import Names
from clerk_deploy.settings import EnvironmentSettings
from stacks.suppressions import acknowledge

NODE = 22
"""The newest that the gate's image brings; Amplify builds with the app's own."""
ARTIFACT_DAYS = 30
WILDCARDS = "CDK grants the pipeline's parts each other's artifacts and logs, in the pipeline's own bucket"


class ReleasePipeline(Construct):
    """CodePipeline V2. A newer commit replaces one that waits; none is rolled back by the pipeline itself.

    Args:
        scope: The stack.
        construct_id: The construct's id.
        names: Names of what the environment owns.
        settings: The environment's settings, with a connection.
        machine: Makes releases live.
    """

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        names: Names,
        settings: EnvironmentSettings,
        machine: sfn.IStateMachine,
    ) -> None:
        super().__init__(scope, construct_id)
        source = codepipeline.Artifact("source")
        read = self._source(settings, source)
        pipeline = codepipeline.Pipeline(
            self,
            "Pipeline",
            pipeline_name=names.pipeline,
            pipeline_type=codepipeline.PipelineType.V2,
            execution_mode=codepipeline.ExecutionMode.SUPERSEDED,
            restart_execution_on_update=False,
            cross_account_keys=False,
            artifact_bucket=self._bucket(),
            stages=[
                codepipeline.StageProps(stage_name="Source", actions=[read]),
                codepipeline.StageProps(stage_name="Gate", actions=[self._gate(names, settings, source)]),
                codepipeline.StageProps(
                    stage_name="Release", actions=[_release(machine, commit=read.variables.commit_id)]
                ),
            ],
        )
        _allow_connection(pipeline.role, str(settings.release.connection_arn))
        acknowledge(self, _wildcards(self, machine))

    def _source(
        self, settings: EnvironmentSettings, output: codepipeline.Artifact
    ) -> actions.CodeStarConnectionsSourceAction:
        owner, name = settings.repository.removeprefix("https://github.com/").split("/")
        return actions.CodeStarConnectionsSourceAction(
            action_name="Source",
            owner=owner,
            repo=name,
            branch=settings.branch,
            connection_arn=str(settings.release.connection_arn),
            output=output,
            variables_namespace="SourceVariables",
        )

    def _gate(
        self, names: Names, settings: EnvironmentSettings, source: codepipeline.Artifact
    ) -> actions.CodeBuildAction:
        project = codebuild.PipelineProject(
            self,
            "Gate",
            project_name=names.alarm("gate"),
            description="Lint and tests of the application; no secret is given to it",
            timeout=cdk.Duration.minutes(30),
            environment=codebuild.BuildEnvironment(build_image=codebuild.LinuxBuildImage.STANDARD_7_0),
            build_spec=codebuild.BuildSpec.from_object(
                {
                    "version": "0.2",
                    "phases": {
                        "install": {
                            "runtime-versions": {"nodejs": NODE},
                            "commands": [f"cd {settings.root}", "npm ci"],
                        },
                        "build": {
                            "commands": ["npm run lint --if-present", "npm test --if-present"],
                        },
                    },
                }
            ),
        )
        acknowledge(project, {"AwsSolutions-CB4": "what it reads and writes is source that it does not keep"})
        return actions.CodeBuildAction(action_name="Test", project=project, input=source)

    def _bucket(self) -> s3.Bucket:
        bucket = s3.Bucket(
            self,
            "Artifacts",
            block_public_access=s3.BlockPublicAccess.BLOCK_ALL,
            encryption=s3.BucketEncryption.S3_MANAGED,
            enforce_ssl=True,
            lifecycle_rules=[s3.LifecycleRule(expiration=cdk.Duration.days(ARTIFACT_DAYS))],
            removal_policy=cdk.RemovalPolicy.DESTROY,
        )
        acknowledge(bucket, {"AwsSolutions-S1": "it holds copies of source for some days"})
        return bucket


def _wildcards(scope: Construct, machine: sfn.IStateMachine) -> dict[str, str]:
    """Findings about what the CDK itself grants, as the rule names them."""
    stack = cdk.Stack.of(scope)
    gate, bucket = (_logical_id(scope.node.find_child(name)) for name in ("Gate", "Artifacts"))
    arn = {"Ref": _logical_id(machine)}

    def part(index: int) -> str:
        split = {"Fn::Select": [index, {"Fn::Split": [":", arn]}]}
        return json.dumps(split, separators=(",", ":"))

    account = f"{stack.region}:{stack.account}"
    return {
        **{
            f"AwsSolutions-IAM5[Action::s3:{action}*]": WILDCARDS
            for action in ("Abort", "DeleteObject", "GetBucket", "GetObject", "List")
        },
        f"AwsSolutions-IAM5[Resource::<{bucket}.Arn>/*]": WILDCARDS,
        f"AwsSolutions-IAM5[Resource::arn:aws:codebuild:{account}:report-group/<{gate}>-*]": WILDCARDS,
        f"AwsSolutions-IAM5[Resource::arn:aws:logs:{account}:log-group:/aws/codebuild/<{gate}>:*]": WILDCARDS,
        f"AwsSolutions-IAM5[Resource::arn:{part(1)}:states:{part(3)}:{part(4)}:execution:{part(6)}:*]": (
            "executions have names of their own"
        ),
    }


def _logical_id(construct: IConstruct) -> str:
    child = construct.node.default_child
    assert isinstance(child, cdk.CfnElement)
    return str(cdk.Stack.of(construct).resolve(child.logical_id))


def _release(machine: sfn.IStateMachine, *, commit: str) -> actions.StepFunctionInvokeAction:
    """The same execution as the command line's. A failed one is a failed stage, with the reason in it."""
    request = {
        "kind": "release",
        "commit": commit,
        "who": "pipeline",
        "how": "pipeline",
        "pipeline_execution": "#{codepipeline.PipelineExecutionId}",
    }
    return actions.StepFunctionInvokeAction(
        action_name="Release",
        state_machine=machine,
        state_machine_input=actions.StateMachineInput.literal(request),
    )


def _allow_connection(role: iam.IRole, connection: str) -> None:
    # AWS checks the prefix of the ARN's own service; CDK grants the older one whatever the ARN says
    role.add_to_principal_policy(
        iam.PolicyStatement(
            actions=["codeconnections:UseConnection", "codestar-connections:UseConnection"],
            resources=[connection],
        )
    )
