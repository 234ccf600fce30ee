"""The parts that all tests share: one Temporal server, and a world for each test."""

import gc
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager
from pathlib import Path
from typing import Any

import hypothesis
import pytest
from temporalio.client import Client
from temporalio.testing import WorkflowEnvironment

from tests.support.server import start_server
from tests.support.world import World, world

# How long an example takes says how busy the machine is, and nothing else.
hypothesis.settings.register_profile("signoff", deadline=None)
hypothesis.settings.load_profile("signoff")

MakeWorld = Callable[..., AbstractAsyncContextManager[World]]


def pytest_collection_finish() -> None:
    """What was imported and collected stays: each look through it holds all threads up, for a good part of the two
    seconds that Temporal gives a workflow task."""
    gc.collect()
    gc.freeze()


@pytest.fixture(scope="session")
async def env() -> AsyncIterator[WorkflowEnvironment]:
    """One server for the whole session."""
    async with await start_server() as started:
        yield started


@pytest.fixture
def make_world(env: WorkflowEnvironment, tmp_path: Path) -> MakeWorld:
    """Workers, a database and a mail sink of this test's own, around a scripted model."""

    def make(script: dict[str, Any], client: Client | None = None, **flags: str) -> AbstractAsyncContextManager[World]:
        return world(env, tmp_path, script, flags, client)

    return make
