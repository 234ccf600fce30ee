"""The parts that all tests share: one Temporal server, one mail sink."""

import shutil
import sysconfig
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager
from pathlib import Path
from typing import Any

import pytest
from temporalio.testing import WorkflowEnvironment

from contracts.visibility import SIGNOFF_APPROVERS, SIGNOFF_COST_USD, SIGNOFF_PHASE, SIGNOFF_WAITING
from runtime.codec import data_converter
from tests.support.world import World, world

TEMPORAL = shutil.which("temporal", path=sysconfig.get_path("scripts"))

MakeWorld = Callable[..., AbstractAsyncContextManager[World]]


@pytest.fixture(scope="session")
async def env() -> AsyncIterator[WorkflowEnvironment]:
    """The real dev server, with a clock for each workflow that skips what nobody waits for."""
    started = await WorkflowEnvironment.start_time_skipping_v2(
        dev_server_existing_path=TEMPORAL,
        data_converter=data_converter(),
        search_attributes=[SIGNOFF_PHASE, SIGNOFF_WAITING, SIGNOFF_APPROVERS, SIGNOFF_COST_USD],
        dev_server_extra_args=[
            "--dynamic-config-value",
            "frontend.WorkflowTimeSkippingEnabled=true",
            "--log-level",
            "never",
        ],
    )
    async with started:
        yield started


@pytest.fixture
def make_world(env: WorkflowEnvironment, tmp_path: Path) -> MakeWorld:
    """Workers, a database and a mail sink of this test's own, around a scripted model."""

    def make(script: dict[str, Any], **flags: str) -> AbstractAsyncContextManager[World]:
        return world(env, tmp_path, script, flags)

    return make
