import pytest

from clerk_deploy.cli.slots import known_slot
from clerk_deploy.errors import UnusableInputError


@pytest.mark.parametrize("slot", ["", "slot-a", "slot-c", "containers"])
def test_slots_that_exist_are_taken(slot: str):
    known_slot(slot)


@pytest.mark.parametrize("slot", ["slot-z", "a", "SLOT-A"])
def test_a_slot_that_no_environment_has_is_refused_by_name(slot: str):
    with pytest.raises(UnusableInputError, match=slot):
        known_slot(slot)
