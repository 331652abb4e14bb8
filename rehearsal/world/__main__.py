"""The world as a process: `python -m rehearsal.world`, configured by one environment variable."""

import asyncio
import contextlib
import json
import os
import signal
import sys

from rehearsal.front.certificates import Authority, system_roots
from rehearsal.front.front import serve_front
from rehearsal.front.outer import OuterProxy
from rehearsal.world.config import WorldConfig
from rehearsal.world.hosts import host_table


async def _serve(config: WorldConfig) -> None:
    authority = Authority(folder=config.folder, roots=system_roots(os.environ))
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    async with contextlib.AsyncExitStack() as stack:
        hosts = await stack.enter_async_context(host_table(config, authority=authority))
        await stack.enter_async_context(
            serve_front(
                hosts=hosts,
                authority=authority,
                default_host=config.domains[0],
                proxy_port=config.proxy_port,
                https_port=config.https_port,
                outer=OuterProxy.from_environment(os.environ),
            )
        )
        config.ready_file.write_text(json.dumps({"key_hash": authority.key_hash}), encoding="utf-8")
        await stop.wait()


def main() -> int:
    """Serve until SIGTERM."""
    asyncio.run(_serve(WorldConfig.from_environment()))
    return 0


if __name__ == "__main__":
    sys.exit(main())
