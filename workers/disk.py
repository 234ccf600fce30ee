"""What is checked of folders and files before anything is written to them."""

import os
import shutil
import tempfile
from pathlib import Path

SPACE_NEEDED = 64 * 1024 * 1024
"""Free bytes below which nothing starts: the databases would soon stop in the middle of a write."""

_SQLITE = b"SQLite format 3\0"
"""How each SQLite file begins; one that nothing was written to yet is empty. https://www.sqlite.org/fileformat.html"""


class StateError(Exception):
    """A folder or a file cannot be used; the message is one line that names it, the reason, and what to do."""


def check_room(folder: Path, otherwise: str = "run it in another folder") -> None:
    """Raise StateError where `folder`, or the one that it would be made in, is full or cannot be written."""
    try:
        place = next(one for one in (folder, *folder.parents) if one.exists())
        if not place.is_dir():
            raise StateError(f"{place} is not a folder: move it away, or {otherwise}")
        with tempfile.TemporaryFile(dir=place) as probe:
            probe.write(bytes(65536))
            probe.flush()
            os.fsync(probe.fileno())
        free = shutil.disk_usage(place).free
    except OSError as error:
        raise unusable(folder, error.strerror or str(error), otherwise) from error
    if free < SPACE_NEEDED:
        raise unusable(folder, f"{free >> 20} MB are free, {SPACE_NEEDED >> 20} MB are needed", otherwise)


def unusable(path: Path, reason: str, otherwise: str = "run it in another folder") -> StateError:
    """The error of a folder or a file that cannot be written."""
    return StateError(f"{path} cannot be written ({reason}); mend that, or {otherwise}")


def check_database(path: Path, loss: str = "") -> None:
    """Raise StateError where a file is there that is no SQLite database. `loss`: what goes with it, in words."""
    if not path.is_file():
        return
    mend = f"restore it, or move it away to begin with an empty one{loss}"
    try:
        with path.open("rb") as file:
            begins = file.read(len(_SQLITE))
    except OSError as error:
        raise StateError(f"{path} cannot be read ({error.strerror}): {mend}") from error
    if begins not in (b"", _SQLITE):
        raise StateError(f"{path} is not an SQLite database: {mend}")
    if not os.access(path, os.W_OK):
        raise StateError(f"{path} cannot be written: let this user write it, or move it away{loss}")


def sqlite_file(url: str) -> Path | None:
    """The file of a database URL; None where it is not SQLite's."""
    kind, _, path = url.partition(":///")
    return Path(path) if kind == "sqlite" and path else None
