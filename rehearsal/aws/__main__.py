"""The embedded AWS as a process: `python -m rehearsal.aws`, configured by one environment variable."""

import asyncio
import contextlib
import signal
import sys

from rehearsal.aws.config import Config
from rehearsal.aws.embed import serve
from rehearsal.processes import Children


def _end(*_: object) -> None:
    raise SystemExit(0)


def main() -> int:
    """Serve until SIGTERM."""
    config = Config.from_environment()
    config.folder.mkdir(parents=True, exist_ok=True)
    children = Children()
    signal.signal(signal.SIGTERM, _end)
    try:
        with contextlib.suppress(KeyboardInterrupt, asyncio.CancelledError):
            asyncio.run(serve(config, children=children))
    finally:
        children.end_all()
    return 0


if __name__ == "__main__":
    sys.exit(main())
