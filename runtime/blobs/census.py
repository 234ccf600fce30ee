"""What is wrong in a store of blobs: what is named and missing, what is there and nobody's, what is damaged."""

import hashlib
import time
from collections.abc import Iterable, Iterator
from typing import NamedTuple, TypeVar

from runtime.blobs.store import BlobStore, Claim, Content

T = TypeVar("T")

YOUNG_S = 3_600.0
"""A blob without an owner may be about to be claimed."""


class Census(NamedTuple):
    """`whole`: there was time to look at everything; else this is what was seen."""

    blobs: int
    size: int
    missing: tuple[Claim, ...]
    """Of one space, one for each blob."""
    orphans: tuple[Content, ...]
    damaged: tuple[str, ...]
    checked: int
    """How many were read and compared with their names."""
    whole: bool


def take(blobs: BlobStore, space: str, seconds: float) -> Census:
    """Look through the store for about so long. Raises BlobError."""
    began = time.monotonic()
    contents, all_contents = _within(blobs.contents(), began + seconds / 3)
    there = {content.digest: content for content in contents}
    claims, all_claims = _within(blobs.claims(), began + seconds * 2 / 3)
    claimed = {claim.digest for claim in claims}
    absent = {c.digest: c for c in claims if c.owner.space == space and c.digest not in there}
    # Those that were not come to in time are looked for one by one.
    missing = absent.values() if all_contents else (c for c in list(absent.values())[:20] if not blobs.get(c.digest))
    now = time.time()
    orphans = [c for c in contents if c.digest not in claimed and c.touched_at < now - YOUNG_S] if all_claims else []
    digests = list(there)
    bad, checked = _damaged(blobs, digests, began + seconds)
    return Census(
        blobs=len(contents),
        size=sum(content.size for content in contents),
        missing=tuple(missing),
        orphans=tuple(orphans),
        damaged=tuple(bad),
        checked=checked,
        whole=all_contents and all_claims and checked == len(digests),
    )


def _within(found: Iterator[T], until: float) -> tuple[list[T], bool]:
    """What came in time, and whether it is all."""
    taken = []
    for one in found:
        taken.append(one)
        if time.monotonic() > until:
            return taken, False
    return taken, True


def _damaged(blobs: BlobStore, digests: Iterable[str], until: float) -> tuple[list[str], int]:
    bad, checked = [], 0
    for digest in digests:
        if time.monotonic() > until:
            break
        content = blobs.get(digest)
        checked += 1
        if content is not None and hashlib.sha256(content).hexdigest() != digest:
            bad.append(digest)
    return bad, checked
