"""Temporal's storage driver over a store of blobs. A blob's name is its content's SHA-256, checked when it is read."""

import asyncio
import hashlib
import re
from collections.abc import Sequence

from google.protobuf.message import DecodeError
from temporalio.api.common.v1 import Payload
from temporalio.converter import (
    StorageDriver,
    StorageDriverActivityInfo,
    StorageDriverClaim,
    StorageDriverRetrieveContext,
    StorageDriverStoreContext,
    StorageDriverWorkflowInfo,
)

from runtime.blobs.lost import lost
from runtime.blobs.store import BlobError, BlobStore, Owner

NAME = "signoff"
"""Stands in every reference, so it stays."""

DIGEST = "sha256"
TRIES = 3
PAUSE_S = 0.3

_DIGEST = re.compile(r"[0-9a-f]{64}")


class BlobDriver(StorageDriver):
    """The one driver of all programs; what differs is the store, which has to be the same for all of them."""

    def __init__(self, blobs: BlobStore) -> None:
        self.blobs = blobs
        self.spaces: dict[str, str] = {}
        """By a namespace's name, the server's own id of it: two servers may use one store, each with a `default`."""

    def name(self) -> str:
        """Of every instance."""
        return NAME

    def type(self) -> str:
        """As Temporal counts drivers."""
        return "signoff.blobs"

    async def store(self, context: StorageDriverStoreContext, payloads: Sequence[Payload]) -> list[StorageDriverClaim]:
        """Keep them. Raises BlobError."""
        owner = self._owner(context.target)
        # Metadata is a map: without an order of its own, equal payloads would not have equal bytes.
        contents = [payload.SerializeToString(deterministic=True) for payload in payloads]
        return list(await asyncio.gather(*(self._put(content, owner) for content in contents)))

    async def retrieve(
        self, context: StorageDriverRetrieveContext, claims: Sequence[StorageDriverClaim]
    ) -> list[Payload]:
        """Fetch them; a `lost` payload for each that is not there as it was stored. Raises BlobError."""
        return list(await asyncio.gather(*(self._get(claim.claim_data.get(DIGEST, "")) for claim in claims)))

    def space(self, namespace: str) -> str:
        """What owners in that namespace are kept under."""
        return self.spaces.get(namespace, namespace)

    async def _put(self, content: bytes, owner: Owner | None) -> StorageDriverClaim:
        digest = await asyncio.to_thread(_digest, content)
        for left in reversed(range(TRIES)):
            try:
                await asyncio.to_thread(self.blobs.put, digest, content, owner)
            except BlobError:
                # What an activity did, or paid for, is lost with its result: that is worth a second try.
                if not left:
                    raise
                await asyncio.sleep(PAUSE_S)
            else:
                break
        return StorageDriverClaim({DIGEST: digest})

    async def _get(self, digest: str) -> Payload:
        if not _DIGEST.fullmatch(digest):
            return lost("a payload is kept outside history by another program, and cannot be read here")
        content = await asyncio.to_thread(self.blobs.get, digest)
        advice = "restore it from a backup, or name the store that holds it in SIGNOFF_BLOBS"
        if content is None:
            return lost(f"the blob {digest} is not in {self.blobs.name}: {advice}")
        if await asyncio.to_thread(_digest, content) != digest:
            return lost(f"the blob {digest} in {self.blobs.name} is damaged: {advice}")
        try:
            return Payload.FromString(content)
        except DecodeError:  # somebody has put a file there, under its own hash
            return lost(f"the blob {digest} in {self.blobs.name} is no payload: {advice}")

    def _owner(self, target: StorageDriverActivityInfo | StorageDriverWorkflowInfo | None) -> Owner | None:
        """The workflow id, not the run: a reset's run, or the next one of a chain, names what an earlier one stored."""
        if not isinstance(target, StorageDriverWorkflowInfo) or not target.id:
            return None
        return Owner(self.space(target.namespace), target.id)


def _digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()
