"""What the tests of faults share."""

from collections.abc import AsyncIterator, Mapping

import pytest
from temporalio.testing import WorkflowEnvironment

from activities.providers.streaming import Patience
from tests.activities.llm.conftest import warm_up
from tests.faults.one_call import FarEnd, far_end
from tests.faults.one_route import Ran, fleet, run_all
from tests.faults.routes import ROUTES


@pytest.fixture(scope="session", autouse=True)
async def warm(tmp_path_factory: pytest.TempPathFactory) -> None:
    """Once, before all else."""
    await warm_up(tmp_path_factory.mktemp("warm"))


@pytest.fixture(scope="session")
async def there(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[FarEnd]:
    """The far end of all single calls."""
    async with far_end(tmp_path_factory.mktemp("far-end")) as started:
        yield started


@pytest.fixture(scope="session")
async def ran(env: WorkflowEnvironment, tmp_path_factory: pytest.TempPathFactory) -> Mapping[str, Mapping[str, Ran]]:
    """What came of all runs, by provider and fault. On a busy machine a second without a byte is not yet a silence."""
    async with fleet(env, tmp_path_factory.mktemp("fleet"), Patience(silence=3)) as on:
        return await run_all(ROUTES, on)
