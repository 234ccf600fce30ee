"""`python -m tests.replay.record`: record histories of today's code. Each is a run on real parts with a scripted model.

A story that is recorded already is left as it is: what a shipped version wrote is what a later one must replay.
"""

import asyncio
import tempfile
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from datetime import timedelta
from pathlib import Path
from typing import Any

from temporalio.client import WorkflowFailureError

from tests.support.recording import write_history
from tests.support.server import start_server
from tests.support.waiting import eventually
from tests.support.world import DRAFT, GOOD, Handle, World, world
from tests.workflows.papers import Signer
from workflows.steps.chain import MOST_SIGNALS

NEWEST = Path(__file__).parent / "histories" / "approvers"
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


ANN, BOB = Signer("ann"), Signer("bob")


async def argue_over_two_of_three(world: World, handle: Handle) -> None:
    """A vote, one that is taken back, an abstention, an edit after which all begin anew."""
    await world.gate(handle)
    for message in (
        {"verdict": "approve", "by": "ann"},
        {"verdict": "approve", "by": "ann"},
        {"verdict": "retract", "by": "ann"},
        {"verdict": "abstain", "by": "carol"},
        {"verdict": "approve", "by": "mallory"},
        {"verdict": "approve", "by": "bob", "edit": {"subject": "Shorter"}},
        {"verdict": "approve", "by": "ann", "note": "now it is good"},
    ):
        await handle.execute_update("decide", message)


async def sign(world: World, handle: Handle) -> None:
    """One after the other, and one whom nobody asked."""
    card = (await world.gate(handle)).card
    right = {"verdict": "approve", "gate": card.gate, "digest": card.digest}
    for signer in (Signer("ann"), ANN, BOB):
        await handle.execute_update("decide", signer.signs(handle.id, right))


async def stay_away(world: World, handle: Handle) -> None:
    """Past two reminders, an escalation and the deadline."""
    await world.gate(handle)
    await world.env.fast_forward(handle, timedelta(hours=50))


async def flood(world: World, handle: Handle) -> None:
    """So that it goes on in a new run, which is the one that is recorded."""
    first = (await handle.describe()).run_id
    await world.gate(handle)
    await handle.execute_update("decide", {"verdict": "approve", "by": "ann"})
    await asyncio.gather(*(handle.signal("approve", {"by": "mallory"}) for _ in range(MOST_SIGNALS)))

    async def went_on() -> bool:
        return (await handle.describe()).run_id != first

    await eventually(went_on, "the next run")
    await handle.execute_update("decide", {"verdict": "approve", "by": "bob"})


PEOPLE = "".join(
    f"""[approvers.{signer.name}]
[[approvers.{signer.name}.keys]]
id = "{signer.approver().keys[0].id}"
public = "{signer.approver().keys[0].public}"
"""
    for signer in (ANN, BOB, Signer("carol"))
)
GATE = f"{PEOPLE}[gates.sales-follow-up.review-email]\n"
RULES = {
    "two-of-three": f"{GATE}stages = [{{ needed = 2 }}]\n",
    "signed": f'{GATE}stages = [{{ who = ["ann"] }}, {{ who = ["bob"] }}]\nsigned = true\n',
    "nobody-came": f"""{GATE}remind_every = "12h"
stages = [{{ who = ["ann"] }}]
escalations = [{{ after = "30h", to = ["bob"] }}]
""",
    "flooded": f"{GATE}stages = [{{ needed = 2 }}]\n",
}
"""SIGNOFF_APPROVERS of a story; the others have none."""

JUNK = "I would rather talk about something else."
LATE = {"$delay_s": 30, "$reply": {"signals": []}}

Stories = dict[str, tuple[dict[str, Any], dict[str, Any], Act]]

STORIES: Stories = {
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
    "two-of-three": (PLAIN, GOOD, argue_over_two_of_three),
    "signed": (PLAIN, GOOD, sign),
    "nobody-came": (PLAIN, GOOD, stay_away),
    "flooded": (PLAIN, GOOD, flood),
}


def approvers(rules: str | None, folder: Path) -> dict[str, str]:
    """The setting, where the story has one."""
    if rules is None:
        return {}
    path = folder / "approvers.toml"
    path.write_text(rules)
    return {"SIGNOFF_APPROVERS": str(path)}


async def record(process: str, workflow: str, stories: Stories, rules: Mapping[str, str]) -> None:
    """Write one file for each story."""
    async with await start_server() as env:
        for name, (request, script, act) in stories.items():
            path = NEWEST / f"{process}.{name}.json"
            if path.exists():
                continue
            with tempfile.TemporaryDirectory() as folder:
                async with world(env, Path(folder), script, approvers(rules.get(name), Path(folder))) as here:
                    with env.with_time_skipping_disabled():
                        handle = await here.start(request, path.stem, workflow)
                    await act(here, handle)
                    with suppress(WorkflowFailureError):  # a cancelled run
                        await env.client.get_workflow_handle(handle.id).result()
                    await write_history(handle, path, folder)


if __name__ == "__main__":
    asyncio.run(record("sales-follow-up", "SalesFollowUp", STORIES, RULES))
