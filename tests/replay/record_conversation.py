"""`python -m tests.replay.record_conversation`: histories of a conversation, as tests/replay/record.py has them.

`summarised` is one whose older turns become a summary; `went-on` is the second run of a chain, which a long
conversation begins with a checkpoint.
"""

import asyncio
import random
import tempfile
from pathlib import Path
from typing import Any

from temporalio.testing import WorkflowEnvironment

from activities.providers.base import Call
from tests.support.recording import write_history
from tests.support.server import start_server
from tests.support.waiting import eventually
from tests.workflows.quests import Handle, found, looks, manor

FOLDER = Path(__file__).parent / "conversations"
PINNED = ("Never look into the chapel.",)
SUMMARY = {"summary": "The hall and the kitchen were looked at, and nothing but dust was found there."}
THINGS = random.Random(6).randbytes(9_500).hex()
MANY: dict[str, Any] = {"turns": 2_000, "tools": 2_000, "usd": 100, "budget": {"usd": 100}, "pinned": PINNED}


def with_a_summary(call: Call, number: int) -> Any:
    """So many rooms that the older ones no longer fit."""
    if call.step == "seek-summary":
        return SUMMARY
    return found("attic") if number > 6 else looks("hall", "kitchen", thought="No key yet.")


async def record_summarised(env: WorkflowEnvironment, folder: Path, path: Path) -> None:
    """One run."""
    async with manor(env, folder, with_a_summary, THINGS) as house:
        handle = await house.start(**MANY)
        assert (await handle.result()).outcome == "found"
        assert house.mind.turns("seek-summary")
        await write_history(handle, path, str(folder))


async def record_went_on(env: WorkflowEnvironment, folder: Path, path: Path) -> None:
    """The second run, and a few turns of it."""
    ends_at: list[int] = []

    def say(call: Call, number: int) -> Any:
        return found("attic") if ends_at and number >= ends_at[0] else looks("hall", tool=_tool(number))

    async with manor(env, folder, say) as house:
        handle = await house.start(**MANY)
        newest: Handle = env.client.get_workflow_handle(handle.id)

        async def went_on() -> bool:
            return (await newest.describe()).run_id != handle.first_execution_run_id

        await eventually(went_on, "the next run", 120)
        ends_at.append(len(house.mind.turns()) + 4)
        await newest.result()
        await write_history(newest, path, str(folder))


def _house(folder: str) -> Path:
    """Runs are named after it."""
    house = Path(folder, "house")
    house.mkdir()
    return house


def _tool(number: int) -> str:
    return "search" if number % 5 == 0 else "look"


async def main() -> None:
    """What is recorded already is left as it is."""
    async with await start_server() as env:
        for name, record in {"summarised": record_summarised, "went-on": record_went_on}.items():
            path = FOLDER / f"quest.{name}.json"
            if not path.exists():
                with tempfile.TemporaryDirectory() as folder:
                    await record(env, _house(folder), path)


if __name__ == "__main__":
    asyncio.run(main())
