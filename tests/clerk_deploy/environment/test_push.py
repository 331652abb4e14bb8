"""Pushing against in-memory clients that are as strict as AWS about what they are asked."""

import itertools
import json
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError
from botocore.validate import ParamValidator

from clerk_deploy.environment.compare import Difference
from clerk_deploy.environment.labels import label_of
from clerk_deploy.environment.plan import plan_push, read_pushed
from clerk_deploy.environment.push import LABELS, Makers, Outcome, push
from clerk_deploy.environment.store import Store
from clerk_deploy.environment.tokens import rotate_tokens
from clerk_deploy.environment.validate import Values
from clerk_deploy.errors import CheckFailedError, DeployError, RefusedError
from clerk_deploy.names import Names
from clerk_deploy.secret_value import SecretValue

NAMES = Names(application="yourapp", environment="production")
READING = ("Get", "List")
PK = "NEXT_PUBLIC_CLERK_PUBLISHABLE_KEY"


def refused(code: str, operation: str, message: str = "") -> ClientError:
    return ClientError({"Error": {"Code": code, "Message": message}}, operation)


class Checked:
    """Checks each request against botocore's model of the API, and records it."""

    def __init__(self, service: str) -> None:
        client = boto3.client(
            service, region_name="us-east-1", aws_access_key_id="x", aws_secret_access_key="x"
        )
        self.model = client.meta.service_model
        self.calls: list[str] = []
        self.before: dict[str, Callable[[], object]] = {}
        self.failing: dict[str, ClientError] = {}

    def check(self, operation: str, arguments: dict[str, Any]) -> None:
        report = ParamValidator().validate(arguments, self.model.operation_model(operation).input_shape)
        assert not report.has_errors(), report.generate_report()
        self.calls.append(f"{operation} {arguments.get('SecretId') or arguments['Name']}")
        if hook := self.before.pop(operation, None):
            hook()
        if operation in self.failing:
            raise self.failing[operation]


class FakeSecrets(Checked):
    """Secrets Manager: versions, labels that move, at most 20 of them."""

    def __init__(self, *names: str) -> None:
        super().__init__("secretsmanager")
        self.secrets: dict[str, dict[str, dict[str, Any]]] = {name: {} for name in names}
        self.clock = itertools.count()

    def versions(self, name: str, operation: str) -> dict[str, dict[str, Any]]:
        if name not in self.secrets:
            raise refused("ResourceNotFoundException", operation)
        return self.secrets[name]

    def list_secret_version_ids(self, **arguments: Any) -> Any:
        self.check("ListSecretVersionIds", arguments)
        items = [
            {"VersionId": id_, "VersionStages": sorted(version["labels"]), "CreatedDate": version["created"]}
            for id_, version in sorted(self.versions(arguments["SecretId"], "ListSecretVersionIds").items())
            if version["labels"]
        ]
        start = int(arguments.get("NextToken", 0))
        more = {"NextToken": str(start + 3)} if start + 3 < len(items) else {}
        return {"Versions": items[start : start + 3], **more}

    def get_secret_value(self, **arguments: Any) -> Any:
        self.check("GetSecretValue", arguments)
        versions = self.versions(arguments["SecretId"], "GetSecretValue")
        if arguments["VersionId"] not in versions:
            raise refused("ResourceNotFoundException", "GetSecretValue")
        return {"SecretString": versions[arguments["VersionId"]]["text"]}

    def put_secret_value(self, **arguments: Any) -> Any:
        self.check("PutSecretValue", arguments)
        self.put(arguments["SecretId"], arguments["ClientRequestToken"], arguments["SecretString"])
        return {"VersionId": arguments["ClientRequestToken"]}

    def put(self, name: str, id_: str, text: str) -> None:
        versions = self.versions(name, "PutSecretValue")
        assert id_ not in versions
        for version in versions.values():
            version["labels"].discard("AWSPREVIOUS")
        for version in versions.values():
            if "AWSCURRENT" in version["labels"]:
                version["labels"] = version["labels"] - {"AWSCURRENT"} | {"AWSPREVIOUS"}
        created = datetime(2026, 11, 24) + timedelta(seconds=next(self.clock))  # noqa: DTZ001 (only compared)
        versions[id_] = {"text": text, "labels": {"AWSCURRENT"}, "created": created}

    def update_secret_version_stage(self, **arguments: Any) -> Any:
        self.check("UpdateSecretVersionStage", arguments)
        versions = self.versions(arguments["SecretId"], "UpdateSecretVersionStage")
        label = arguments["VersionStage"]
        if source := arguments.get("RemoveFromVersionId"):
            versions[source]["labels"].remove(label)
        if target := arguments.get("MoveToVersionId"):
            versions[target]["labels"].add(label)
        assert sum(len(version["labels"]) for version in versions.values()) <= 20
        return {}

    def current(self, name: str) -> Any:
        versions = self.secrets[name].values()
        return next(json.loads(version["text"]) for version in versions if "AWSCURRENT" in version["labels"])


