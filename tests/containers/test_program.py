"""What the Pulumi program declares, without Pulumi's engine."""

import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pulumi
import pytest
from syrupy.assertion import SnapshotAssertion

from rehearsal.containers.program import Resource, declared, secret_text
from rehearsal.containers.scene import ENVIRONMENT, SECRET_KEY, TOKEN_KEY, Scene

COMMIT = "1" * 40
IMAGE = f"sha256:{'a' * 64}"
STARS = "********"


@pytest.fixture
def scene(tmp_path: Path) -> Scene:
    return Scene(folder=tmp_path / "scene", http_port=80, https_port=443)


def resources(scene: Scene, *, tokens: str = TOKEN_KEY, **config: Mapping[str, Any]) -> list[Resource]:
    config.setdefault("release", {"commit": COMMIT})
    return declared(scene.config(**config), stack=ENVIRONMENT, secrets={"tokens": tokens})


def one(found: list[Resource], name: str) -> Resource:
    (resource,) = [resource for resource in found if resource.name == name]
    return resource


def masked(value: Any, path: str, secrets: frozenset[str], folder: str) -> Any:
    if path in secrets:
        return STARS
    if isinstance(value, dict):
        return {
            key: masked(item, f"{path}.{key}".lstrip("."), secrets, folder)
            for key, item in sorted(value.items())
        }
    if isinstance(value, list):
        return [masked(item, f"{path}[{index}]", secrets, folder) for index, item in enumerate(value)]
    return value.replace(folder, "FOLDER") if isinstance(value, str) else value


@pytest.mark.parametrize("kind", ["Network", "Secret", "Image", "RemoteImage", "ServiceConfig", "Service"])
def test_declares(scene: Scene, snapshot: SnapshotAssertion, kind: str) -> None:
    found = [resource for resource in resources(scene) if resource.type.rpartition(":")[2] == kind]
    assert {
        f"{resource.type} {resource.name}": masked(
            dict(resource.inputs), "", resource.secrets, str(scene.folder)
        )
        for resource in sorted(found, key=lambda resource: resource.name)
    } == snapshot


def test_caddyfile(scene: Scene, snapshot: SnapshotAssertion) -> None:
    assert secret_text(one(resources(scene), "yourapp-production-edge-caddyfile")) == snapshot


def test_answers_have_a_limit_only_where_one_is_set(scene: Scene) -> None:
    name, limit = "yourapp-production-edge-caddyfile", "response_header_timeout"
    assert limit not in secret_text(one(resources(scene), name))
    limited = resources(scene, edge={"responseSeconds": 10})
    assert f"{limit} 10s\n" in secret_text(one(limited, name))


def test_secrets_are_marked_as_secret_and_stand_nowhere_else(scene: Scene) -> None:
    found = resources(scene)
    document = secret_text(one(found, "yourapp-production-secrets"))
    origin = json.loads(document)["tokens"]["origin"][0]
    for resource in found:
        if resource.type.endswith(":Secret"):
            assert resource.secrets == {"data"}
        else:
            shown = json.dumps(resource.inputs)
            assert SECRET_KEY not in shown
            assert origin not in shown
            assert TOKEN_KEY not in shown


def test_secrets_document_is_the_one_of_aws(scene: Scene) -> None:
    document = json.loads(secret_text(one(resources(scene), "yourapp-production-secrets")))
    assert document["instances"] == {"pk_live_Y2xlcmsueW91cmFwcC5jb20k": {"CLERK_SECRET_KEY": SECRET_KEY}}
    assert set(document["tokens"]) == {"origin", "release", "verification"}
    assert all(
        re.fullmatch("[0-9a-f]{32}", token) for tokens in document["tokens"].values() for token in tokens
    )


