"""The option `--slot`."""

from clerk_deploy.errors import UnusableInputError
from clerk_deploy.monitoring.log_contract import SLOT_VALUES
from clerk_deploy.names import SLOTS


def known_slot(slot: str) -> None:
    """Refuse a slot that no environment has.

    Raises:
        UnusableInputError: It is neither empty nor a slot.
    """
    if slot and slot not in SLOT_VALUES:
        raise UnusableInputError(
            f"There is no slot {slot}.",
            next_step=f"name one of {', '.join(SLOTS)}; clerk-deploy status shows them",
        )
