"""What the GitHub stand-in knows: repositories, tokens, limits, faults."""

from dataclasses import dataclass, field
from pathlib import Path

from rehearsal.limits import Clock, WindowLimit


@dataclass(frozen=True, kw_only=True)
class Token:
    """A fine-grained personal access token.

    Args:
        value: The token.
        repositories: Full names of the repositories that it may use.
        write: It may write contents; reading is always included.
        expires_at: Seconds since the epoch; None for one without an end.
    """

    value: str = field(repr=False)
    repositories: frozenset[str]
    write: bool = True
    expires_at: float | None = None


@dataclass(kw_only=True)
class Faults:
    """What is wrong with GitHub.

    Args:
        down: Every request is answered with 503 and a page.
        secondary_limit_seconds: Writes are refused by the secondary rate limit, to be tried after that.
        refuses_moves: Moving a branch is answered as done, but nothing moves.
    """

    down: bool = False
    secondary_limit_seconds: int | None = None
    refuses_moves: bool = False


@dataclass(kw_only=True)
class GitHub:
    """GitHub, with local bare repositories.

    Args:
        clock: Seconds since the epoch.
        repositories: Bare repositories by full name, such as your-org/yourapp.
        tokens: Accepted tokens.
        faults: What is wrong, changeable at any time.
        limit: Requests per token and hour.
    """

    clock: Clock
    repositories: dict[str, Path] = field(default_factory=dict)
    tokens: list[Token] = field(default_factory=list)
    faults: Faults = field(default_factory=Faults)
    limit: int = 5000
    _counter: WindowLimit = field(init=False, repr=False)

    def __post_init__(self) -> None:
        """Starts counting."""
        self._counter = WindowLimit(limit=self.limit, seconds=3600, clock=self.clock)

    @property
    def counter(self) -> WindowLimit:
        """Counts requests per token."""
        return self._counter

    def token(self, value: str) -> Token | None:
        """The token with a value, unless it has expired."""
        for token in self.tokens:
            if token.value == value and (token.expires_at is None or token.expires_at > self.clock()):
                return token
        return None

    def repository(self, full_name: str, token: Token) -> Path | None:
        """A repository that a token may read; letter case does not count, as on GitHub."""
        wanted = full_name.lower()
        if wanted not in {name.lower() for name in token.repositories}:
            return None
        return next((path for name, path in self.repositories.items() if name.lower() == wanted), None)