def test_token_rotation_sends_the_newest_and_accepts_both(scene: Scene) -> None:
    found = resources(scene, tokens=f"{'n' * 40}, {TOKEN_KEY}")
    document = json.loads(secret_text(one(found, "yourapp-production-secrets")))
    before = json.loads(secret_text(one(resources(scene), "yourapp-production-secrets")))
    newest, older = document["tokens"]["origin"]
    assert older == before["tokens"]["origin"][0]
    assert newest in secret_text(one(found, "yourapp-production-origin"))


def test_image_that_was_built_before_is_not_built_again(scene: Scene) -> None:
    found = resources(scene, release={"image": IMAGE, "name": "111111111111-22222222"})
    assert not [resource for resource in found if resource.type.endswith(":Image")]
    app = one(found, "yourapp-production-app").inputs
    assert app["taskSpec"]["containerSpec"]["image"] == IMAGE
    assert app["labels"] == [{"label": "clerk-deploy.release", "value": "111111111111-22222222"}]


@pytest.mark.parametrize(
    ("firewall", "replicas", "each"),
    [({}, 2, "150"), ({"authRequestsPer5Minutes": 100}, 3, "34"), ({"enabled": False}, 2, "0")],
)
def test_tasks_share_the_firewalls_limit_of_requests_by_address(
    scene: Scene, firewall: dict, replicas: int, each: str
) -> None:
    document = json.loads(scene.settings.read_text())
    document["context"]["environments"]["production"]["firewall"] = firewall
    scene.settings.write_text(json.dumps(document))
    app = one(resources(scene, app={"replicas": replicas}), "yourapp-production-app").inputs
    environment = app["taskSpec"]["containerSpec"]["env"]
    assert environment["CLERK_DEPLOY_AUTH_REQUESTS_PER_5_MINUTES"] == each


def test_between_two_releases_nothing_differs_that_would_replace_the_service(scene: Scene) -> None:
    # The provider makes a new service, and so an outage, of changed container labels, hosts, login, network.
    first = one(resources(scene), "yourapp-production-app").inputs
    second = one(
        resources(scene, release={"image": IMAGE, "name": "222222222222-22222222"}), "yourapp-production-app"
    ).inputs
    differing = dict(second, labels=first["labels"])
    container = {**second["taskSpec"]["containerSpec"], "image": first["taskSpec"]["containerSpec"]["image"]}
    assert {**differing, "taskSpec": {**second["taskSpec"], "containerSpec": container}} == first
    assert "auth" not in first
    assert not {"labels", "hosts", "sysctl"} & set(first["taskSpec"]["containerSpec"])


@pytest.mark.parametrize("seconds", [45, 60, 90, 300, 599])
def test_durations_are_written_as_the_engine_tells_them_back(scene: Scene, seconds: int) -> None:
    found = resources(scene, app={"startSeconds": seconds, "stopSeconds": seconds})
    container = one(found, "yourapp-production-app").inputs["taskSpec"]["containerSpec"]
    expected = {45: "45s", 60: "1m", 90: "1m30s", 300: "5m", 599: "9m59s"}[seconds]
    assert (container["healthcheck"]["startPeriod"], container["stopGracePeriod"]) == (expected, expected)


def test_secret_of_the_instance_before_stays_beside_the_new_one(scene: Scene) -> None:
    older_key, older_secret = (
        "pk_live_Y2xlcmstb2xkLnlvdXJhcHAuY29tJA",
        "sk_live_before00before00before00before00before00",
    )
    text = scene.variables.read_text().replace("pk_live_Y2xlcmsueW91cmFwcC5jb20k", older_key)
    before = scene.folder / ".env.before"
    before.write_text(text.replace(SECRET_KEY, older_secret))
    found = resources(scene, variables={"previousFile": str(before)})
    instances = json.loads(secret_text(one(found, "yourapp-production-secrets")))["instances"]
    assert instances == {
        older_key: {"CLERK_SECRET_KEY": older_secret},
        "pk_live_Y2xlcmsueW91cmFwcC5jb20k": {"CLERK_SECRET_KEY": SECRET_KEY},
    }


