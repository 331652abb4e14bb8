"""Fixtures of the edge's tests."""

import pytest

from rehearsal.edge.functions.runner import FunctionRunner, find_node
from tests.rehearsal.edge.world import Viewer, World


@pytest.fixture
def world() -> World:
    return World()


@pytest.fixture
def viewer(world: World) -> Viewer:
    return Viewer(world=world, runner=FunctionRunner(node=find_node()))
