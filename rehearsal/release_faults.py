"""Ways to break the applications of the rehearsal, each found by another guard."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from rehearsal.story import App

ME = "app/api/auth/me/route.ts"
SIGN_IN = "app/api/auth/signin/route.ts"


@dataclass(frozen=True, kw_only=True)
class Faults:
    """What commits of the story change.

    Args:
        mended: The files as they were.
        seen_by_verification: Breaks what every verification looks at.
        met_by_users: Breaks what users meet and verification does not.
        asked: What the client asks throughout, with a good release's answers.
    """

    mended: Mapping[str, str]
    seen_by_verification: Mapping[str, str]
    met_by_users: Mapping[str, str]
    asked: tuple[tuple[str, int], ...]


def faults_of(app: App) -> Faults:
    """The faults for the reference application."""
    me, sign_in = (_read(app.folder, path) for path in (ME, SIGN_IN))
    return Faults(
        mended={ME: me, SIGN_IN: sign_in},
        seen_by_verification={
            SIGN_IN: _replaced(
                sign_in,
                "POST: async (context) => {",
                "POST: async (context) => {\n"
                "      if (process.uptime() > 0) throw new Error('this commit signs nobody in');",
            )
        },
        # A bug that depends on something which verification's own requests do not have.
        met_by_users={
            ME: _replaced(
                me,
                "GET: async ({ request, server, caller, note }) => {",
                "GET: async ({ request, server, caller, note }) => {\n"
                "      if (!request.headers.has('x-verification')) throw new Error('only users meet this');",
            )
        },
        asked=(*[("/", 200)] * 4, ("/api/auth/me", 401)),
    )


def _read(folder: Path, path: str) -> str:
    return (folder / path).read_text(encoding="utf-8")


def _replaced(text: str, old: str, new: str) -> str:
    if text.count(old) != 1:
        raise ValueError(f"the application has changed: {old!r} is not there once")
    return text.replace(old, new)
