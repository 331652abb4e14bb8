"""Who signs users in, as an app's /api/health tells it."""

from typing import Final

BACKEND: Final = "backend"
"""The app's own API; also what an app means that does not tell."""

CLIENT_SIDE: Final = "client-side"
"""Clerk's own components in the browser: the guide's fallback."""
