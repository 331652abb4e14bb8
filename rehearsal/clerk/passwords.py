"""Which passwords an instance refuses for new users."""

from rehearsal.clerk.errors import ClerkError

MAXIMUM_BYTES = 72
PWNED = frozenset({"password", "password1", "password123", "12345678", "123456789", "qwertyuiop", "iloveyou"})
"""Stands for the breach database that Clerk asks; compared without letter case."""


def check_password(password: str, *, minimum: int) -> None:
    """Checks a password for a new user.

    Args:
        password: The password.
        minimum: Least number of characters.

    Raises:
        ClerkError: It is too short, too long or known from a breach.
    """
    meta = {"param_name": "password"}
    if len(password) < minimum:
        message = f"Passwords must be {minimum} characters or more."
        raise ClerkError(422, "form_password_length_too_short", message, meta=meta)
    if len(password.encode()) > MAXIMUM_BYTES:
        message = "Your password is too long. Please use a shorter one."
        raise ClerkError(422, "form_password_size_in_bytes_exceeded", message, meta=meta)
    if password.lower() in PWNED:
        message = (
            "Password has been found in an online data breach. "
            "For account safety, please use a different password."
        )
        raise ClerkError(422, "form_password_pwned", message, meta=meta)
