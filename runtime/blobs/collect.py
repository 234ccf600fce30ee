"""Removing blobs that nobody names any more: past retention, and once the server does not know their runs."""

import asyncio
import time
from typing import NamedTuple

from temporalio.client import Client

from runtime.blobs.driver import BlobDriver
from runtime.blobs.store import BlobStore, Owner
from runtime.forgotten import forgotten, kept_for


class Collected(NamedTuple):
    """What was removed."""

    blobs: int
    size: int


async def collect(client: Client, driver: BlobDriver, now: float | None = None) -> Collected:
    """Remove what may go. Owners in other namespaces, or on other servers, keep what is theirs.

    Raises RPCError, BlobError.
    """
    before = (time.time() if now is None else now) - (await kept_for(client)).total_seconds()
    space = driver.space(client.namespace)
    old = await asyncio.to_thread(_old, driver.blobs, space, before)
    for workflow_id in await forgotten(client, old):
        await asyncio.to_thread(driver.blobs.forget, Owner(space, workflow_id), before)
    return await asyncio.to_thread(_sweep, driver.blobs, before)


def _old(blobs: BlobStore, space: str, before: float) -> set[str]:
    """The ids that have stored nothing since."""
    last: dict[str, float] = {}
    for claim in blobs.claims():
        if claim.owner.space == space:
            workflow_id = claim.owner.workflow_id
            last[workflow_id] = max(last.get(workflow_id, 0.0), claim.touched_at)
    return {workflow_id for workflow_id, at in last.items() if at < before}


def _sweep(blobs: BlobStore, before: float) -> Collected:
    """A blob that is claimed from here on is stored again with that, and so is not an old one any more."""
    claimed = {bytes.fromhex(claim.digest) for claim in blobs.claims()}
    removed = [
        content.size
        for content in blobs.contents()
        if content.touched_at < before
        and bytes.fromhex(content.digest) not in claimed
        and blobs.remove(content.digest, before)
    ]
    return Collected(len(removed), sum(removed))
