"""From the settings to the store that they name."""

from pathlib import Path

from runtime.blobs.driver import BlobDriver
from runtime.blobs.off import Off
from runtime.blobs.store import BlobStore
from runtime.settings import Settings


def open_driver(settings: Settings) -> BlobDriver:
    """Nothing is opened yet, nor made."""
    return BlobDriver(_store(settings))


def _store(settings: Settings) -> BlobStore:
    # Imported here: every command comes by, and most have one store or none.
    kind, _, path = settings.blobs.partition(":")
    match kind:
        case "file":
            from runtime.blobs.folder import Folder

            return Folder(Path(path))
        case "database":
            from runtime.blobs.database import Database
            from runtime.blobs.dialects import dialect_of

            return Database(dialect_of(settings.database_url))
        case _:
            return Off()
