"""A secret's value that cannot be shown by accident. Standard library only."""

import hmac
import re
from typing import ClassVar, Final, NoReturn, SupportsIndex, final

STARS: Final = "********"

_SHAPES: Final[tuple[tuple[str, re.Pattern[str]], ...]] = (
    ("a private key", re.compile(r"-----BEGIN [A-Z ]*PRIVATE KEY-*[^-]*(?:-----END [A-Z ]*KEY-----)?")),
    ("a Clerk secret key", re.compile(r"sk_(?:live|test)_[A-Za-z0-9+/=_-]{4,}")),
    ("a webhook signing secret", re.compile(r"whsec_[A-Za-z0-9+/=_-]{4,}")),
    ("an AWS access key", re.compile(r"(?<![A-Za-z0-9])A(?:KIA|SIA)[A-Z0-9]{16}(?![A-Za-z0-9])")),
    ("a GitHub token", re.compile(r"(?:gh[pousr]_[A-Za-z0-9]{8,}|github_pat_[A-Za-z0-9_]{8,})")),
    ("a Google client secret", re.compile(r"GOCSPX-[A-Za-z0-9_-]{8,}")),
    ("a password in an address", re.compile(r"(?<=://)[^/\s:@]*:[^/\s@]+(?=@)")),
)

SHORTEST_HIDDEN: Final = 8
"""Shorter secrets are not searched for in texts: they would star ordinary words."""


def secret_shape(text: str) -> str | None:
    """What kind of secret stands in a text, such as `a Clerk secret key`; None without one."""
    return next((kind for kind, pattern in _SHAPES if pattern.search(text)), None)


@final
class SecretValue:
    """Prints as stars; refuses to be pickled, formatted with a width, or written as JSON.

    Args:
        value: The secret.
    """

    __slots__ = ("__value",)
    __hash__ = None  # type: ignore[assignment]
    _met: ClassVar[set[str]] = set()

    def __init__(self, value: str) -> None:
        self.__value = value
        if len(value) >= SHORTEST_HIDDEN:
            SecretValue._met.add(value)

    def reveal(self) -> str:
        """The secret itself: for the one place that hands it to its owner."""
        return self.__value

    def __bool__(self) -> bool:
        """Whether there is any value."""
        return bool(self.__value)

    def __eq__(self, other: object) -> bool:
        """Equal values; takes the same time wherever they differ."""
        if not isinstance(other, SecretValue):
            return NotImplemented
        return hmac.compare_digest(self.__value.encode(), other.__value.encode())

    def __str__(self) -> str:
        """Stars, always as many."""
        return STARS

    def __repr__(self) -> str:
        """Stars, always as many."""
        return f"SecretValue('{STARS}')"

    def __format__(self, spec: str) -> str:
        """Stars, whatever the format."""
        return STARS

    def __copy__(self) -> "SecretValue":
        """Itself: it cannot change."""
        return self

    def __deepcopy__(self, memo: dict[int, object]) -> "SecretValue":
        """Itself: it cannot change."""
        return self

    def __reduce_ex__(self, protocol: SupportsIndex) -> NoReturn:
        """Refused: a pickle would hold the value."""
        raise TypeError("a secret's value is not pickled")

    @classmethod
    def hide_in(cls, text: str) -> str:
        """A text without any secret that this process has met, nor anything that looks like one."""
        for value in sorted(cls._met, key=len, reverse=True):
            text = text.replace(value, STARS)
        for _, pattern in _SHAPES:
            text = pattern.sub(STARS, text)
        return text
