from collections.abc import Iterator

import pytest

from tests.vercel.world import ONE, World


@pytest.fixture
def world() -> Iterator[World]:
    made = World()
    with made.runner:
        yield made


@pytest.fixture
def first(world: World) -> World:
    """A world in which the first release is live."""
    assert world.operations(bakeMinutes=0).release(ONE).outcome == "promoted"
    world.vercel.calls.clear()
    world.steps.clear()
    world.sent.clear()
    return world