class FakeParameters(Checked):
    """SSM: a parameter's version grows with each write."""

    def __init__(self, *names: str) -> None:
        super().__init__("ssm")
        self.values: dict[str, tuple[str, int]] = dict.fromkeys(names, ("none", 1))

    def get_parameter(self, **arguments: Any) -> Any:
        self.check("GetParameter", arguments)
        if arguments["Name"] not in self.values:
            raise refused("ParameterNotFound", "GetParameter")
        value, number = self.values[arguments["Name"]]
        return {"Parameter": {"Value": value, "Version": number}}

    def put_parameter(self, **arguments: Any) -> Any:
        self.check("PutParameter", arguments)
        return {"Version": self.put(arguments["Name"], arguments["Value"])}

    def put(self, name: str, value: str) -> int:
        number = self.values[name][1] + 1
        self.values[name] = (value, number)
        return number


@pytest.fixture
def secrets() -> FakeSecrets:
    return FakeSecrets(NAMES.variables_secret, NAMES.secrets_secret, NAMES.repository_secret)


@pytest.fixture
def parameters() -> FakeParameters:
    return FakeParameters(NAMES.revision_parameter)


@pytest.fixture
def store(secrets: FakeSecrets, parameters: FakeParameters) -> Store:
    return Store(names=NAMES, secrets_client=secrets, parameters_client=parameters)


@pytest.fixture
def makers() -> Makers:
    ids = (f"{number:08d}-0000-4000-8000-000000000000" for number in itertools.count(1))
    tokens = (f"{number:032x}" for number in itertools.count(1))
    return Makers(version_id=ids.__next__, token=tokens.__next__)


@pytest.fixture
def values(check: Callable[..., Values], good: dict[str, str]) -> Callable[..., Values]:
    def make(**changed: str) -> Values:
        return check("".join(f"{name}={value}\n" for name, value in {**good, **changed}.items()))

    return make


@pytest.fixture
def pushed(store: Store, makers: Makers) -> Callable[..., Outcome]:
    def run(values: Values, *, prune: bool = False, held: tuple[str, ...] = ()) -> Outcome:
        plan = plan_push(store, values, held=held, prune=prune)
        return push(store, values, plan=plan, makers=makers, held=held)

    return run


def revision(parameters: FakeParameters) -> str:
    return parameters.values[NAMES.revision_parameter][0]


def writes(*clients: Checked) -> list[str]:
    return [call for client in clients for call in client.calls if not call.startswith(READING)]


def test_first_push_stores_values_secrets_and_tokens_and_names_the_revision(
    secrets: FakeSecrets,
    parameters: FakeParameters,
    pushed: Callable[..., Outcome],
    values: Callable[..., Values],
) -> None:
    outcome = pushed(values())

    stored = secrets.secrets[NAMES.variables_secret][outcome.revision]
    assert revision(parameters) == outcome.revision
    assert stored["labels"] == {"AWSCURRENT", label_of(outcome.revision)}
    assert json.loads(stored["text"]) == dict(values().visible)
    document = secrets.current(NAMES.secrets_secret)
    assert document["instances"] == {
        values().publishable_key: {"CLERK_SECRET_KEY": values().secrets["CLERK_SECRET_KEY"].reveal()}
    }
    assert {name: len(tokens) for name, tokens in document["tokens"].items()} == {
        "origin": 1,
        "release": 1,
        "verification": 1,
    }


def test_secrets_are_stored_before_variables_and_the_revision_is_named_last(
    secrets: FakeSecrets,
    parameters: FakeParameters,
    pushed: Callable[..., Outcome],
    values: Callable[..., Values],
) -> None:
    log: list[str] = []
    secrets.calls = parameters.calls = log

    pushed(values())

    assert [call for call in log if not call.startswith(READING)] == [
        f"PutSecretValue {NAMES.secrets_secret}",
        f"PutSecretValue {NAMES.variables_secret}",
        f"UpdateSecretVersionStage {NAMES.variables_secret}",
        f"PutParameter {NAMES.revision_parameter}",
    ]


