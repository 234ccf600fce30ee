"""Watching a run: history first, and the server's description only while a call is under way and history is quiet."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import aclosing
from typing import Any, cast

import pytest
from temporalio.api.history.v1 import HistoryEvent
from temporalio.api.workflow.v1 import PendingActivityInfo
from temporalio.api.workflowservice.v1 import DescribeWorkflowExecutionResponse
from temporalio.client import Client, WorkflowHandle
from temporalio.service import RPCError, RPCStatusCode

from runtime.codec import data_converter
from starters import watch
from starters.happenings import Arriving, Called, Ended, Happening
from starters.watch import live
from tests.starters.events import ANSWER, ASK, History, payload
from tests.support.waiting import eventually


class Server:
    """A server whose history grows as the test says, and that answers, or fails, when it is asked about a run."""

    data_converter = data_converter()
    namespace = "default"
    id, run_id = "run", "run-id"

    def __init__(self, *, fails: bool = False) -> None:
        self.asked = 0
        self._fails = fails
        self._events: asyncio.Queue[HistoryEvent | None] = asyncio.Queue()

    def grow(self, *events: HistoryEvent | None) -> None:
        """History goes on; None ends it."""
        for event in events:
            self._events.put_nowait(event)

    async def fetch_history_events(self, *, wait_new_event: bool) -> AsyncIterator[HistoryEvent]:
        """The long poll."""
        assert wait_new_event
        while event := await self._events.get():
            yield event

    @property
    def workflow_service(self) -> "Server":
        """The raw service."""
        return self

    async def describe_workflow_execution(self, *_: Any, **__: Any) -> DescribeWorkflowExecutionResponse:
        """What it says of the run."""
        self.asked += 1
        if self._fails:
            raise RPCError("busy", RPCStatusCode.RESOURCE_EXHAUSTED, b"")
        call = PendingActivityInfo(activity_id="draft-email", attempt=1)
        call.heartbeat_details.payloads.append(payload({"characters": 120}))
        return DescribeWorkflowExecutionResponse(pending_activities=[call])

    def watched(self) -> AsyncIterator[Happening]:
        """As `signoff watch` sees it."""
        return live(cast(Client, self), cast("WorkflowHandle[Any, Any]", self))

    async def asked_for(self, times: int) -> None:
        """Until it has been asked so often."""

        async def is_so() -> bool:
            return self.asked >= times

        await eventually(is_so, f"asked {times} times")


@pytest.fixture(autouse=True)
def _hurry(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(watch, "LOOK_EVERY_S", 0.01)


def whole() -> list[HistoryEvent]:
    history = History()
    history.called("draft-email", "llm.ask", ASK, ANSWER)
    history.completed({"outcome": "sent"})
    return history.events


async def test_how_far_a_reply_is_is_told_while_history_is_quiet() -> None:
    server, (started, scheduled, *rest) = Server(), whole()
    server.grow(started, scheduled)
    seen: list[Happening] = []
    async with asyncio.timeout(60), aclosing(cast(Any, server.watched())) as happenings:
        async for happening in happenings:
            seen.append(happening)
            if isinstance(happening, Arriving):
                server.grow(*rest, None)
    assert [type(one).__name__ for one in seen] == ["Began", "Called", "Arriving", "Called", "Ended"]


async def test_a_history_that_moves_quickly_is_told_without_asking() -> None:
    server = Server()
    server.grow(*whole(), None)
    seen = [happening async for happening in server.watched()]
    assert isinstance(seen[-1], Ended)
    assert server.asked == 0


async def test_nobody_is_asked_while_no_call_is_under_way() -> None:
    server, events = Server(), whole()
    server.grow(*events[:-1])
    watching = asyncio.ensure_future(_all(server))
    # Several times as long as it would take to ask.
    assert not (await asyncio.wait({watching}, timeout=0.05))[0]
    assert server.asked == 0
    server.grow(events[-1], None)
    assert isinstance((await watching)[-1], Ended)


async def test_a_server_that_does_not_say_is_done_without() -> None:
    server, (started, scheduled, *rest) = Server(fails=True), whole()
    server.grow(started, scheduled)
    watching = asyncio.ensure_future(_all(server))
    await server.asked_for(3)
    server.grow(*rest, None)
    seen = await watching
    assert [type(one) for one in seen[1:]] == [Called, Called, Ended]


async def _all(server: Server) -> list[Happening]:
    return [happening async for happening in server.watched()]
