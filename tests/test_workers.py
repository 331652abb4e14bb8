"""What bin/test leans on where tests run on several workers."""

import os

import pytest


@pytest.mark.xdist_group("kept-together")
def test_tests_of_one_group_stay_on_one_worker(request: pytest.FixtureRequest) -> None:
    """Else each worker deploys for itself: xdist 3.8 writes the group into what pytest 9.2 does not read."""
    if "PYTEST_XDIST_WORKER" not in os.environ:
        pytest.skip("there are no workers")
    assert request.node.nodeid.endswith("@kept-together")
