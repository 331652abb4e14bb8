"""The edge's copies: bounded in age, late by the propagation, kept when the source fails."""

import asyncio

import pytest

from rehearsal.edge.replica import Replica, Staleness


class Remote:
    def __init__(self) -> None:
        self.now = 0.0
        self.value = "first"
        self.loads = 0
        self.error: Exception | None = None

    def load(self) -> str:
        self.loads += 1
        if self.error is not None:
            raise self.error
        return self.value

    def replica(self, **staleness: float) -> Replica[str]:
        return Replica(self.load, staleness=Staleness(**staleness), clock=lambda: self.now)


async def settled(replica: Replica[str]) -> str:
    await replica.get()
    await replica.close()
    return await replica.get()


def test_young_copy_is_served_and_an_old_one_is_refreshed_beside_the_request():
    async def main() -> None:
        remote = Remote()
        replica = remote.replica(refresh=1, bound=2)
        assert await replica.get() == "first"
        remote.value = "second"
        remote.now = 0.9
        assert await settled(replica) == "first"
        assert remote.loads == 1
        remote.now = 1.5
        assert await replica.get() == "first"
        await replica.close()
        assert await replica.get() == "second"

    asyncio.run(main())


def test_copy_beyond_its_bound_is_waited_for():
    async def main() -> None:
        remote = Remote()
        replica = remote.replica(refresh=1, bound=2)
        await replica.get()
        remote.value = "second"
        remote.now = 2.1
        assert await replica.get() == "second"

    asyncio.run(main())


def test_change_is_held_back_for_the_propagation():
    async def main() -> None:
        remote = Remote()
        replica = remote.replica(refresh=1, bound=1, propagation=5)
        assert await replica.get() == "first"
        seen = []
        for now, value in ((10, "second"), (12, "third"), (14, "third"), (15, "third"), (17, "third")):
            remote.now, remote.value = now, value
            seen.append(await replica.get())
        assert seen == ["first", "first", "first", "second", "third"]

    asyncio.run(main())


def test_requests_at_once_share_one_fetch():
    async def main() -> None:
        remote = Remote()
        replica = remote.replica()
        assert await asyncio.gather(*(replica.get() for _ in range(50))) == ["first"] * 50
        assert remote.loads == 1

    asyncio.run(main())


def test_failing_source_leaves_the_copy_and_is_asked_again():
    async def main() -> None:
        remote = Remote()
        replica = remote.replica(refresh=1, bound=2)
        remote.error = OSError("down")
        with pytest.raises(OSError, match="down"):
            await replica.get()
        remote.error = None
        remote.now = 3
        assert await replica.get() == "first"
        remote.error = OSError("down again")
        remote.now = 6
        assert await replica.get() == "first"
        remote.error, remote.value, remote.now = None, "second", 9
        assert await replica.get() == "second"

    asyncio.run(main())


def test_refresh_does_not_wait_for_age():
    async def main() -> None:
        remote = Remote()
        replica = remote.replica(refresh=100, bound=100)
        await replica.get()
        remote.value = "second"
        await replica.refresh()
        assert await replica.get() == "second"

    asyncio.run(main())