@pytest.mark.parametrize(
    ("config", "named"),
    [
        ({"app": {"replicas": 1}}, "app.replicas: it must be at least 2"),
        ({"app": {"replica": 3}}, "there is no such setting, but there is `replicas`"),
        ({"engine": {"host": "tcp://10.0.0.5:2375"}}, "engine.host: it must be unix:///var/run/docker.sock"),
        ({"release": {"image": "yourapp:latest", "name": "x"}}, "a tag can move"),
        ({"release": {"image": IMAGE}}, "`image` and `name` go together"),
        ({"release": {"commit": "main"}}, "the 40 characters of `git rev-parse HEAD`"),
        ({"log": {"driver": "awslogs"}}, "awslogs-group"),
        ({"log": {"driver": "awslogs", "options": {"awslogs-group": "g", "tag": "t"}}}, "no tag"),
        ({"edge": {"publish": "nodeport"}}, "edge.publish: it must be one of"),
        ({"app": {"environment": {"X": "sk_live_abcdefghijklmnop"}}}, "a Clerk secret key"),
        ({"variables": {"secretsManager": True}}, "give `file` or `secretsManager: true`"),
        ({"application": {}}, "there is no such setting"),
    ],
)
def test_every_mistake_of_the_stack_is_named(scene: Scene, config: dict, named: str) -> None:
    with pytest.raises(pulumi.RunError) as caught:
        resources(scene, **config)
    assert named in str(caught.value)
    assert "Traceback" not in str(caught.value)


def test_numbers_that_the_command_line_makes_of_texts_are_texts_again(scene: Scene) -> None:
    found = resources(scene, app={"environment": {"WORKERS": 4}}, log={"options": {"max-file": 5}})
    service = one(found, "yourapp-production-app").inputs["taskSpec"]
    assert service["containerSpec"]["env"]["WORKERS"] == "4"
    assert service["logDriver"]["options"] == {"max-file": "5"}


def test_streams_in_cloudwatch_are_called_as_their_containers(scene: Scene) -> None:
    log = {"driver": "awslogs", "options": {"awslogs-group": "/yourapp/production/containers"}}
    for service in ("app", "edge"):
        found = one(resources(scene, log=log), f"yourapp-production-{service}").inputs["taskSpec"]
        assert found["logDriver"]["options"]["tag"] == "{{.Name}}"


def test_all_mistakes_are_named_at_once(scene: Scene) -> None:
    with pytest.raises(pulumi.RunError) as caught:
        resources(scene, app={"replicas": 0, "stopSeconds": 1}, edge={"httpPort": 0})
    for path in ("app.replicas", "app.stopSeconds", "edge.httpPort"):
        assert path in str(caught.value)


def test_blank_build_argument_is_refused(scene: Scene) -> None:
    scene.variables.write_text(scene.variables.read_text().replace("tenant_production_001", ""))
    with pytest.raises(pulumi.RunError, match="NEXT_PUBLIC_TENANT_ID"):
        resources(scene)


def test_missing_secret_is_refused_without_its_neighbours_value(scene: Scene) -> None:
    scene.variables.write_text(scene.variables.read_text().replace(f"CLERK_SECRET_KEY={SECRET_KEY}\n", ""))
    with pytest.raises(pulumi.RunError, match="CLERK_SECRET_KEY: it is missing"):
        resources(scene)


@pytest.mark.parametrize("tokens", ["", "short", f"{'a' * 40} {'b' * 40} {'c' * 40}"])
def test_unusable_tokens_come_with_the_command_that_makes_them(scene: Scene, tokens: str) -> None:
    with pytest.raises(Exception, match=r"openssl rand -hex 32 \| pulumi config set --secret tokens"):
        resources(scene, tokens=tokens)


def test_environment_on_another_host_is_refused(scene: Scene) -> None:
    document = json.loads(scene.settings.read_text())
    document["context"]["environments"]["production"].update(host="vercel")
    scene.settings.write_text(json.dumps(document))
    with pytest.raises(pulumi.RunError, match=r"environments.production.host: it is `vercel`"):
        resources(scene)
