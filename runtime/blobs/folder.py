"""Blobs in a folder: `content/ab/abcd…` holds one, `owners/KEY/abcd…` says that a workflow id names it."""

import contextlib
import fcntl
import hashlib
import json
import os
import re
import shutil
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from runtime.blobs.store import MEND, BlobError, Claim, Content, Owner

_DIGEST = re.compile(r"[0-9a-f]{64}")
_ABOUT = "owner.json"
_STALE_S = 86_400.0
"""A draft that is so old was left by a program that was killed."""


class Folder:
    """See BlobStore. Several programs may use one folder at once, on every machine that locks files of the others."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._content, self._owners, self._drafts = path / "content", path / "owners", path / "drafts"

    @property
    def name(self) -> str:
        """As in messages."""
        return f"the folder {self._path}"

    def put(self, digest: str, data: bytes, owner: Owner | None) -> None:
        """Keep it. The content comes first: a program that ends in between leaves a blob too many, not one too few."""
        with self._usable("written"), self._locked(fcntl.LOCK_SH):
            place = self._place(digest)
            if not place.exists() or place.stat().st_size != len(data):
                self._write(place, data)
            _touch(place)
            if owner:
                self._claim(owner, digest)

    def get(self, digest: str) -> bytes | None:
        """What is there."""
        with self._usable("read"):
            try:
                return self._place(digest).read_bytes()
            except FileNotFoundError:
                return None

    def contents(self) -> Iterator[Content]:
        """In no order."""
        with self._usable("read"):
            for shelf in _folders(self._content):
                for entry in _blobs(shelf):
                    with contextlib.suppress(FileNotFoundError):  # collected meanwhile
                        found = entry.stat()
                        yield Content(entry.name, found.st_size, found.st_mtime)

    def claims(self) -> Iterator[Claim]:
        """In no order of their owners."""
        with self._usable("read"):
            for home in _folders(self._owners):
                with contextlib.suppress(FileNotFoundError):
                    owner = Owner(**json.loads((home / _ABOUT).read_bytes()))
                    at = home.stat().st_mtime
                    yield from (Claim(owner, entry.name, at) for entry in _blobs(home))

    def forget(self, owner: Owner, before: float) -> None:
        """Drop its claims."""
        with self._usable("written"), self._locked(fcntl.LOCK_EX):
            home = self._home(owner)
            if home.exists() and home.stat().st_mtime < before:
                shutil.rmtree(home)

    def remove(self, digest: str, before: float) -> bool:
        """Remove it. Whoever claims it since the caller has looked has stored it again, and so touched it."""
        with self._usable("written"), self._locked(fcntl.LOCK_EX):
            place = self._place(digest)
            old = place.exists() and place.stat().st_mtime < before
            if old:
                place.unlink()
            return old

    def take_turn(self, space: str, now: float, every: float) -> bool:
        """By the time of a file."""
        with self._usable("written"), self._locked(fcntl.LOCK_EX):
            mark = self._path / f"looked-at-{hashlib.sha256(space.encode()).hexdigest()[:16]}"
            if mark.exists() and mark.stat().st_mtime > now - every:
                return False
            mark.touch(mode=0o600)
            _touch(mark, now)
            for draft in _listed(self._drafts):
                if draft.stat().st_mtime < now - _STALE_S:
                    Path(draft.path).unlink()
            return True

    def prepare(self) -> None:
        """With its lock, which nobody opens who may not write here."""
        with self._usable("written"), self._locked(fcntl.LOCK_SH):
            self._make(self._drafts)

    def close(self) -> None:
        """Nothing is open."""

    def _place(self, digest: str) -> Path:
        return self._content / digest[:2] / digest

    def _home(self, owner: Owner) -> Path:
        # A workflow id may be longer than a file's name, and hold any character.
        key = hashlib.sha256("\0".join(owner).encode()).hexdigest()
        return self._owners / key[:40]

    def _claim(self, owner: Owner, digest: str) -> None:
        home = self._home(owner)
        if not (home / _ABOUT).exists():
            self._write(home / _ABOUT, json.dumps(owner._asdict()).encode())
        mark = home / digest
        if not mark.exists():
            mark.touch(mode=0o600)
            _sync(home)
        _touch(home)

    def _write(self, place: Path, data: bytes) -> None:
        """Whole or not at all, also when the machine loses its power."""
        for folder in (place.parent.parent, place.parent, self._drafts):
            self._make(folder)
        descriptor, draft = tempfile.mkstemp(dir=self._drafts)
        try:
            with os.fdopen(descriptor, "wb") as file:
                file.write(data)
                file.flush()
                os.fsync(file.fileno())
            os.replace(draft, place)
        except BaseException:
            with contextlib.suppress(OSError):
                os.unlink(draft)
            raise
        _sync(place.parent)

    def _make(self, folder: Path, *, parents: bool = False) -> None:
        if not folder.is_dir():
            folder.mkdir(mode=0o700, parents=parents, exist_ok=True)
            _sync(folder.parent)

    @contextlib.contextmanager
    def _locked(self, how: int) -> Iterator[None]:
        """Those who store share the lock; who removes something has it alone."""
        self._make(self._path, parents=True)
        with (self._path / "lock").open("a") as lock:
            fcntl.flock(lock, how)
            yield

    @contextlib.contextmanager
    def _usable(self, verb: str) -> Iterator[None]:
        try:
            yield
        except (OSError, ValueError) as error:
            reason = getattr(error, "strerror", None) or "an owner's file is damaged"
            raise BlobError(f"the blobs in {self.name} cannot be {verb} ({reason}): mend that, or {MEND}") from None


def _listed(folder: Path) -> list[os.DirEntry[str]]:
    try:
        with os.scandir(folder) as entries:
            return list(entries)
    except FileNotFoundError:
        return []


def _folders(folder: Path) -> Iterator[Path]:
    return (Path(entry.path) for entry in _listed(folder) if entry.is_dir())


def _blobs(folder: Path) -> Iterator[os.DirEntry[str]]:
    """By their names: file managers leave things of their own."""
    return (entry for entry in _listed(folder) if _DIGEST.fullmatch(entry.name))


def _touch(path: Path, at: float | None = None) -> None:
    """By the clock that others compare it with: the file system's own is some milliseconds late."""
    now = time.time() if at is None else at
    os.utime(path, (now, now))


def _sync(folder: Path) -> None:
    """A name is on the disk when its folder is."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
