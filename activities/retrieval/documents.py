"""Documents in Markdown below a folder: which there are, what their head says of them, and their parts."""

import hashlib
import os
import re
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import NamedTuple

from activities.tools.articles import Section, sections
from contracts.errors import ToolFailed

LARGEST = 1_000_000
"""Bytes of one document."""

MOST_FILES = 5_000
_HEAD = re.compile(r"---[ \t]*\n(.*?)^---[ \t]*(?:\n|\Z)", re.DOTALL | re.MULTILINE)
_FIELD = re.compile(r"^([a-z]+):[ \t]*(.*?)[ \t]*$", re.MULTILINE)


class Cut(NamedTuple):
    """How documents are cut, in characters."""

    longest: int
    overlap: int = 0


class Seen(NamedTuple):
    """A file as a look at its folder shows it: as long as this is the same, it has not changed."""

    mtime_ns: int
    size: int


class About(NamedTuple):
    """What a document's head says of it. Empty: nothing."""

    title: str = ""
    topic: str = ""
    audience: str = ""
    language: str = ""
    date: str = ""
    """ISO, so that text compares as time does."""


class Document(NamedTuple):
    """One document, read. `hash`: SHA-256 of the file."""

    hash: str
    about: About
    parts: list[Section]


def files_below(folder: Path, most: int = MOST_FILES) -> dict[str, Seen]:
    """Each `*.md` below the folder by its path from there. No link leads out of it. Raises ToolFailed, OSError."""
    found: dict[str, Seen] = {}
    for path, stat in _walk(str(folder), "", os.path.realpath(folder)):
        if len(found) == most:
            raise ToolFailed(
                f"{folder} holds more than {most:,} documents: name another SIGNOFF_KNOWLEDGE or SIGNOFF_LIBRARY"
            )
        found[path] = Seen(stat.st_mtime_ns, stat.st_size)
    return found


def _walk(folder: str, below: str, real: str) -> Iterator[tuple[str, os.stat_result]]:
    with os.scandir(folder) as entries:
        for entry in entries:
            # A name that cannot be printed could not be cited.
            if not entry.name.isprintable() or (entry.is_symlink() and not _leads_into(entry.path, real)):
                continue
            if entry.is_dir(follow_symlinks=False):
                yield from _walk(entry.path, f"{below}{entry.name}/", real)
            elif entry.name.endswith(".md") and entry.is_file():
                yield below + entry.name, entry.stat()


def _leads_into(link: str, real: str) -> bool:
    return os.path.realpath(link).startswith(real + os.sep)


def read_document(file: Path, cut: Cut) -> Document:
    """One that is too large, or no text, has no parts: the others are searched all the same. Raises OSError."""
    data = file.read_bytes() if file.stat().st_size <= LARGEST else b""
    try:
        # Positions are those of the file's characters, so nothing of it is changed: no line end, no mark at its head.
        text = data.decode("utf-8")
    except UnicodeDecodeError:
        text = ""
    about, begins = _head(text)
    parts = [
        one._replace(start=one.start + begins, end=one.end + begins)
        for one in sections(text[begins:], cut.longest, cut.overlap)
    ]
    return Document(hashlib.sha256(data).hexdigest(), about, parts)


def _head(text: str) -> tuple[About, int]:
    """The fields between two lines of `---` at the very beginning, and where the rest begins."""
    if not (head := _HEAD.match(text)):
        return About(), 0
    fields = {name: value.strip("\"'")[:200] for name, value in _FIELD.findall(head[1])}
    known = {name: fields[name] for name in About._fields if fields.get(name)}
    if "date" in known and not _is_date(known["date"]):
        del known["date"]
    return About(**known), head.end()


def _is_date(text: str) -> bool:
    try:
        return date.fromisoformat(text).isoformat() == text
    except ValueError:
        return False
