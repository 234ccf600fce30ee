"""`python -m tests.replay.record`: record histories of today's code. Each is a run on real parts with a scripted model.

A story that is recorded already is left as it is: what a shipped version wrote is what a later one must replay.
"""

import asyncio
import json
import re
import tempfile
from base64 import b64decode, b64encode
from collections.abc import Awaitable, Callable
from contextlib import suppress
from datetime import timedelta
from pathlib import Path
from typing import Any

from temporalio.client import WorkflowFailureError

from tests.support.server import start_server
from tests.support.waiting import eventually
from tests.support.world import DRAFT, GOOD, Handle, World, world

NEWEST = Path(__file__).parent / "histories" / "budgets"
"""Named after the newest patch of a shipped workflow."""
PLAIN = {"lead_id": "lead-007", "occasion": "recorded", "by": "recorder"}
MISFIT = {**DRAFT, "paragraphs": ["We talked with Zebediah about the offer of $987,654 that he wants."]}

Act = Callable[[World, Handle], Awaitable[None]]


def sends(name: str, payload: dict[str, Any]) -> Act:
    """One signal, once the gate is open."""

    async def act(world: World, handle: Handle) -> None:
        await world.gate(handle)
        await handle.signal(name, payload)

    return act


async def argues(world: World, handle: Handle) -> None:
    """Refused messages of each kind, then an edit."""
    await world.gate(handle)
    for payload in ([], [{"by": "eve", "gate": "other"}], [{"by": ""}], [{"by": "a"}, {"by": "b"}]):
        await handle.signal("approve", args=payload)
    await handle.signal("nonsense", 1)
    await handle.execute_update("decide", {"verdict": "answer", "by": "eve", "text": "yes"})
    await handle.signal("approve", {"by": "ann", "note": "shorter", "edit": {"subject": "Shorter"}})


async def says_nothing(world: World, handle: Handle) -> None:
    """Nobody comes."""
    await world.gate(handle)
    await world.env.fast_forward(handle, timedelta(hours=50))


async def approves_before_a_weekend(world: World, handle: Handle) -> None:
    """The mail waits for working hours."""
    await world.gate(handle)
    await handle.signal("approve", {"by": "ann"})
    await world.past_working_hours(handle)


async def waits_for_its_end(world: World, handle: Handle) -> None:
    """Nobody has to do anything."""
    await world.env.fast_forward(handle, timedelta(hours=30))


async def is_stopped_in_a_call(world: World, handle: Handle) -> None:
    """While the model is thinking."""

    async def asked() -> bool:
        pending = (await handle.describe()).raw_description.pending_activities
        return any(call.activity_type.name == "llm.ask" for call in pending)

    await eventually(asked, "the model is asked")
    await handle.signal("stop", {"by": "ops", "reason": "wrong list"})


async def is_cancelled(world: World, handle: Handle) -> None:
    """By the server's own means, at the gate."""
    await world.gate(handle)
    await handle.cancel()


JUNK = "I would rather talk about something else."
LATE = {"$delay_s": 30, "$reply": {"signals": []}}

STORIES: dict[str, tuple[dict[str, Any], dict[str, Any], Act]] = {
    "sent": (PLAIN, GOOD, sends("approve", {"by": "ann"})),
    "edited": (PLAIN, GOOD, argues),
    "template": (PLAIN, GOOD | {"draft-email": [MISFIT, MISFIT]}, sends("approve", {"by": "ann"})),
    "rejected": (PLAIN, GOOD, sends("reject", {"by": "ann", "reason": "not now"})),
    "expired": (PLAIN, GOOD, says_nothing),
    "climbed": (PLAIN, GOOD | {"draft-email": [JUNK, {"subject": "Hm"}, DRAFT]}, sends("approve", {"by": "ann"})),
    "broken-off": (
        PLAIN,
        GOOD | {"draft-email": [{"$error": "cut"}, {"$error": "length"}, {"$error": "declined"}, DRAFT]},
        sends("approve", {"by": "ann"}),
    ),
    "out-of-steps": (PLAIN | {"budget": {"steps": 3}}, GOOD, waits_for_its_end),
    "out-of-calls": (PLAIN | {"budget": {"model_calls": 2}}, GOOD | {"draft-email": [JUNK]}, waits_for_its_end),
    "idle": (
        PLAIN | {"budget": {"idle_time": "20m"}},
        GOOD | {"draft-email": [{"$error": "unavailable"}]},
        waits_for_its_end,
    ),
    "stopped-in-a-call": (PLAIN, GOOD | {"summarise-signals": [LATE]}, is_stopped_in_a_call),
    "cancelled": (PLAIN, GOOD, is_cancelled),
    "stopped": (PLAIN, GOOD, sends("stop", {"by": "ops", "reason": "wrong list"})),
    "working-hours": (PLAIN | {"send": "working-hours"}, GOOD, approves_before_a_weekend),
}


def anywhere(recorded: Any, folder: str) -> Any:
    """The history without this machine: its folder, where its code lies, and its name in the workers' identities."""
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
    if name == "stackTrace":
        return ""
    # PID@HOST: identities, and the sticky queues that are named after them.
    return re.sub(r"^\d+@\S+$", "recorder", value.replace(folder, "recorded"))


async def record() -> None:
    """Write one file for each story."""
    NEWEST.mkdir(parents=True, exist_ok=True)
    async with await start_server() as env:
        for name, (request, script, act) in STORIES.items():
            path = NEWEST / f"sales-follow-up.{name}.json"
            if path.exists():
                continue
            with tempfile.TemporaryDirectory() as folder:
                async with world(env, Path(folder), script, {}) as here:
                    with env.with_time_skipping_disabled():
                        handle = await here.start(request, f"sales-follow-up.{name}")
                    await act(here, handle)
                    with suppress(WorkflowFailureError):  # a cancelled run
                        await handle.result()
                    history = anywhere((await handle.fetch_history()).to_json_dict(), folder)
            path.write_text(json.dumps(history, indent=1, sort_keys=True) + "\n")
            print(f"{path.name}: {len(history['events'])} events")


if __name__ == "__main__":
    asyncio.run(record())
