"""Inboxes around a test's own world, or around no server at all."""

from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import Any, cast

import pytest
from temporalio.client import Client, WorkflowHandle
from temporalio.testing import WorkflowEnvironment

from contracts.gates import Card
from runtime.settings import load_settings
from starters.inbox.place import Place
from tests.starters.inbox.visits import Visitor, make_desk
from tests.starters.inbox.waiters import waiting_run

MakeVisitor = Callable[..., Visitor]


class NoServer:
    """A client that nothing is asked of."""

    namespace = "default"

    def __getattr__(self, name: str) -> Any:
        raise AssertionError(f"no server is asked here: {name}")


@pytest.fixture
def make_visitor(tmp_path: Path) -> MakeVisitor:
    """Somebody at an inbox without a server. Flags are settings."""

    def make(place: Place | None = None, peer: str = "127.0.0.1", **flags: str) -> Visitor:
        settings = load_settings(flags, tmp_path)
        return Visitor(make_desk(cast(Client, NoServer()), settings, place), peer)

    return make


MakeWaiting = Callable[..., Awaitable[WorkflowHandle[Any, Any]]]


@pytest.fixture
async def make_waiting(env: WorkflowEnvironment) -> AsyncIterator[MakeWaiting]:
    """Runs that wait until the test is over."""
    made: list[WorkflowHandle[Any, Any]] = []

    async def make(*cards: Card, workflow_id: str | None = None) -> WorkflowHandle[Any, Any]:
        made.append(await waiting_run(env.client, *cards, workflow_id=workflow_id))
        return made[-1]

    yield make
    for handle in made:
        await handle.terminate()


@pytest.fixture
async def ann(env: WorkflowEnvironment, tmp_path: Path) -> Visitor:
    """Somebody who has signed in, at an inbox of the shared server."""
    visitor = Visitor(make_desk(env.client, load_settings({}, tmp_path)))
    await visitor.sign_in("ann")
    return visitor
