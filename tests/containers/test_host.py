"""The host's rules, with fakes that keep Pulumi's and Docker's."""

import json
from pathlib import Path
from typing import Any

import pytest

from clerk_deploy.containers.host import ContainersHost
from clerk_deploy.containers.problems import RolledBackError
from clerk_deploy.errors import (
    CheckFailedError,
    RefusedError,
    UnreachableError,
    UnusableInputError,
)
from tests.containers.world import FIRST, SECOND, THIRD, FakeWorld, image_id, make_host, make_live, make_world


@pytest.fixture
def world(tmp_path: Path) -> FakeWorld:
    return make_world(tmp_path / "scene")


@pytest.fixture
def host(world: FakeWorld, monkeypatch: pytest.MonkeyPatch) -> ContainersHost:
    # The fakes build THIRD; the real program asks git.
    monkeypatch.setattr("clerk_deploy.containers.inputs.commit_of", lambda folder: THIRD)
    return make_host(world)


def test_release_is_pinned_so_that_a_plain_up_keeps_it(world: FakeWorld, host: ContainersHost) -> None:
    make_live(world, host, FIRST)
    made = host.release()
    assert made.built
    assert (made.release, made.before) == (world.release_name(THIRD), world.release_name(FIRST))
    pinned = json.loads(world.config["clerk-deploy:release"])
    assert pinned == {"image": image_id(THIRD), "name": made.release}


def test_failed_up_restores_the_pin_of_what_serves(world: FakeWorld, host: ContainersHost) -> None:
    first = make_live(world, host, FIRST)
    world.up_error = RolledBackError("went back", next_step="look")
    with pytest.raises(RolledBackError):
        host.release()
    assert json.loads(world.config["clerk-deploy:release"])["name"] == first
    assert host.live().release == first


def test_engine_that_went_back_while_pulumi_said_done_is_a_failure(
    world: FakeWorld, host: ContainersHost
) -> None:
    make_live(world, host, FIRST)
    world.update_state, world.stuck = "rollback_completed", True
    with pytest.raises(RolledBackError, match="told"):
        host.release()


def test_state_of_an_older_update_fails_no_new_one(world: FakeWorld, host: ContainersHost) -> None:
    make_live(world, host, FIRST)
    world.update_state = "rollback_completed"
    assert host.release().before == world.release_name(FIRST)


def test_done_while_the_old_code_serves_cannot_happen(world: FakeWorld, host: ContainersHost) -> None:
    first = make_live(world, host, FIRST)
    world.deaf = True
    with pytest.raises(RolledBackError, match="does not answer with"):
        host.release()
    assert json.loads(world.config["clerk-deploy:release"])["name"] == first


def test_bake_that_fails_goes_back_and_is_recorded(world: FakeWorld, host: ContainersHost) -> None:
    first = make_live(world, host, FIRST)
    looks = []

    def verify() -> None:
        looks.append(1)
        if len(looks) == 3:
            raise CheckFailedError("Sign-in answers 500.", next_step="see the log")

    with pytest.raises(RolledBackError, match="Sign-in answers 500"):
        host.release(bake_seconds=300, verify=verify)
    assert host.live().release == first
    assert [entry.purpose for entry in host.history()[:2]] == ["rollback", "release"]


def test_bake_verifies_until_its_end(world: FakeWorld, host: ContainersHost) -> None:
    make_live(world, host, FIRST)
    looks: list[float] = []
    host.release(bake_seconds=60, verify=lambda: looks.append(world.now))
    assert len(looks) == 7
    assert looks[-1] - looks[0] == 60


def test_rollback_goes_to_the_last_good_release_without_a_build(
    world: FakeWorld, host: ContainersHost
) -> None:
    first = make_live(world, host, FIRST)
    make_live(world, host, SECOND)
    made = host.rollback()
    assert (made.release, made.built) == (first, False)
    assert host.history()[0].who == "ana@yourapp.com"


def test_rollback_skips_a_release_that_failed(world: FakeWorld, host: ContainersHost) -> None:
    first = make_live(world, host, FIRST)
    world.up_error = CheckFailedError("bad", next_step="look")
    with pytest.raises(CheckFailedError):
        make_live(world, host, SECOND)
    world.up_error = None
    make_live(world, host, THIRD)
    assert host.rollback().release == first


@pytest.mark.parametrize("to", ["2222", SECOND])
def test_rollback_takes_the_beginning_of_a_commit(world: FakeWorld, host: ContainersHost, to: str) -> None:
    make_live(world, host, FIRST)
    assert host.rollback(to=to).release == world.release_name(SECOND)


