"""Why an operation ends. The class's name is what the state machine, the ledger and people read."""

from clerk_deploy.errors import CheckFailedError, DeployError, Exit, RefusedError


class TransientError(Exception):
    """A service throttled, or failed on its side: asked again, it may work. The state machine retries it."""


class LockHeldError(RefusedError):
    """Another operation is running."""


class SupersededError(RefusedError):
    """A newer operation took over."""


class FrozenError(RefusedError):
    """A person forbade releases."""


class CondemnedError(RefusedError):
    """The release was rolled back once, and nobody pardoned it."""


class AlarmIsRedError(RefusedError):
    """The live release's alarm is red."""


class AlarmUnusableError(RefusedError):
    """A release alarm is missing, switched off or cannot be read, so that nobody would notice."""


class OtherAppError(RefusedError):
    """It is the app with Clerk's own components and should not be, or the other way round."""


class RevisionPendingError(RefusedError):
    """Variables were pushed and are not deployed yet."""


class NothingToRollBackToError(RefusedError):
    """There is no earlier release that baked well and is not condemned."""


class UnknownReleaseError(RefusedError):
    """The ledger knows no such release, or several."""


class AbortedError(DeployError):
    """A person ended the operation."""

    exit_code = Exit.CHECKED_AND_BAD


class BuildFailedError(CheckFailedError):
    """The build failed, hung, or waited too long."""


class VerificationFailedError(CheckFailedError):
    """The candidate is not what it should be."""


class EdgeIsSlowError(CheckFailedError):
    """The edge does not answer from the slot that was switched to."""


class BakeFailedError(CheckFailedError):
    """The release did not prove itself after the switch."""


UNWATCHED = "no release before it baked well (with --skip-bake: lived for as long) and was not rolled back"
UNWATCHED_ONE = "is no release that baked well, or with --skip-bake lived for as long"
