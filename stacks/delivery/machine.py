"""The state machine: the story of a release, as the console draws it.

Its states are in the order in which a release passes them; a failure anywhere leads to `Restore`.
"""

from dataclasses import dataclass

import aws_cdk as cdk
from aws_cdk import aws_iam as iam
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_logs as logs
from aws_cdk import aws_stepfunctions as sfn
from aws_cdk import aws_stepfunctions_tasks as tasks
from constructs import Construct

from clerk_deploy.release.rules import BAKE_TICK, BUILD_TICK, CONFIRM_TICK, Rules
from stacks.suppressions import acknowledge

PASSING = (
    "TransientError",
    "Lambda.ServiceException",
    "Lambda.AWSLambdaException",
    "Lambda.SdkClientException",
    "Lambda.TooManyRequestsException",
    "Lambda.Unknown",
    "Runtime.ExitError",
    "Sandbox.Timedout",
    "States.Timeout",
)
"""Throttling, failures on a service's side, and a function that died: every step can be run again."""

FEW, MANY = 4, 8
TASK_SECONDS = 150
"""Longer than the function's own limit, so that this one never comes first."""
HOUR = 60


class ReleaseMachine(sfn.StateMachine):
    """Standard state machine of releases and rollbacks.

    Args:
        scope: The stack.
        construct_id: The construct's id.
        name: The machine's name.
        steps: The function that runs each step.
        rules: How long it may take.
        log_group: Where its events go.
    """

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        name: str,
        steps: lambda_.IFunction,
        rules: Rules,
        log_group: logs.ILogGroup,
    ) -> None:
        role = iam.Role(
            scope,
            f"{construct_id}Role",
            description="The release machine calls its steps with it",
            assumed_by=iam.ServicePrincipal("states.amazonaws.com"),
        )
        super().__init__(
            scope,
            construct_id,
            state_machine_name=name,
            comment="Makes a release live: begin, build, verify, switch, watch; any failure restores",
            definition_body=sfn.DefinitionBody.from_chainable(_Story(scope, steps).begin()),
            timeout=cdk.Duration.minutes(HOUR + rules.bake_minutes + rules.canary_minutes),
            role=role,
            tracing_enabled=False,
            logs=sfn.LogOptions(destination=log_group, level=sfn.LogLevel.ALL, include_execution_data=True),
        )
        acknowledge(self, {"AwsSolutions-SF2": "the ledger has each step and how long it took"})
        acknowledge(
            role,
            {
                "AwsSolutions-IAM5[Resource::*]": "the log delivery that it needs takes no resource",
                f"AwsSolutions-IAM5[Resource::<{_logical_id(scope, steps)}.Arn>:*]": "its versions",
            },
        )


def _logical_id(scope: Construct, function: lambda_.IFunction) -> str:
    child = function.node.default_child
    assert isinstance(child, cdk.CfnElement)
    return str(cdk.Stack.of(scope).resolve(child.logical_id))


