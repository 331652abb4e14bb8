"""What all settings have in common: frozen, camelCase in JSON, mistakes told in words."""

import re
from typing import Annotated

from pydantic import AfterValidator, BaseModel, ConfigDict
from pydantic.alias_generators import to_camel
from pydantic_core import PydanticCustomError

MISFIT = "misfit"
"""Type of the errors that carry their own path and next step."""


class Model(BaseModel):
    """Frozen, camelCase in JSON, unknown keys refused."""

    model_config = ConfigDict(frozen=True, extra="forbid", alias_generator=to_camel)


def misfit(expected: str, *, at: str = "", next_step: str = "") -> PydanticCustomError:
    """An error for a validator to raise.

    Args:
        expected: What would have been right; follows the setting's path.
        at: Path below the model, such as `hostedZone.name`; empty for the model or field itself.
        next_step: What to do now; empty for the usual one.
    """
    return PydanticCustomError(MISFIT, "{expected}", {"expected": expected, "at": at, "next_step": next_step})


def shaped(pattern: str, expected: str) -> AfterValidator:
    """A check of a text's shape.

    Args:
        pattern: The whole text must match it.
        expected: The same in words, with an example.
    """
    compiled = re.compile(pattern)

    def check(value: str) -> str:
        if not compiled.fullmatch(value):
            raise misfit(f"it must be {expected}")
        return value

    return AfterValidator(check)


HostName = Annotated[
    str,
    shaped(
        r"(?=.{1,253}$)(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z]{2,63}",
        "a host name in lower case without https:// and path, such as yourapp.com",
    ),
]
EmailAddress = Annotated[str, shaped(r"[^@\s]+@[^@\s]+\.[^@\s]+", "an address such as devops@yourapp.com")]
HttpsUrl = Annotated[
    str, shaped(r"https://[^\s/@?#]+(?:/[^\s?#]*)?", "an address such as https://clerk.com/support")
]
Name = Annotated[
    str,
    shaped(
        r"[a-z](?:[a-z0-9]|-(?=[a-z0-9])){1,30}",
        "2 to 31 lower-case letters, digits and single dashes, beginning with a letter, such as production",
    ),
]
