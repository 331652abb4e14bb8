"""Chromium in the rehearsal's world."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import BrowserContext, sync_playwright

from rehearsal.front.clients import browser_flags
from rehearsal.stage import Stage

CHROMIUM = Path("/usr/bin/chromium")
QUIET = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
]


@contextmanager
def open_browser(stage: Stage, profile: Path) -> Iterator[BrowserContext]:
    """A browser that reaches the stage by the production names; it ends with the block.

    Args:
        stage: Its world must have started.
        profile: Where the browser keeps its data.
    """
    key_hash = str(json.loads(stage.world.ready_file.read_text(encoding="utf-8"))["key_hash"])
    flags = browser_flags(proxy_port=stage.world.proxy_port, key_hash=key_hash)
    with sync_playwright() as playwright:
        context = playwright.chromium.launch_persistent_context(
            profile, executable_path=CHROMIUM, args=[*flags, *QUIET], headless=True
        )
        context.set_default_timeout(20_000)
        yield context
        context.close()
