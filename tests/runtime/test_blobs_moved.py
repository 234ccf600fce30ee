"""Large values on a real server: kept outside history whatever way they go, and refused in one line past the limit."""

import uuid
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from temporalio.api.common.v1 import Payload
from temporalio.client import Client, WorkflowFailureError, WorkflowHandle
from temporalio.common import RawValue
from temporalio.exceptions import ApplicationError
from temporalio.testing import WorkflowEnvironment
from temporalio.worker import Replayer, Worker

from contracts.errors import TooLarge, root_message
from runtime.blobs.database import Database
from runtime.blobs.dialects import dialect_of
from runtime.blobs.driver import BlobDriver
from runtime.blobs.off import Off
from runtime.blobs.store import BlobStore
from runtime.codec import data_converter
from runtime.sandbox import workflow_runner
from tests.runtime.blob_stores import file_of, folder_store
from tests.runtime.blob_workflow import QUERIED, Mover, give, take
from tests.support.server import address
from tests.support.waiting import eventually
from workers.interceptors import Guard

WAYS = ("result", "input", "local", "return", "child", "memo", "goes-on")
MB = 1_000_000

Handle = WorkflowHandle[Any, Any]


@asynccontextmanager
async def working(env: WorkflowEnvironment, store: BlobStore) -> AsyncIterator["Movers"]:
    """A client and a worker that keep large values there."""
    client = await Client.connect(address(env), data_converter=data_converter(BlobDriver(store)))
    movers = Movers(client, f"blobs-{uuid.uuid4()}")
    async with movers.worker():
        yield movers


class Movers:
    """Runs of Mover on a queue of their own."""

    def __init__(self, client: Client, queue: str) -> None:
        self.client, self.queue = client, queue

    def worker(self) -> Worker:
        return Worker(
            self.client,
            task_queue=self.queue,
            workflows=[Mover],
            activities=[give, take],
            workflow_runner=workflow_runner(),
            interceptors=[Guard()],
        )

    async def start(self, way: str, size: int) -> Handle:
        name = f"move-{way}-{uuid.uuid4()}"
        return await self.client.start_workflow("Mover", args=[way, size], id=name, task_queue=self.queue)


async def bytes_of(handle: Handle) -> int:
    return sum([event.ByteSize() async for event in handle.fetch_history_events()])


async def failure_of(handle: Handle) -> ApplicationError:
    with pytest.raises(WorkflowFailureError) as failed:
        await handle.result()
    error: BaseException = failed.value
    while error.__cause__:
        error = error.__cause__
    assert isinstance(error, ApplicationError)
    return error


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("size", [100_000, 10 * MB])
async def test_a_large_value_arrives_and_leaves_history_small(
    env: WorkflowEnvironment, tmp_path: Path, way: str, size: int
) -> None:
    async with working(env, folder_store(tmp_path)) as movers:
        handle = await movers.start(way, size)
        result = await handle.result()

        assert (len(result) if way == "return" else result) == size
        assert await bytes_of(handle) < 3_000


async def test_a_database_takes_them_as_well(env: WorkflowEnvironment, tmp_path: Path) -> None:
    store = Database(dialect_of(f"sqlite:///{tmp_path}/signoff.db"))
    async with working(env, store) as movers:
        handle = await movers.start("result", 10 * MB)

        assert await handle.result() == 10 * MB
        assert await bytes_of(handle) < 3_000
        assert {claim.owner.workflow_id for claim in store.claims()} == {handle.id}
    store.close()


async def test_signals_updates_and_queries_may_be_large_too(env: WorkflowEnvironment, tmp_path: Path) -> None:
    async with working(env, folder_store(tmp_path)) as movers:
        handle = await movers.start("waits", 10)

        assert await handle.execute_update("ask", "u" * 3 * MB, result_type=str) == "u" * 3 * MB
        assert len(await handle.query("state", result_type=str)) == QUERIED
        await handle.signal("tell", "s" * 3 * MB)

        assert await handle.result() == [3 * MB, 10]
        assert await bytes_of(handle) < 5_000


