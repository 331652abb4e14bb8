from typing import Any

import pytest


@pytest.fixture(scope="session")
def monitoring(stacks: Any) -> Any:
    return stacks["production/Monitoring"]


@pytest.fixture(scope="session")
def template(monitoring: Any) -> Any:
    return monitoring.template