def test_same_values_again_are_nothing_to_do(
    store: Store, pushed: Callable[..., Outcome], values: Callable[..., Values]
) -> None:
    pushed(values())

    assert plan_push(store, values()).changes_nothing


def test_change_of_secrets_alone_makes_no_revision(
    secrets: FakeSecrets,
    parameters: FakeParameters,
    pushed: Callable[..., Outcome],
    values: Callable[..., Values],
) -> None:
    first = pushed(values())
    second = pushed(values(CLERK_SECRET_KEY="sk_live_f00df00df00df00d"))

    assert second.revision == first.revision == revision(parameters)
    assert not second.plan.needs_revision
    assert parameters.values[NAMES.revision_parameter][1] == 2
    entry = secrets.current(NAMES.secrets_secret)["instances"][values().publishable_key]
    assert entry["CLERK_SECRET_KEY"] == "sk_live_f00df00df00df00d"


def test_other_instances_and_tokens_are_kept(
    secrets: FakeSecrets, pushed: Callable[..., Outcome], values: Callable[..., Values]
) -> None:
    pushed(values())
    tokens = secrets.current(NAMES.secrets_secret)["tokens"]
    other = values(**{PK: "pk_live_YWNjb3VudHMueW91cmFwcC5jb20k"})
    pushed(other)

    document = secrets.current(NAMES.secrets_secret)
    assert set(document["instances"]) == {values().publishable_key, other.publishable_key}
    assert document["tokens"] == tokens


def test_prune_drops_only_what_no_kept_revision_uses(
    secrets: FakeSecrets, pushed: Callable[..., Outcome], values: Callable[..., Values]
) -> None:
    old = values()
    new = values(**{PK: "pk_live_YWNjb3VudHMueW91cmFwcC5jb20k"})
    first = pushed(old)
    second = pushed(new)

    assert pushed(new, prune=True).plan.drops == ()

    secrets.secrets[NAMES.variables_secret][first.revision]["labels"].discard(label_of(first.revision))
    assert pushed(new, prune=True, held=(first.revision,)).plan.drops == ()
    assert pushed(new, prune=True).plan.drops == (old.publishable_key,)
    assert set(secrets.current(NAMES.secrets_secret)["instances"]) == {new.publishable_key}
    assert second.revision


def test_plan_writes_nothing(
    secrets: FakeSecrets, parameters: FakeParameters, store: Store, values: Callable[..., Values]
) -> None:
    plan = plan_push(store, values())

    assert plan.needs_revision and plan.makes_tokens
    assert writes(secrets, parameters) == []


def test_plan_names_what_differs(
    store: Store, pushed: Callable[..., Outcome], values: Callable[..., Values]
) -> None:
    pushed(values(SENTRY_DSN="https://x.sentry.io/1"))

    plan = plan_push(store, values(NEXT_PUBLIC_TENANT_ID="other", MAIL_PASSWORD="swordfish"))

    assert {change.name: change.difference for change in plan.changes} == {
        "MAIL_PASSWORD": Difference.ONLY_IN_FILE,
        "NEXT_PUBLIC_TENANT_ID": Difference.DIFFERS,
        "SENTRY_DSN": Difference.ONLY_DEPLOYED,
    }


CUTS = ("ListSecretVersionIds", "GetSecretValue", "PutSecretValue", "UpdateSecretVersionStage")


@pytest.mark.parametrize("operation", [*CUTS, "GetParameter", "PutParameter"])
def test_push_that_is_cut_off_shows_nothing_and_is_completed_by_the_next(
    operation: str,
    secrets: FakeSecrets,
    parameters: FakeParameters,
    store: Store,
    makers: Makers,
    pushed: Callable[..., Outcome],
    values: Callable[..., Values],
) -> None:
    first = pushed(values())
    changed = values(NEXT_PUBLIC_TENANT_ID="other", CLERK_SECRET_KEY="sk_live_f00df00df00df00d")
    plan = plan_push(store, changed)
    client = parameters if "Parameter" in operation else secrets
    client.failing[operation] = refused("InternalServiceError", operation)
    with pytest.raises(DeployError):
        push(store, changed, plan=plan, makers=makers)
    assert revision(parameters) == first.revision

    client.failing.clear()
    second = pushed(changed)

    assert revision(parameters) == second.revision != first.revision
    assert secrets.current(NAMES.variables_secret) == dict(changed.visible)


