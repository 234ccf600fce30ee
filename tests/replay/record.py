"""`python -m tests.replay.record`: record the histories anew. Each is a run on real parts with a scripted model."""

import asyncio
import json
import re
import tempfile
from base64 import b64decode, b64encode
from collections.abc import Awaitable, Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

from tests.support.server import start_server
from tests.support.world import DRAFT, GOOD, Handle, World, world

HISTORIES = Path(__file__).parent / "histories"
PLAIN = {"lead_id": "lead-007", "occasion": "recorded", "by": "recorder"}
MISFIT = {**DRAFT, "paragraphs": ["We talked with Zebediah about the offer of $987,654 that he wants."]}

Act = Callable[[World, Handle], Awaitable[None]]


def sends(name: str, payload: dict[str, Any]) -> Act:
    """One signal, once the gate is open."""

    async def act(_: World, handle: Handle) -> None:
        await handle.signal(name, payload)

    return act


async def argues(world: World, handle: Handle) -> None:
    """Refused messages of each kind, then an edit."""
    for payload in ([], [{"by": "eve", "gate": "other"}], [{"by": ""}], [{"by": "a"}, {"by": "b"}]):
        await handle.signal("approve", args=payload)
    await handle.signal("nonsense", 1)
    await handle.execute_update("decide", {"verdict": "answer", "by": "eve", "text": "yes"})
    await handle.signal("approve", {"by": "ann", "note": "shorter", "edit": {"subject": "Shorter"}})


async def says_nothing(world: World, handle: Handle) -> None:
    """Nobody comes."""
    await world.env.fast_forward(handle, timedelta(hours=50))


async def approves_before_a_weekend(world: World, handle: Handle) -> None:
    """The mail waits for working hours."""
    await handle.signal("approve", {"by": "ann"})
    await world.past_working_hours(handle)


STORIES: dict[str, tuple[dict[str, Any], dict[str, Any], Act]] = {
    "sent": (PLAIN, GOOD, sends("approve", {"by": "ann"})),
    "edited": (PLAIN, GOOD, argues),
    "template": (PLAIN, GOOD | {"draft-email": [MISFIT, MISFIT]}, sends("approve", {"by": "ann"})),
    "rejected": (PLAIN, GOOD, sends("reject", {"by": "ann", "reason": "not now"})),
    "expired": (PLAIN, GOOD, says_nothing),
    "stopped": (PLAIN, GOOD, sends("stop", {"by": "ops", "reason": "wrong list"})),
    "working-hours": (PLAIN | {"send": "working-hours"}, GOOD, approves_before_a_weekend),
}


def anywhere(recorded: Any, folder: str) -> Any:
    """The history without this machine: its folder, and its name in the workers' identities."""
    if isinstance(recorded, list):
        return [anywhere(item, folder) for item in recorded]
    if isinstance(recorded, dict):
        return {name: _plain(name, anywhere(value, folder), folder) for name, value in recorded.items()}
    return recorded


def _plain(name: str, value: Any, folder: str) -> Any:
    if not isinstance(value, str):
        return value
    if name == "data":
        return b64encode(b64decode(value).replace(folder.encode(), b"recorded")).decode()
    # PID@HOST: identities, and the sticky queues that are named after them.
    return re.sub(r"^\d+@\S+$", "recorder", value)


async def record() -> None:
    """Write one file for each story."""
    HISTORIES.mkdir(exist_ok=True)
    async with await start_server() as env:
        for name, (request, script, act) in STORIES.items():
            with tempfile.TemporaryDirectory() as folder:
                async with world(env, Path(folder), script, {}) as here:
                    with env.with_time_skipping_disabled():
                        handle = await here.start(request, f"sales-follow-up.{name}")
                    await here.gate(handle)
                    await act(here, handle)
                    await handle.result()
                    history = anywhere((await handle.fetch_history()).to_json_dict(), folder)
            path = HISTORIES / f"sales-follow-up.{name}.json"
            path.write_text(json.dumps(history, indent=1, sort_keys=True) + "\n")
            print(f"{path.name}: {len(history['events'])} events")


if __name__ == "__main__":
    asyncio.run(record())