@dataclass(frozen=True)
class _Story:
    """The states, made from the end to the beginning since each names its successor."""

    scope: Construct
    steps: lambda_.IFunction

    def begin(self) -> sfn.IChainable:
        failure = self._failure()
        promoted = self._promoted(failure)
        switch = self._switch(failure, promoted)
        verify = self._verify(failure, switch)
        plan = self._plan(failure, verify, promoted)
        start = self._step("Begin", catch=failure).next(self._step("Prepare", catch=failure).next(plan))
        keep = sfn.Pass(
            self.scope,
            "What was asked for",
            parameters={"request": sfn.JsonPath.string_at("$")},
        )
        return keep.next(start)

    def _plan(
        self, failure: sfn.IChainable, verify: sfn.IChainable, promoted: sfn.IChainable
    ) -> sfn.IChainable:
        look = self._step("LookAtBuild", "Look at the build", answer="$.build", catch=failure)
        wait = self._wait("Wait for the build", BUILD_TICK).next(look)
        look.next(self._if("Is it built?", "$.build.finished", verify, wait))
        start = self._step("StartBuild", "Start the build", answer="$.build", catch=failure)
        queue = self._wait("Wait for a free place", BUILD_TICK).next(start)
        start.next(self._if("Has it started?", "$.build.started", wait, queue))
        what = (
            sfn.Choice(self.scope, "What is to be done?")
            .when(sfn.Condition.string_equals("$.plan.plan", "nothing"), promoted)
            .when(sfn.Condition.string_equals("$.plan.plan", "held"), verify)
            .otherwise(start)
        )
        return self._step("Plan", answer="$.plan", catch=failure).next(what)

    def _verify(self, failure: sfn.IChainable, switch: sfn.IChainable) -> sfn.IChainable:
        canary = self._step("Share", "Send a share to the candidate", catch=failure)
        look = self._step("BakeCanary", "Look at the canary", answer="$.canary", catch=failure)
        wait = self._wait("Watch the canary", BAKE_TICK).next(look)
        look.next(self._if("Has the canary proven itself?", "$.canary.passed", switch, wait))
        canary.next(wait)
        verify = self._step("Verify", "Verify the candidate", catch=failure)
        return verify.next(self._if("A canary first?", "$.plan.canary", canary, switch))

    def _switch(self, failure: sfn.IChainable, promoted: sfn.IChainable) -> sfn.IChainable:
        look = self._step("Bake", "Look at the release", answer="$.bake", catch=failure)
        wait = self._wait("Watch the release", BAKE_TICK).next(look)
        look.next(self._if("Has it proven itself?", "$.bake.passed", promoted, wait))
        bakes = self._if("Is it watched?", "$.plan.bake", wait, promoted)
        confirm = self._step("Confirm", "Ask the site who answers", answer="$.edge", catch=failure)
        again = self._wait("Wait for the edge", CONFIRM_TICK).next(confirm)
        confirm.next(self._if("Does all of it answer?", "$.edge.confirmed", bakes, again))
        return self._step("Switch", catch=failure).next(confirm)

    def _promoted(self, failure: sfn.IChainable) -> sfn.IChainable:
        done = sfn.Succeed(self.scope, "Live")
        look = self._step("LookAgain", "Look at the alarm once more")
        look.add_catch(done, result_path="$.late")
        notify = self._step("Notify", "Tell that it is live").next(look.next(done))
        self._catch("Tell that it is live", look)
        unlock = self._step("Unlock").next(notify)
        self._catch("Unlock", notify)
        return self._step("Promote", catch=failure).next(unlock)

    def _failure(self) -> sfn.IChainable:
        failed = sfn.Fail(self.scope, "Not live", error_path="$.error.Error", cause_path="$.error.Cause")
        look = self._step("LookAgain", "Look at the alarm after the failure").next(failed)
        self._catch("Look at the alarm after the failure", failed)
        notify = self._step("Notify", "Tell what happened", retries=MANY).next(look)
        self._catch("Tell what happened", look)
        unlock = self._step("Unlock", "Unlock after the failure", retries=MANY).next(notify)
        self._catch("Unlock after the failure", notify)
        record = self._step("Record", "Record the failure", answer="$.error", retries=MANY).next(unlock)
        self._catch("Record the failure", unlock)
        confirm = self._step("ConfirmRestored", "Ask the site who answers now", answer="$.edge")
        again = self._wait("Wait for the edge to return", CONFIRM_TICK).next(confirm)
        confirm.next(self._if("Does all of it answer again?", "$.edge.confirmed", record, again))
        self._catch("Ask the site who answers now", record)
        restore = self._step("Restore", answer="$.restore", retries=MANY)
        restore.next(self._if("Was traffic moved back?", "$.restore.restored", confirm, record))
        # the lock stays: the sweep finds it without its execution, and tries the whole end again
        stuck = self._step("Stuck", "Tell that traffic is not back yet", retries=MANY).next(failed)
        self._catch("Tell that traffic is not back yet", failed)
        restore.add_catch(stuck, result_path="$.late")
        return restore

    def _step(
        self,
        step: str,
        name: str = "",
        *,
        answer: str | None = None,
        catch: sfn.IChainable | None = None,
        retries: int = FEW,
    ) -> tasks.LambdaInvoke:
        payload = {
            "step": step,
            "execution": sfn.JsonPath.string_at("$$.Execution.Id"),
            "request": sfn.JsonPath.object_at("$.request"),
        }
        if step in ("Restore", "Record", "Notify", "Stuck") and name != "Tell that it is live":
            payload["error"] = sfn.JsonPath.object_at("$.error")
        made = tasks.LambdaInvoke(
            self.scope,
            name or step,
            lambda_function=self.steps,
            payload=sfn.TaskInput.from_object(payload),
            payload_response_only=True,
            retry_on_service_exceptions=False,
            result_path=answer or sfn.JsonPath.DISCARD,
            task_timeout=sfn.Timeout.duration(cdk.Duration.seconds(TASK_SECONDS)),
        )
        made.add_retry(
            errors=list(PASSING),
            interval=cdk.Duration.seconds(2),
            max_attempts=retries,
            backoff_rate=2,
            max_delay=cdk.Duration.seconds(30),
            jitter_strategy=sfn.JitterType.FULL,
        )
        if catch:
            made.add_catch(catch, result_path="$.error")
        return made

    def _catch(self, name: str, to: sfn.IChainable) -> None:
        """Go on whatever happens: the sweep makes up for it."""
        state = self.scope.node.find_child(name)
        assert isinstance(state, tasks.LambdaInvoke)
        state.add_catch(to, result_path="$.late")

    def _wait(self, name: str, seconds: int) -> sfn.Wait:
        return sfn.Wait(self.scope, name, time=sfn.WaitTime.duration(cdk.Duration.seconds(seconds)))

    def _if(self, name: str, path: str, yes: sfn.IChainable, no: sfn.IChainable) -> sfn.Choice:
        return sfn.Choice(self.scope, name).when(sfn.Condition.boolean_equals(path, True), yes).otherwise(no)
