"""Where patterns are tried: a model that answers when the test lets it, and a shelf."""

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

from temporalio import activity
from temporalio.client import WorkflowHandle
from temporalio.testing import WorkflowEnvironment
from temporalio.worker import Worker

from activities.limits import LimitsActivities
from activities.llm.service import LlmActivities
from contracts.errors import ToolFailed
from contracts.queues import llm_queue
from contracts.tools import Act, Outcome, Receipt
from runtime.sandbox import workflow_runner
from runtime.settings import load_settings
from tests.support.open_house import OpenHouse
from tests.support.waiting import eventually
from tests.workflows.desk import PRICES, Desk
from tests.workflows.pattern_words import ShapesPort, Word
from tests.workflows.pattern_workflows import SHAPES, Helper, Shapes, Told
from workers.interceptors import Guard

Handle = WorkflowHandle[Any, Told]

CALL = 0.1
"""Dollars that a call can cost; one that is answered costs a fifth of it."""


class Shelf(ShapesPort):
    """What runs look at and put there."""

    def __init__(self) -> None:
        self.there: list[str] = []

    @activity.defn(name="test.look")
    async def look(self, word: Word) -> Word:
        """Nobody finds anything there."""
        raise ToolFailed(f"{word.word} is not there")

    @activity.defn(name="test.put")
    async def put(self, act: Act[Word]) -> Receipt[Word]:
        """It is there from now on."""
        self.there.append(act.argument.word)
        return Receipt(key=act.key, digest=act.digest, outcome=Outcome.DONE, result=act.argument)


class FullShelf(Shelf):
    """Where everything is found."""

    @activity.defn(name="test.look")
    async def look(self, word: Word) -> Word:
        """It is there."""
        return word


@dataclass(frozen=True)
class PatternDesk:
    """One test's."""

    env: WorkflowEnvironment
    queue: str
    model: Desk
    shelf: Shelf

    async def start(self, story: str, **request: Any) -> Handle:
        """A run whose clock stands still while nothing happens."""
        with self.env.with_time_skipping_disabled():
            handle = await self.env.client.start_workflow(
                "Shapes",
                {"key": self.queue, "story": story, "occasion": "today", **request},
                id=f"{self.queue}/{story}",
                task_queue=self.queue,
                result_type=Told,
            )
        return cast(Handle, handle)

    async def says(self, step: str, word: str, child: str = "") -> str:
        """The model's reply at a step; what it was told."""
        return await self.replies(step, {"word": word}, child)

    async def replies(self, step: str, reply: dict[str, Any], child: str = "") -> str:
        """The same, of another form."""
        asked = await self.model.asked(self.queue + child, step)
        asked.answer(text=json.dumps(reply))
        return asked.call.messages[-1].content

    async def all_asked(self, count: int) -> None:
        """Until so many calls wait for their replies."""

        async def look() -> bool:
            return len(self.model.waiting(self.queue)) == count

        await eventually(look, f"{count} calls")


@asynccontextmanager
async def pattern_desk(
    env: WorkflowEnvironment, folder: Path, shelf: Shelf | None = None, workflows: tuple[type, ...] = (Shapes, Helper)
) -> AsyncIterator[PatternDesk]:
    """With workers."""
    (folder / "limits.toml").write_text(PRICES)
    provider = f"desk-{folder.name}".replace("_", "-")
    (folder / "endpoints.toml").write_text(f'[{provider}]\nbase_url = "http://127.0.0.1:1/v1"\n')
    (folder / "limits.toml").write_text(PRICES.replace("prices.desk", f'prices."{provider}"'))
    flags = {
        "SIGNOFF_ENDPOINTS": "endpoints.toml",
        "SIGNOFF_MODELS": f"{provider}:model",
        "SIGNOFF_LIMITS": "limits.toml",
    }
    settings = load_settings(flags, folder)
    made = PatternDesk(env, folder.name, Desk(), shelf or Shelf())
    llm = LlmActivities(settings, {one.name: one for one in SHAPES.outputs}, {provider: made.model})
    limits = LimitsActivities(settings)
    runs = Worker(
        env.client,
        task_queue=made.queue,
        workflows=workflows,
        activities=[llm.route, llm.quote, limits.read, OpenHouse().rules, made.shelf.look, made.shelf.put],
        workflow_runner=workflow_runner(),
        interceptors=[Guard()],
    )
    models = Worker(env.client, task_queue=llm_queue(provider), activities=[llm.ask], interceptors=[Guard()])
    async with models, runs:
        yield made
