"""Stores of blobs for tests, each empty, and what they are filled with."""

import hashlib
import os
from pathlib import Path

from runtime.blobs.folder import Folder
from runtime.blobs.store import BlobStore, Owner

OWNER = Owner("space", "sales-follow-up/lead-007/2026-11-21")


def put(store: BlobStore, content: bytes, owner: Owner | None = OWNER) -> str:
    """Store it; its digest."""
    digest = hashlib.sha256(content).hexdigest()
    store.put(digest, content, owner)
    return digest


def file_of(folder: Path, digest: str) -> Path:
    """Where a folder keeps a blob."""
    return folder / "content" / digest[:2] / digest


def age(folder: Path, at: float) -> None:
    """Everything in a folder was last touched then."""
    for path in sorted(folder.rglob("*"), reverse=True):
        os.utime(path, (at, at))


def folder_store(path: Path) -> Folder:
    """A folder's."""
    return Folder(path / "blobs")
