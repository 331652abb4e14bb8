"""The services on a real Docker engine, from the program's own resource arguments."""

import json
import os
import signal
import subprocess
import time

import httpx
import pytest

from rehearsal.containers.scene import SECRET_KEY, TOKEN_KEY
from rehearsal.containers.site import Site
from rehearsal.load import Load

pytestmark = [pytest.mark.engine, pytest.mark.xdist_group("engine")]

NEXT = "2" * 40
PATIENCE_SECONDS = 30.0
OTHER_SECRET = "sk_live_rotated00rotated00rotated00rotated00rota"
OTHER_TOKEN_KEY = "rotated00rotated00rotated00rotated00rota"


def load(site: Site) -> Load:
    return Load(port=site.scene.https_port, host=site.scene.domain)


def ask(site: Site, path: str, **headers: str) -> httpx.Response:
    with httpx.Client(verify=False, timeout=PATIENCE_SECONDS) as client:
        return client.get(
            f"https://127.0.0.1:{site.scene.https_port}{path}",
            headers={"host": site.scene.domain, **headers},
            extensions={"sni_hostname": site.scene.domain},
        )


def warmed(traffic: Load) -> None:
    deadline = time.monotonic() + 10
    while len(traffic.answers) < 100 and time.monotonic() < deadline:
        time.sleep(0.05)


def wanted(site: Site, service: str) -> list[str]:
    """Ids of the containers that the service wants and that run: not those that still drain."""
    return [
        task["Status"]["ContainerStatus"]["ContainerID"]
        for task in site.swarm.tasks(service)
        if task["Status"]["State"] == "running"
    ]


def containers(site: Site, service: str) -> list[dict]:
    found = subprocess.run(
        ["docker", "inspect", *wanted(site, service)], capture_output=True, text=True, check=True
    )
    return json.loads(found.stdout)


def replaced(site: Site, victim: str) -> bool:
    """Whether two tasks run again and the victim is none of them, after at most a minute."""
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        ids = wanted(site, site.app)
        if len(ids) == 2 and victim not in ids:
            return True
        time.sleep(0.2)
    return False


def edge_container(site: Site) -> str:
    return containers(site, site.edge)[0]["Id"]


def test_update_fails_no_request_and_leaves_the_edge_alone(good: Site) -> None:
    release, edge = good.scene.release(NEXT).name, edge_container(good)
    with load(good) as traffic:
        warmed(traffic)
        outcomes = good.up(NEXT)
        time.sleep(2)
    assert outcomes[good.app].state == "completed"
    assert list(outcomes) == [good.app]
    assert traffic.failed == []
    assert traffic.answers[-1].release == release
    assert edge_container(good) == edge


@pytest.mark.parametrize("behaviour", ["never-healthy", "crashing"])
def test_bad_image_is_rolled_back_by_the_engine(good: Site, behaviour: str) -> None:
    before = good.scene.release("1" * 40).name
    good.scene.behave(behaviour)
    with load(good) as traffic:
        warmed(traffic)
        outcomes = good.up("3" * 40)
        time.sleep(2)
    assert outcomes[good.app].state == "rollback_completed"
    assert traffic.failed == []
    assert traffic.answers[-1].release == before
    # A task that was never healthy is asked nothing; one that crashes later was live for a moment.
    assert behaviour == "crashing" or set(traffic.releases()) == {before}


def test_rollback_to_a_kept_image_builds_nothing(good: Site) -> None:
    kept = good.swarm.service(good.app)["Spec"]["TaskTemplate"]["ContainerSpec"]["Image"]
    first = good.scene.release("1" * 40).name
    good.up(NEXT)
    resources = good.resources(release={"image": kept, "name": first})
    assert not [resource for resource in resources if resource.type.endswith(":Image")]
    with load(good) as traffic:
        warmed(traffic)
        outcomes = good.swarm.up(resources)
        time.sleep(2)
    assert outcomes[good.app].state == "completed"
    assert traffic.failed == []
    assert traffic.answers[-1].release == first


def test_secret_rotation_fails_no_request_and_removes_the_old_secret(good: Site) -> None:
    before = containers(good, good.app)
    good.scene.write_variables(secret_key=OTHER_SECRET)
    with load(good) as traffic:
        warmed(traffic)
        outcomes = good.up()
        time.sleep(2)
    assert list(outcomes) == [good.app]
    assert traffic.failed == []
    assert {item["Id"] for item in before}.isdisjoint(item["Id"] for item in containers(good, good.app))
    names = subprocess.run(
        ["docker", "secret", "ls", "--format", "{{.Name}}"], capture_output=True, text=True
    )
    assert sum(name.startswith(f"{good.scene.prefix}-secrets") for name in names.stdout.split()) == 1


def test_token_rotation_with_two_accepted_values_fails_no_request(good: Site) -> None:
    edge = edge_container(good)
    with load(good) as traffic:
        warmed(traffic)
        good.up(tokens=f"{OTHER_TOKEN_KEY} {TOKEN_KEY}")
        good.up(tokens=OTHER_TOKEN_KEY)
        time.sleep(2)
    assert traffic.failed == []
    assert edge_container(good) == edge


