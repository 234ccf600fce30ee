"""The worker's part in the store of blobs: made ready at its start, and rid of what nobody needs once a day."""

import asyncio
import contextlib
import logging
import time
from collections.abc import AsyncIterator
from datetime import UTC, datetime

from temporalio.client import Client
from temporalio.service import RPCError

from activities.stores.database import Database
from activities.stores.transcripts import forget, owners_before
from contracts.errors import ToolUnavailable
from runtime.blobs.collect import collect
from runtime.blobs.storage import driver_of
from runtime.blobs.store import BlobError
from runtime.forgotten import forgotten, kept_for
from runtime.settings import Settings

FIRST_S = 60.0
"""The runs that waited for this worker come first."""
EVERY_S = 86_400.0

_log = logging.getLogger(__name__)


@contextlib.asynccontextmanager
async def collecting(client: Client, settings: Settings) -> AsyncIterator[None]:
    """Goes on in the background."""
    task = asyncio.create_task(_collect(client, settings))
    try:
        yield
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def _collect(client: Client, settings: Settings) -> None:
    await asyncio.sleep(FIRST_S)
    while True:
        await collect_once(client)
        await collect_conversations(client, settings.database_url)
        await asyncio.sleep(EVERY_S)


async def check_blobs(client: Client) -> str | None:
    """Make the store ready. Why that cannot be done now, in one line; None: it is. It may be away for a moment."""
    driver = driver_of(client.data_converter)
    try:
        await asyncio.to_thread(driver.blobs.prepare) if driver else None
    except BlobError as problem:
        return str(problem)
    return None


async def collect_once(client: Client) -> None:
    """Unless another worker of the same store has done it half a day ago. What fails is tried again the next day."""
    if (driver := driver_of(client.data_converter)) is None:
        return
    try:
        space = driver.space(client.namespace)
        if await asyncio.to_thread(driver.blobs.take_turn, space, time.time(), EVERY_S / 2):
            removed = await collect(client, driver)
            if removed.blobs:
                _log.info("removed %d blobs (%d bytes) that no run names any more", *removed)
    except (BlobError, RPCError) as error:
        _log.warning("blobs that no run names any more are not removed: %s", error)


async def collect_conversations(client: Client, database_url: str) -> int:
    """Remove the conversations of runs that the server has forgotten; answers how many messages went."""
    database = Database(database_url)
    try:
        before = datetime.now(UTC) - await kept_for(client)
        owners = await database.run(lambda connection: owners_before(connection, before))
        gone = await forgotten(client, owners)
        return await database.run(lambda connection: forget(connection, gone, before)) if gone else 0
    except (ToolUnavailable, RPCError) as error:
        _log.warning("conversations that no run names any more are not removed: %s", error)
        return 0
    finally:
        database.close()
