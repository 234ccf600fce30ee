"""What a store of blobs can do. Its methods block, and may be called from several threads at once.

Times are seconds since 1970. A store knows who owns a blob: the workflow ids whose histories name it.
"""

from collections.abc import Iterator
from typing import NamedTuple, Protocol

MEND = "see SIGNOFF_BLOBS"

ABOVE = 16 * 1024
"""Bytes above which a payload is large, unless the settings say otherwise: docs/decisions/0015."""


class BlobError(RuntimeError):
    """One line: the blob or the store, what is wrong with it, what to do."""


class Owner(NamedTuple):
    """A workflow id, and the namespace that it is of: the server's own id of it, where that is known."""

    space: str
    workflow_id: str


class Content(NamedTuple):
    """A blob that is there. `touched_at`: when it was last stored; equal content is stored once."""

    digest: str
    size: int
    touched_at: float


class Claim(NamedTuple):
    """`owner` names the blob, or was about to when its program ended."""

    owner: Owner
    digest: str
    touched_at: float
    """When the owner last stored anything."""


class BlobStore(Protocol):
    """A folder or a database. Every method raises BlobError where the store cannot be used."""

    @property
    def name(self) -> str:
        """The store, as people call it; no password."""

    def put(self, digest: str, data: bytes, owner: Owner | None) -> None:
        """Keep `data`, and that `owner` names it. Both are on the disk when this returns."""

    def get(self, digest: str) -> bytes | None:
        """The content as it was found, whole or damaged; None: it is not there."""

    def contents(self) -> Iterator[Content]:
        """Every blob."""

    def claims(self) -> Iterator[Claim]:
        """Every claim, those of one owner one after the other."""

    def forget(self, owner: Owner, before: float) -> None:
        """Drop the claims of an owner, unless it has stored something since `before`."""

    def remove(self, digest: str, before: float) -> bool:
        """Remove a blob that nobody claims, unless it was stored again since `before`."""

    def take_turn(self, space: str, now: float, every: float) -> bool:
        """Whether for so many seconds nobody has looked for what a space's owners have left; the caller does now."""

    def prepare(self) -> None:
        """Make the store where it is not there: what is wrong with it is known before a run needs it."""

    def close(self) -> None:
        """Let go of what is open."""