def test_version_left_by_a_push_that_was_cut_off_is_used(
    secrets: FakeSecrets,
    parameters: FakeParameters,
    store: Store,
    makers: Makers,
    values: Callable[..., Values],
) -> None:
    parameters.failing["PutParameter"] = refused("InternalServerError", "PutParameter")
    with pytest.raises(DeployError):
        push(store, values(), plan=plan_push(store, values()), makers=makers)
    parameters.failing.clear()

    push(store, values(), plan=plan_push(store, values()), makers=makers)

    assert len(secrets.secrets[NAMES.variables_secret]) == 1


def test_labels_stay_within_aws_limit_and_the_oldest_loose_ones_go(
    secrets: FakeSecrets, pushed: Callable[..., Outcome], values: Callable[..., Values]
) -> None:
    first = pushed(values(NEXT_PUBLIC_TENANT_ID="tenant-first"))
    second = pushed(values(NEXT_PUBLIC_TENANT_ID="tenant-second"))
    for number in range(25):
        pushed(values(NEXT_PUBLIC_TENANT_ID=f"tenant-{number}"), held=(first.revision,))

    versions = secrets.secrets[NAMES.variables_secret]
    labels = [
        label for version in versions.values() for label in version["labels"] if label.startswith("rev")
    ]
    assert len(labels) == LABELS
    assert label_of(first.revision) in labels
    assert label_of(second.revision) not in labels


def test_more_held_revisions_than_labels_are_refused(
    store: Store, pushed: Callable[..., Outcome], values: Callable[..., Values]
) -> None:
    held: tuple[str, ...] = ()
    for number in range(LABELS):
        held = (*held, pushed(values(NEXT_PUBLIC_TENANT_ID=f"tenant-{number}"), held=held).revision)

    with pytest.raises(RefusedError, match="in use"):
        pushed(values(NEXT_PUBLIC_TENANT_ID="one-more"), held=held)


def test_push_that_ended_meanwhile_wins_and_is_named(
    secrets: FakeSecrets,
    parameters: FakeParameters,
    pushed: Callable[..., Outcome],
    values: Callable[..., Values],
) -> None:
    secrets.before["UpdateSecretVersionStage"] = lambda: parameters.put(NAMES.revision_parameter, "theirs")

    with pytest.raises(RefusedError, match="revision theirs is pushed, and yours is not"):
        pushed(values())

    assert revision(parameters) == "theirs"


def test_push_that_came_right_after_ours_is_named_as_the_winner(
    parameters: FakeParameters, store: Store, makers: Makers, values: Callable[..., Values]
) -> None:
    plan = plan_push(store, values())
    original = parameters.put_parameter

    def then_theirs(**arguments: Any) -> Any:
        answer = original(**arguments)
        parameters.put(NAMES.revision_parameter, "theirs")
        return answer

    parameters.put_parameter = then_theirs  # type: ignore[method-assign]

    with pytest.raises(RefusedError, match="revision theirs is pushed"):
        push(store, values(), plan=plan, makers=makers)


def test_push_that_ours_replaced_is_reported(
    parameters: FakeParameters, pushed: Callable[..., Outcome], values: Callable[..., Values]
) -> None:
    parameters.before["PutParameter"] = lambda: parameters.put(NAMES.revision_parameter, "theirs")

    outcome = pushed(values())

    assert outcome.replaced_another
    assert revision(parameters) == outcome.revision


def test_secrets_written_by_somebody_between_read_and_write_are_kept(
    secrets: FakeSecrets, store: Store, pushed: Callable[..., Outcome], values: Callable[..., Values]
) -> None:
    pushed(values())
    theirs = secrets.current(NAMES.secrets_secret)
    theirs["instances"]["pk_live_theirs"] = {"CLERK_SECRET_KEY": "sk_live_theirstheirs"}
    secrets.before["PutSecretValue"] = lambda: secrets.put(NAMES.secrets_secret, "t" * 32, json.dumps(theirs))

    pushed(values(CLERK_SECRET_KEY="sk_live_f00df00df00df00d"))

    instances = secrets.current(NAMES.secrets_secret)["instances"]
    assert instances["pk_live_theirs"] == {"CLERK_SECRET_KEY": "sk_live_theirstheirs"}
    assert instances[values().publishable_key]["CLERK_SECRET_KEY"] == "sk_live_f00df00df00df00d"