@pytest.mark.parametrize(("to", "said"), [("9999", "names no kept release"), ("1111", "is live already")])
def test_rollback_refuses_what_cannot_be_gone_back_to(
    world: FakeWorld, host: ContainersHost, to: str, said: str
) -> None:
    make_live(world, host, FIRST)
    with pytest.raises(UnusableInputError, match=said):
        host.rollback(to=to)


def test_rollback_with_nothing_to_go_back_to_says_so(world: FakeWorld, host: ContainersHost) -> None:
    make_live(world, host, FIRST)
    world.images = {image_id(FIRST): world.images[image_id(FIRST)]}
    with pytest.raises(UnusableInputError, match="no earlier release"):
        host.rollback()


@pytest.mark.parametrize("to", [None, "1111", FIRST])
def test_rollback_fetches_from_the_registry_what_this_manager_does_not_have(
    world: FakeWorld, host: ContainersHost, to: str | None
) -> None:
    world.use_registry()
    world.registry = {FIRST}
    first = make_live(world, host, FIRST)
    make_live(world, host, SECOND)
    del world.images[image_id(FIRST)]
    assert host.rollback(to=to).release == first
    assert world.pulls == [f"ghcr.io/your-org/yourapp-production:{first}"]


def test_rollback_to_what_the_engine_has_asks_no_registry(world: FakeWorld, host: ContainersHost) -> None:
    world.use_registry()
    first = make_live(world, host, FIRST)
    make_live(world, host, SECOND)
    assert host.rollback().release == first
    assert world.pulls == []


def test_release_that_the_registry_lost_is_refused_and_nothing_changes(
    world: FakeWorld, host: ContainersHost
) -> None:
    world.use_registry()
    make_live(world, host, FIRST)
    second = make_live(world, host, SECOND)
    del world.images[image_id(FIRST)]
    with pytest.raises(CheckFailedError, match="does not have the image"):
        host.rollback()
    assert host.live().release == second


def test_without_a_registry_only_what_the_engine_has_can_be_gone_back_to(
    world: FakeWorld, host: ContainersHost
) -> None:
    make_live(world, host, FIRST)
    make_live(world, host, SECOND)
    del world.images[image_id(FIRST)]
    with pytest.raises(UnusableInputError, match="no earlier release"):
        host.rollback()
    assert world.pulls == []


def test_rollback_to_another_clerk_instance_needs_its_secret(world: FakeWorld, host: ContainersHost) -> None:
    make_live(world, host, FIRST)
    world.image(SECOND, key="pk_live_b3RoZXI")
    with pytest.raises(CheckFailedError, match="another Clerk instance"):
        host.rollback(to="2222")


def test_pruning_keeps_the_last_and_what_runs(world: FakeWorld, host: ContainersHost) -> None:
    world.image(THIRD)
    make_live(world, host, FIRST)
    assert host.prune(keep=1) == (world.release_name(SECOND),)
    assert world.removed == [image_id(SECOND)]


def test_engine_without_swarm_is_refused_with_the_command(world: FakeWorld, host: ContainersHost) -> None:
    world.swarm = False
    with pytest.raises(UnusableInputError) as caught:
        host.prepare()
    assert "docker swarm init" in caught.value.next_step


def test_engine_of_another_architecture_is_refused(world: FakeWorld, host: ContainersHost) -> None:
    world.architecture = "aarch64"
    with pytest.raises(UnusableInputError, match="linux/arm64"):
        host.prepare()


def test_taken_port_is_refused_before_anything_is_made(world: FakeWorld, host: ContainersHost) -> None:
    import socket

    with socket.socket() as taken:
        taken.bind(("0.0.0.0", world.scene.https_port))
        taken.listen()
        with pytest.raises(UnusableInputError, match=f"Port {world.scene.https_port}"):
            host.prepare()


def test_locked_stack_keeps_the_pin(world: FakeWorld, host: ContainersHost) -> None:
    first = make_live(world, host, FIRST)
    world.up_error = RefusedError("locked", next_step="wait")
    with pytest.raises(RefusedError):
        host.rollback(to="2222")
    assert json.loads(world.config["clerk-deploy:release"])["name"] == first


def test_site_that_does_not_answer_is_not_live(world: FakeWorld, host: ContainersHost) -> None:
    class Silent:
        def request(self, method: str, url: str, **options: Any) -> Any:
            raise OSError("refused")

    object.__setattr__(host, "http", Silent())
    with pytest.raises(UnreachableError):
        host.live()