def test_killed_replica_costs_no_request(good: Site) -> None:
    (victim, _) = containers(good, good.app)
    with load(good) as traffic:
        warmed(traffic)
        os.kill(victim["State"]["Pid"], signal.SIGKILL)
        assert replaced(good, victim["Id"])
        time.sleep(2)
    assert traffic.failed == []


def test_frozen_replica_costs_no_get_where_answers_have_a_limit(good: Site) -> None:
    good.up(edge={"responseSeconds": 2})
    (victim, _) = wanted(good, good.app)
    with load(good) as traffic:
        warmed(traffic)
        subprocess.run(["docker", "pause", victim], check=True, stdout=subprocess.DEVNULL)
        time.sleep(3)
    subprocess.run(["docker", "unpause", victim], check=True, stdout=subprocess.DEVNULL)
    assert traffic.failed == []


def test_edge_configuration_is_reloaded_without_a_gap(good: Site) -> None:
    edge = edge_container(good)
    assert ask(good, "/", **{"x-forwarded-for": "9.9.9.9"}).status_code == 200
    with load(good) as traffic:
        warmed(traffic)
        outcomes = good.up(edge={"acmeEmail": "devops@yourapp.com"})
        time.sleep(2)
    assert list(outcomes) == [f"{good.edge}-config"]
    assert outcomes[f"{good.edge}-config"].state == "completed"
    assert traffic.failed == []
    assert edge_container(good) == edge


def test_bad_edge_configuration_never_reaches_the_edge(good: Site) -> None:
    resources = good.resources()
    for resource in resources:
        if resource.type.endswith(":ServiceConfig"):
            resource.inputs["data"] = "bm8gY2FkZHlmaWxlIHs="
    with load(good) as traffic:
        warmed(traffic)
        outcomes = good.swarm.up(resources)
    assert outcomes[f"{good.edge}-config"].state == "rollback_completed"
    assert traffic.failed == []


def test_edge_overwrites_what_only_it_may_say(good: Site) -> None:
    answer = ask(
        good,
        "/echo",
        **{
            "x-client-address": "6.6.6.6",
            "x-origin-token": "guessed-token-guessed-token",
            "x-release-slot": "slot-b",
            "x-release-token": "guessed",
        },
    ).json()
    assert answer["headers"]["x-client-address"] != "6.6.6.6"
    assert answer["headers"]["x-release-slot"] == "containers"
    assert "x-release-token" not in answer["headers"]
    assert answer["token"] is True


def test_static_files_of_the_release_before_are_still_served(good: Site) -> None:
    first = good.scene.release("1" * 40).name
    good.up(NEXT)
    answer = ask(good, f"/_releases/{first}/_next/static/{first}.js")
    assert answer.status_code == 200
    assert first in answer.text
    assert answer.headers["cache-control"] == "public, max-age=31536000, immutable"


@pytest.mark.parametrize(
    "path",
    [
        "/_releases",
        "/_releases/",
        "/_releases/111111111111-00000000/server.js",
        "/_releases/111111111111-00000000/.ran-at",
        "/_slots/slot-a/_next/static/x.js",
    ],
)
def test_nothing_else_is_served_below_releases(good: Site, path: str) -> None:
    answer = ask(good, path)
    assert answer.status_code == 404
    assert answer.headers["cache-control"] == "no-store"


@pytest.mark.parametrize("path", ["/_releases/%2e%2e/%2e%2e/etc/passwd", "/_releases/..%2f..%2fetc/passwd"])
def test_no_file_outside_the_releases_is_served(good: Site, path: str) -> None:
    assert "root:" not in ask(good, path).text


def test_http_is_led_to_https_and_https_stays(good: Site) -> None:
    answer = httpx.get(
        f"http://127.0.0.1:{good.scene.http_port}/sign-in", headers={"host": good.scene.domain}
    )
    assert answer.status_code == 308
    assert answer.headers["location"] == f"https://{good.scene.domain}/sign-in"
    assert ask(good, "/").headers["strict-transport-security"] == "max-age=31536000"


def test_app_can_write_nothing_and_is_nobody_special(good: Site) -> None:
    container = containers(good, good.app)[0]
    tried = subprocess.run(
        [
            "docker",
            "exec",
            container["Id"],
            "sh",
            "-c",
            "id -u; touch /app/x; cat /run/secrets/clerk | wc -c",
        ],
        capture_output=True,
        text=True,
    )
    assert tried.stdout.split()[0] == "1000"
    assert "Read-only file system" in tried.stderr
    assert int(tried.stdout.split()[-1]) > 100
    assert container["HostConfig"]["CapDrop"] == ["ALL"]


def test_no_secret_is_in_what_the_engine_shows(good: Site) -> None:
    shown = json.dumps(
        [
            *containers(good, good.app),
            *containers(good, good.edge),
            good.swarm.service(good.app),
            good.swarm.service(good.edge),
        ]
    )
    image = containers(good, good.app)[0]["Image"]
    history = subprocess.run(
        ["docker", "history", "--no-trunc", image], capture_output=True, text=True, check=True
    ).stdout
    assert SECRET_KEY not in shown
    assert "sk_live_" not in shown
    assert "sk_live_" not in history