def test_secrets_written_by_somebody_right_after_ours_are_joined(
    secrets: FakeSecrets, pushed: Callable[..., Outcome], values: Callable[..., Values]
) -> None:
    pushed(values())
    theirs = secrets.current(NAMES.secrets_secret)
    theirs["instances"]["pk_live_theirs"] = {"CLERK_SECRET_KEY": "sk_live_theirstheirs"}
    original = secrets.put_secret_value

    def then_theirs(**arguments: Any) -> Any:
        answer = original(**arguments)
        secrets.put_secret_value = original  # type: ignore[method-assign]
        secrets.put(NAMES.secrets_secret, "t" * 32, json.dumps(theirs))
        return answer

    secrets.put_secret_value = then_theirs  # type: ignore[method-assign]
    pushed(values(CLERK_SECRET_KEY="sk_live_f00df00df00df00d"))

    instances = secrets.current(NAMES.secrets_secret)["instances"]
    assert set(instances) == {values().publishable_key, "pk_live_theirs"}
    assert len(secrets.secrets[NAMES.secrets_secret]) == 4
    assert instances[values().publishable_key]["CLERK_SECRET_KEY"] == "sk_live_f00df00df00df00d"


def test_others_who_never_stop_writing_end_in_a_refusal(
    secrets: FakeSecrets, pushed: Callable[..., Outcome], values: Callable[..., Values]
) -> None:
    ids = (f"{number:032d}" for number in itertools.count())
    original = secrets.put_secret_value

    def after_theirs(**arguments: Any) -> Any:
        secrets.put(arguments["SecretId"], next(ids), '{"instances":{},"tokens":{}}')
        return original(**arguments)

    secrets.put_secret_value = after_theirs  # type: ignore[method-assign]

    with pytest.raises(RefusedError, match="written by others"):
        pushed(values())


def test_rotation_keeps_the_present_tokens_accepted(
    secrets: FakeSecrets,
    store: Store,
    makers: Makers,
    pushed: Callable[..., Outcome],
    values: Callable[..., Values],
) -> None:
    pushed(values())
    before = secrets.current(NAMES.secrets_secret)

    rotate_tokens(store, makers=makers, sent_by_edge=SecretValue(before["tokens"]["origin"][0]))

    after = secrets.current(NAMES.secrets_secret)
    for name, (token,) in before["tokens"].items():
        assert after["tokens"][name][1] == token
        assert len(after["tokens"][name]) == 2
        assert after["tokens"][name][0] != token
    assert after["instances"] == before["instances"]


def test_rotation_is_refused_while_the_edge_sends_the_older_token(
    secrets: FakeSecrets,
    store: Store,
    makers: Makers,
    pushed: Callable[..., Outcome],
    values: Callable[..., Values],
) -> None:
    pushed(values())
    sent = SecretValue(secrets.current(NAMES.secrets_secret)["tokens"]["origin"][0])
    rotate_tokens(store, makers=makers, sent_by_edge=sent)

    with pytest.raises(RefusedError, match="cut it off"):
        rotate_tokens(store, makers=makers, sent_by_edge=sent)


def test_rotation_before_the_first_push_is_refused(store: Store, makers: Makers) -> None:
    with pytest.raises(RefusedError, match="no tokens yet"):
        rotate_tokens(store, makers=makers, sent_by_edge=None)


@pytest.fixture
def undeployed() -> Iterator[Store]:
    yield Store(names=NAMES, secrets_client=FakeSecrets(), parameters_client=FakeParameters())


def test_push_before_configuration_is_deployed_says_what_to_deploy(
    undeployed: Store, values: Callable[..., Values]
) -> None:
    with pytest.raises(RefusedError) as caught:
        plan_push(undeployed, values())

    assert "cdk deploy 'production/Configuration'" in caught.value.next_step


def test_somebody_elses_secrets_document_is_not_overwritten(
    secrets: FakeSecrets, pushed: Callable[..., Outcome], values: Callable[..., Values]
) -> None:
    secrets.put(NAMES.secrets_secret, "x" * 32, "hunter2hunter2")

    with pytest.raises(CheckFailedError, match="something else"):
        pushed(values())

    assert writes(secrets) == []


def test_values_over_the_secrets_limit_are_refused_before_anything_is_written(
    secrets: FakeSecrets, check: Callable[..., Values], good: dict[str, str], store: Store
) -> None:
    names = [f"OWN_{number}" for number in range(14)]
    text = "".join(
        f"{name}={value}\n" for name, value in {**good, **dict.fromkeys(names, "x" * 5000)}.items()
    )
    values = check(text, variables=[{"name": name} for name in names])

    with pytest.raises(CheckFailedError, match="65536"):
        plan_push(store, values)


def test_reading_what_is_pushed_takes_the_secrets_of_its_instance(
    store: Store, pushed: Callable[..., Outcome], values: Callable[..., Values]
) -> None:
    outcome = pushed(values())

    found = read_pushed(store)

    assert found.revision == outcome.revision
    assert found.visible == values().visible
    assert found.secrets == values().secrets