@pytest.mark.parametrize("way", WAYS)
async def test_a_value_past_the_limit_ends_the_run_with_one_line(
    env: WorkflowEnvironment, tmp_path: Path, way: str
) -> None:
    async with working(env, folder_store(tmp_path)) as movers:
        error = await failure_of(await movers.start(way, 40 * MB))

        assert error.type == "TooLarge"
        said = "a value is too large to be recorded (38.1 MB, 32 MB at most): record where it is instead"
        assert root_message(error) == said


@pytest.mark.parametrize("way", WAYS)
async def test_without_a_store_the_servers_own_limit_ends_the_run_with_one_line(
    env: WorkflowEnvironment, way: str
) -> None:
    async with working(env, Off()) as movers:
        error = await failure_of(await movers.start(way, 3 * MB))

        assert error.type == "TooLarge"
        assert "2 MB at most): set SIGNOFF_BLOBS" in root_message(error)


async def test_a_sender_is_told_that_a_value_is_too_large(env: WorkflowEnvironment, tmp_path: Path) -> None:
    async with working(env, folder_store(tmp_path)) as movers:
        handle = await movers.start("waits", 1)
        with pytest.raises(TooLarge, match="too large to be recorded"):
            await handle.signal("tell", "s" * 40 * MB)
        await handle.terminate()


def _reference(data: bytes) -> Payload:
    kind = b"temporal.api.sdk.v1.ExternalStorageReference"
    return Payload(metadata={"encoding": b"json/protobuf", "messageType": kind}, data=data)


FORGED = {
    "garbage": _reference(b"garbage"),
    "other types": _reference(b'{"driverName": 7}'),
    "another driver": _reference(b'{"driverName": "aws.s3driver", "claimData": {"key": "x"}}'),
    "a path": _reference(b'{"driverName": "signoff", "claimData": {"sha256": "../../../etc/passwd"}}'),
    "no such blob": _reference(b'{"driverName": "signoff", "claimData": {"sha256": "%s"}}' % (b"0" * 64)),
    "of old": Payload(metadata={"encoding": b"json/external-storage-reference"}, data=b"garbage"),
    "marked": Payload(metadata={"encoding": b"x", "__temporal_external_storage_reference": b"true"}, data=b"x"),
}


@pytest.mark.parametrize("name", FORGED)
@pytest.mark.parametrize("off", [False, True])
async def test_a_reference_that_nobody_made_does_not_wedge_a_run(
    env: WorkflowEnvironment, tmp_path: Path, name: str, off: bool
) -> None:
    async with working(env, Off() if off else folder_store(tmp_path)) as movers:
        handle = await movers.start("waits", 1)
        await handle.signal("tell", RawValue(FORGED[name]))

        assert await handle.result() == ["nothing", 1]


@pytest.mark.parametrize(("damage", "says"), [(None, "is not in the folder"), (b"other content", "is damaged")])
async def test_a_run_whose_blob_is_lost_waits_says_so_and_goes_on_once_it_is_back(
    env: WorkflowEnvironment, tmp_path: Path, damage: bytes | None, says: str
) -> None:
    store = folder_store(tmp_path)
    async with working(env, store) as movers:
        handle = await movers.start("waits", 50_000)
        await eventually(lambda: _is_there(store), "the result")
    await handle.signal("tell", "s")
    ((digest, _, _),) = store.contents()
    place = file_of(tmp_path / "blobs", digest)
    content = place.read_bytes()
    place.unlink() if damage is None else place.write_bytes(damage)

    async with movers.worker():
        failed = await _failed_task(handle)
        place.write_bytes(content)
        assert await handle.result() == [1, 50_000]
    assert f"the blob {digest} " in failed
    assert says in failed
    history = await handle.fetch_history()
    replayer = Replayer(
        workflows=[Mover], data_converter=movers.client.data_converter, workflow_runner=workflow_runner()
    )
    await replayer.replay_workflow(history)


async def _is_there(store: BlobStore) -> bool:
    return bool(list(store.contents()))


async def _failed_task(handle: Handle) -> str:
    """What the first failed task says."""
    async for event in handle.fetch_history_events(wait_new_event=True):
        if event.HasField("workflow_task_failed_event_attributes"):
            failure = event.workflow_task_failed_event_attributes.failure
            while failure.HasField("cause"):
                failure = failure.cause
            return failure.message
    raise AssertionError("no task has failed")
