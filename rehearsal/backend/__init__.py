"""The other team's backend on loopback, doing all that the guide's checklist asks. See README.md."""

from rehearsal.backend.app import create_app
from rehearsal.backend.keys import Fetch, KeySet, fetch_with
from rehearsal.backend.state import Backend, Breakage, Document

__all__ = ["Backend", "Breakage", "Document", "Fetch", "KeySet", "create_app", "fetch_with"]
