"""Which of the two apps a release is: with sign-in of its own, or the fallback with Clerk's components."""

from clerk_deploy.release.errors import OtherAppError


def require_same_app(release: str, *, is_fallback: bool, wanted: bool) -> None:
    """Refuse the fallback where the ordinary app is wanted, and the other way round.

    Args:
        release: The release that is looked at.
        is_fallback: It is the fallback.
        wanted: The fallback was asked for.

    Raises:
        OtherAppError: It is the other one.
    """
    if is_fallback and not wanted:
        raise OtherAppError(
            f"{release} is the fallback: users sign in by Clerk's own components.",
            next_step="if that is wanted: clerk-deploy release --fallback; else name another commit",
        )
    if wanted and not is_fallback:
        raise OtherAppError(
            f"{release} is no fallback: users sign in by the app's own API.",
            next_step="the setting release.fallback must name a ref with Clerk's own components",
        )
