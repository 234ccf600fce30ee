"""No store: nothing is kept outside history, and what an earlier program kept there cannot be read."""

from collections.abc import Iterator

from runtime.blobs.store import Claim, Content, Owner


class Off:
    """See BlobStore."""

    name = "any store (SIGNOFF_BLOBS is off)"

    def put(self, digest: str, data: bytes, owner: Owner | None) -> None:
        """Never called."""
        raise NotImplementedError

    def get(self, digest: str) -> bytes | None:
        """It is not there."""
        return None

    def contents(self) -> Iterator[Content]:
        """None."""
        return iter(())

    def claims(self) -> Iterator[Claim]:
        """None."""
        return iter(())

    def forget(self, owner: Owner, before: float) -> None:
        """Nobody is known."""

    def remove(self, digest: str, before: float) -> bool:
        """There is nothing."""
        return False

    def take_turn(self, space: str, now: float, every: float) -> bool:
        """There is nothing to collect."""
        return False

    def prepare(self) -> None:
        """There is nothing to make."""

    def close(self) -> None:
        """Nothing is open."""
