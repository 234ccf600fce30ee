"""`python -m tests.workflows.record_standing`: record histories of standing approvals. What is there already stays."""

import asyncio
import tempfile
from collections.abc import Awaitable, Callable
from datetime import timedelta
from pathlib import Path

from tests.support.recording import write_history
from tests.support.runs import gate_of
from tests.support.server import start_server
from tests.workflows.standing_counter import Counter, Standing, counter

HERE = Path(__file__).with_name("standing_histories")

Act = Callable[[Counter, Standing], Awaitable[None]]


async def is_used_up(here: Counter, standing: Standing) -> None:
    """One action that fits, twice; one that does not; the last."""
    first = await here.start("one")
    await first.result()
    too_much = await here.start("two", amount="51")
    await gate_of(too_much)
    await too_much.terminate()
    await (await here.start("three")).result()


async def expires(here: Counter, standing: Standing) -> None:
    """Used once, and then its time is over."""
    await (await here.start("four")).result()
    await here.env.fast_forward(standing, timedelta(days=8))


async def is_revoked(here: Counter, standing: Standing) -> None:
    """After messages that cannot be read."""
    await standing.signal("revoke", args=[])
    await standing.signal("approve", {"by": "eve"})
    await standing.signal("revoke", {"by": "eve", "reason": "wrong limit"})


STORIES: dict[str, Act] = {"used-up": is_used_up, "expired": expires, "revoked": is_revoked}


async def record() -> None:
    """Write one file for each story."""
    async with await start_server() as env:
        for name, act in STORIES.items():
            path = HERE / f"{name}.json"
            if path.exists():
                continue
            with tempfile.TemporaryDirectory() as folder:
                async with counter(env, Path(folder), "recorded") as here:
                    standing = await here.grant(name, at_most=2, note="small ones")
                    await act(here, standing)
                    await standing.result()
                    await write_history(standing, path, folder)


if __name__ == "__main__":
    asyncio.run(record())
