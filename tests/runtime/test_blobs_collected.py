"""A blob is kept while the server knows a run that names it, and a while longer; then it goes."""

import time
import uuid
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from temporalio.api.common.v1 import WorkflowExecution
from temporalio.api.workflowservice.v1 import DeleteWorkflowExecutionRequest
from temporalio.client import Client, WorkflowHandle
from temporalio.service import RPCError
from temporalio.testing import WorkflowEnvironment

from runtime.blobs.collect import Collected, collect
from runtime.blobs.driver import BlobDriver
from runtime.blobs.folder import Folder
from runtime.blobs.storage import driver_of
from runtime.blobs.store import Owner
from runtime.client import connect
from runtime.codec import data_converter
from runtime.forgotten import forgotten, kept_for
from tests.runtime.blob_stores import age, folder_store, put
from tests.runtime.conftest import Load
from tests.support.server import address
from tests.support.waiting import eventually
from workers.collecting import check_blobs, collect_once

LARGE = "v" * 20_000
YEAR = 365 * 86_400


@dataclass(frozen=True)
class Keeper:
    """A client, and where its large values are."""

    client: Client
    folder: Path
    store: Folder
    driver: BlobDriver

    async def start(self, value: str = LARGE) -> WorkflowHandle[Any, Any]:
        """A run that nobody works on, with a large input."""
        name = f"kept-{uuid.uuid4()}"
        return await self.client.start_workflow("Nobody", value, id=name, task_queue="nobody")

    async def delete(self, handle: WorkflowHandle[Any, Any]) -> None:
        """As the server does by itself, past retention."""
        execution = WorkflowExecution(workflow_id=handle.id)
        request = DeleteWorkflowExecutionRequest(namespace=self.client.namespace, workflow_execution=execution)
        await self.client.workflow_service.delete_workflow_execution(request)

        async def is_gone() -> bool:
            return await forgotten(self.client, [handle.id]) == {handle.id}

        await eventually(is_gone, "the deletion")

    async def collect_in_a_year(self) -> Collected:
        return await collect(self.client, self.driver, time.time() + YEAR)

    @property
    def count(self) -> int:
        return len(list(self.store.contents()))


@pytest.fixture
async def keeper(env: WorkflowEnvironment, tmp_path: Path) -> AsyncIterator[Keeper]:
    store = folder_store(tmp_path)
    driver = BlobDriver(store)
    client = await Client.connect(address(env), data_converter=data_converter(driver))
    yield Keeper(client, tmp_path / "blobs", store, driver)
    for owner in {claim.owner for claim in store.claims()}:
        try:
            await client.get_workflow_handle(owner.workflow_id).terminate()
        except RPCError:
            continue


async def test_an_open_run_keeps_its_blob_for_ever(keeper: Keeper) -> None:
    await keeper.start()

    assert await keeper.collect_in_a_year() == Collected(0, 0)
    assert keeper.count == 1


async def test_a_closed_run_keeps_its_blob_while_the_server_knows_it(keeper: Keeper) -> None:
    handle = await keeper.start()
    await handle.terminate()

    assert await keeper.collect_in_a_year() == Collected(0, 0)


async def test_what_the_server_has_forgotten_is_removed_past_retention(keeper: Keeper) -> None:
    handle = await keeper.start()
    await keeper.delete(handle)

    assert await collect(keeper.client, keeper.driver) == Collected(0, 0)
    assert (await keeper.collect_in_a_year()).blobs == 1
    assert keeper.count == 0
    assert list(keeper.store.claims()) == []


async def test_a_blob_of_two_runs_is_kept_for_the_one_that_is_left(keeper: Keeper) -> None:
    gone = await keeper.start()
    await keeper.start()
    await keeper.delete(gone)

    assert await keeper.collect_in_a_year() == Collected(0, 0)
    assert len(list(keeper.store.claims())) == 1


async def test_what_was_stored_for_a_run_that_is_about_to_begin_is_kept(keeper: Keeper) -> None:
    put(keeper.store, b"content", Owner("default", "not-yet"))

    assert await collect(keeper.client, keeper.driver) == Collected(0, 0)


async def test_what_a_killed_program_left_without_an_owner_is_removed_past_retention(keeper: Keeper) -> None:
    put(keeper.store, b"content", None)

    assert await collect(keeper.client, keeper.driver) == Collected(0, 0)
    assert await keeper.collect_in_a_year() == Collected(1, 7)


async def test_another_server_or_namespace_keeps_what_is_its_own(keeper: Keeper) -> None:
    put(keeper.store, b"content", Owner("another", "a-run"))

    assert await keeper.collect_in_a_year() == Collected(0, 0)


async def test_retention_is_the_namespaces_and_a_day(keeper: Keeper) -> None:
    assert (await kept_for(keeper.client)).days >= 2


async def test_a_namespace_that_is_not_there_says_nothing_about_its_runs(env: WorkflowEnvironment) -> None:
    client = await Client.connect(address(env), namespace="removed")

    with pytest.raises(RPCError):
        await forgotten(client, ["a-run"])


async def test_owners_are_kept_under_the_servers_own_id_of_the_namespace(
    env: WorkflowEnvironment, load: Load, tmp_path: Path
) -> None:
    client = await connect(load(TEMPORAL_ADDRESS=address(env), SIGNOFF_BLOBS="file:kept"))
    handle = await client.start_workflow("Nobody", LARGE, id=f"kept-{uuid.uuid4()}", task_queue="nobody")

    driver = driver_of(client.data_converter)
    assert driver
    (claim,) = driver.blobs.claims()
    assert claim.owner == Owner(driver.space("default"), handle.id)
    assert claim.owner.space == str(uuid.UUID(claim.owner.space))
    assert (tmp_path / "kept" / "content").is_dir()
    await handle.terminate()


async def test_a_worker_collects_unless_another_one_just_did(keeper: Keeper) -> None:
    put(keeper.store, b"content", None)
    age(keeper.folder, time.time() - YEAR)

    await collect_once(keeper.client)
    assert keeper.count == 0
    put(keeper.store, b"content", None)
    age(keeper.folder / "content", time.time() - YEAR)
    await collect_once(keeper.client)
    assert keeper.count == 1


async def test_a_worker_says_at_its_start_that_the_store_cannot_be_used(keeper: Keeper) -> None:
    assert await check_blobs(keeper.client) is None
    (keeper.folder / "lock").unlink()
    (keeper.folder / "lock").mkdir()

    problem = await check_blobs(keeper.client)
    assert problem
    assert problem.endswith("/blobs cannot be written (Is a directory): mend that, or see SIGNOFF_BLOBS")


async def test_a_store_that_is_away_does_not_end_the_worker(keeper: Keeper, caplog: pytest.LogCaptureFixture) -> None:
    put(keeper.store, b"content")
    (keeper.folder / "lock").unlink()
    (keeper.folder / "lock").mkdir()

    await collect_once(keeper.client)

    assert "are not removed: the blobs in the folder" in caplog.text
