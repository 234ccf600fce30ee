"""Reading text files, below the folders of the settings and nowhere else."""

import asyncio
import errno
import hashlib
import os
import stat
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from pydantic_core import to_json
from temporalio import activity

from contracts.errors import NotFound, SignoffError, ToolFailed, ToolUnavailable
from contracts.files import FilesPort, FileText, ReadFile
from runtime.settings import Settings

LARGEST = 1_000_000
"""Bytes, of the file and of its text as JSON: an activity's result may be 2 MB."""

ANSWER_S = 20
"""A folder of another machine can be gone, and reading from it hang."""

_PASSING = {
    errno.EIO,
    errno.EINTR,
    errno.EAGAIN,
    errno.EMFILE,
    errno.ENFILE,
    errno.ENOMEM,
    errno.ESTALE,
    errno.ETIMEDOUT,
}
"""Errors that may be over when it is read again; the others tell of the file itself."""

_FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
_FILE = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC


class FileActivities(FilesPort):
    """Files below SIGNOFF_FILES."""

    def __init__(self, settings: Settings) -> None:
        """`settings` name the folders."""
        self._folders = settings.files

    @activity.defn(name="files.read")
    async def read(self, request: ReadFile) -> FileText:
        """One text file (UTF-8). Raises NotFound, ToolFailed, and ToolUnavailable where a disk does not answer."""
        try:
            async with asyncio.timeout(ANSWER_S):
                return await asyncio.to_thread(self._read, request.path)
        except OSError as error:  # a TimeoutError is one too
            raise failure(request.path, error) from None

    def _read(self, path: str) -> FileText:
        folder, inside = place(self._folders, path)
        data = _bytes_of(folder, inside)
        if len(data) > LARGEST:
            raise ToolFailed(f"{path} is too large: more than {LARGEST:,} bytes")
        try:
            text = data.decode("utf-8-sig")
        except UnicodeDecodeError:
            raise ToolFailed(f"{path} is not UTF-8 text") from None
        if len(to_json(text)) > LARGEST * 1.5:
            raise ToolFailed(f"{path} is too large: mostly characters that take six bytes each on their way")
        return FileText(path=str(inside), text=text, sha256=hashlib.sha256(data).hexdigest())


def place(folders: Sequence[Path], path: str) -> tuple[Path, Path]:
    """The folder of the settings, and the way from it to the file, without a link on it.

    What lies elsewhere is not looked at. Raises NotFound, ToolFailed.
    """
    if not folders:
        raise ToolFailed("there is no folder to read from: set SIGNOFF_FILES")
    ways = [(folder, _real(folder / path)) for folder in folders if ".." not in Path(path).parts]
    within = [(folder, real.relative_to(folder)) for folder, real in ways if real.is_relative_to(folder)]
    if not within:
        raise ToolFailed(f"{path} is refused: it leads out of the folders of SIGNOFF_FILES")
    for folder, inside in within:
        if any(part.startswith(".") for part in inside.parts):
            raise ToolFailed(f"{path} is refused: it is hidden, as files with keys are")
        if (folder / inside).exists():
            return folder, inside
    raise NotFound(f"{path} is not in the folders of SIGNOFF_FILES")


def _real(path: Path) -> Path:
    try:
        return path.resolve()
    except (RuntimeError, ValueError):  # links that go round in circles
        raise ToolFailed(f"{path.name} is refused: its links lead nowhere") from None


@contextmanager
def opened(folder: Path, inside: Path) -> Iterator[BinaryIO]:
    """A file to read from, found step by step, following no link: one that was put there since the way was found leads
    nowhere. Raises OSError, ToolFailed."""
    *parents, name = inside.parts or (".",)
    at = os.open(folder, _FOLDER)
    try:
        for part in parents:
            below = os.open(part, _FOLDER, dir_fd=at)
            os.close(at)
            at = below
        # Looked at before it is opened: opening a device can do something to it.
        _check_kind(os.stat(name, dir_fd=at, follow_symlinks=False), inside)
        with open(os.open(name, _FILE, dir_fd=at), "rb") as file:
            _check_kind(os.fstat(file.fileno()), inside)
            yield file
    finally:
        os.close(at)


def _bytes_of(folder: Path, inside: Path) -> bytes:
    with opened(folder, inside) as file:
        return file.read(LARGEST + 1)


def _check_kind(found: os.stat_result, path: Path) -> None:
    if not stat.S_ISREG(found.st_mode):
        raise ToolFailed(f"{path} is refused: it is not a file, but a folder, a link, a pipe or a device")


def failure(path: str, error: OSError) -> SignoffError:
    """What an error of the system means to whoever wanted the file."""
    if isinstance(error, TimeoutError):
        return ToolUnavailable(f"{path} cannot be read now: no answer within {ANSWER_S} s")
    words = f"({error.strerror})" if error.strerror else "(it cannot be read)"
    if error.errno in _PASSING:
        return ToolUnavailable(f"{path} cannot be read now {words}")
    if error.errno == errno.ENOENT:
        return NotFound(f"{path} is not there any more")
    return ToolFailed(f"{path} cannot be read {words}")
