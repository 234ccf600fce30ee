"""The file tool, with the fault table of files: what it reads, and what it never touches."""

import errno
import hashlib
import os
import pwd
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
from pydantic import ValidationError

from activities.tools import files as files_module
from activities.tools.files import LARGEST, FileActivities
from contracts.errors import NotFound, SignoffError, ToolFailed, ToolUnavailable
from contracts.files import FileText, ReadFile
from runtime.settings import load_settings
from tests.activities.servers import SERVICE_USER, service_folder


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A folder that may be read, beside one that may not."""
    for name in ("documents/deep", "secret"):
        (tmp_path / name).mkdir(parents=True)
    (tmp_path / "secret" / "key.txt").write_text("secret-word")
    (tmp_path / "documents" / "deep" / "a b.txt").write_text("Größe: 5 €\r\n")
    return tmp_path / "documents"


def tool(root: Path, folders: str = "documents") -> FileActivities:
    """As a worker with these settings has it."""
    return FileActivities(load_settings({"SIGNOFF_FILES": folders}, root.parent))


@pytest.mark.parametrize("path", ["deep/a b.txt", "./deep/a b.txt", "deep//a b.txt", "{root}/deep/a b.txt", "link"])
async def test_a_file_comes_back_letter_by_letter(root: Path, path: str) -> None:
    (root / "link").symlink_to("deep/a b.txt")
    read = await tool(root).read(ReadFile(path=path.format(root=root)))
    data = "Größe: 5 €\r\n".encode()
    assert read == FileText(path="deep/a b.txt", text=data.decode(), sha256=hashlib.sha256(data).hexdigest())


async def test_folders_are_looked_through_in_their_order(root: Path) -> None:
    (root.parent / "more").mkdir()
    (root.parent / "more" / "b.txt").write_text("b")
    (root.parent / "more" / "deep").mkdir()
    (root.parent / "more" / "deep" / "a b.txt").write_text("another")
    both = tool(root, "documents, more")
    assert (await both.read(ReadFile(path="b.txt"))).text == "b"
    assert (await both.read(ReadFile(path="deep/a b.txt"))).text == "Größe: 5 €\r\n"


async def test_a_folder_that_is_a_link_itself_is_where_it_leads(root: Path) -> None:
    (root.parent / "current").symlink_to(root)
    assert (await tool(root, "current").read(ReadFile(path="deep/a b.txt"))).text


async def test_a_byte_order_mark_is_no_text(root: Path) -> None:
    (root / "a.txt").write_bytes(b"\xef\xbb\xbfa")
    assert (await tool(root).read(ReadFile(path="a.txt"))).text == "a"


async def test_the_largest_file_is_read(root: Path) -> None:
    (root / "a.txt").write_bytes(b"x" * LARGEST)
    assert len((await tool(root).read(ReadFile(path="a.txt"))).text) == LARGEST


async def test_without_the_setting_the_setting_is_named(tmp_path: Path) -> None:
    with pytest.raises(ToolFailed, match="set SIGNOFF_FILES"):
        await FileActivities(load_settings({}, tmp_path)).read(ReadFile(path="a.txt"))


@pytest.mark.parametrize("path", ["", "a\0b", "a\nb", "x" * 1001])
def test_what_cannot_be_a_path_is_no_request(path: str) -> None:
    with pytest.raises(ValidationError):
        ReadFile(path=path)


@dataclass(frozen=True)
class Row:
    """One fault: how it is made, what is asked for, and what that comes to."""

    make: Callable[[Path], object]
    path: str
    error: type[SignoffError]
    says: str


def nothing(_: Path) -> None:
    """It is so by itself."""


def hidden_behind_a_link(root: Path) -> None:
    """A file with keys, under another name."""
    (root / ".env").write_text("KEY=secret-word")
    (root / "l").symlink_to(".env")


ROWS = {
    "missing": Row(nothing, "gone.txt", NotFound, "is not in the folders of SIGNOFF_FILES"),
    "below a file": Row(nothing, "deep/a b.txt/x", NotFound, "is not in the folders"),
    "too large": Row(lambda root: (root / "a").write_bytes(b"x" * (LARGEST + 1)), "a", ToolFailed, "is too large"),
    "too large on its way": Row(lambda root: (root / "a").write_bytes(b"\1" * LARGEST), "a", ToolFailed, "too large"),
    "outside: '..'": Row(nothing, "../secret/key.txt", ToolFailed, "leads out of the folders"),
    "outside: '..' that comes back": Row(nothing, "deep/../deep/a b.txt", ToolFailed, "leads out"),
    "outside: absolute": Row(nothing, "/etc/hostname", ToolFailed, "leads out of the folders"),
    "outside: absolute, missing": Row(nothing, "/etc/no-such-file", ToolFailed, "leads out of the folders"),
    "outside: a link to a file": Row(
        lambda root: (root / "l").symlink_to("../secret/key.txt"), "l", ToolFailed, "leads out of the folders"
    ),
    "outside: a link to a folder": Row(
        lambda root: (root / "l").symlink_to(root.parent / "secret"), "l/key.txt", ToolFailed, "leads out"
    ),
    "a link to nothing": Row(lambda root: (root / "l").symlink_to("gone"), "l", NotFound, "is not in the folders"),
    "links in a circle": Row(lambda root: (root / "l").symlink_to("l"), "l", ToolFailed, "its links lead nowhere"),
    "hidden": Row(lambda root: (root / ".env").write_text("KEY=secret-word"), ".env", ToolFailed, "it is hidden"),
    "a link to what is hidden": Row(hidden_behind_a_link, "l", ToolFailed, "it is hidden"),
    "a folder": Row(nothing, "deep", ToolFailed, "is not a file, but a folder"),
    "the folder itself": Row(nothing, ".", ToolFailed, "is not a file, but a folder"),
    "a pipe": Row(lambda root: os.mkfifo(root / "p"), "p", ToolFailed, "a pipe or a device"),
    "not UTF-8": Row(lambda root: (root / "a").write_bytes(b"Gr\xf6\xdfe"), "a", ToolFailed, "is not UTF-8 text"),
    "a name too long": Row(nothing, "x" * 300, ToolFailed, r"cannot be read \(File name too long\)"),
}
"""In docs/faults.md, too."""


@pytest.mark.parametrize("row", ROWS.values(), ids=ROWS)
async def test_what_a_fault_comes_to(root: Path, row: Row) -> None:
    row.make(root)
    with pytest.raises(row.error, match=row.says) as caught:
        await tool(root).read(ReadFile(path=row.path))
    assert type(caught.value) is row.error
    assert "\n" not in caught.value.message
    assert "secret-word" not in str(caught.value)


async def test_a_device_is_refused_before_it_is_opened(root: Path) -> None:
    try:
        os.mknod(root / "d", 0o600 | 0o020000, os.makedev(1, 5))
    except PermissionError:
        pytest.skip("only root can make a device")
    with pytest.raises(ToolFailed, match="a pipe or a device"):
        await tool(root).read(ReadFile(path="d"))


@contextmanager
def somebody_else() -> Iterator[None]:
    """Root may read everything: for a while these are the rights of another user."""
    if os.geteuid():
        yield
        return

    os.seteuid(pwd.getpwnam(SERVICE_USER).pw_uid)
    try:
        yield
    finally:
        os.seteuid(0)


@pytest.mark.parametrize("what", ["a.txt", "closed/a.txt"])
async def test_what_may_not_be_read_is_refused(what: str) -> None:
    with service_folder() as folder:
        (folder / "root" / "closed").mkdir(parents=True)
        (folder / "root" / what).write_text("a")
        (folder / "root" / what).chmod(0)
        (folder / "root" / "closed").chmod(0)
        reader = FileActivities(load_settings({"SIGNOFF_FILES": "root"}, folder))
        with somebody_else(), pytest.raises(ToolFailed, match=r"cannot be read \(Permission denied\)"):
            await reader.read(ReadFile(path=what))
        (folder / "root" / "closed").chmod(0o700)


async def test_a_link_that_is_put_there_meanwhile_is_not_followed(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Between the look at the way and the reading."""
    read = files_module._bytes_of

    def swap_first(folder: Path, inside: Path) -> bytes:
        (root / "deep" / "a b.txt").unlink()
        (root / "deep").rmdir()
        (root / "deep").symlink_to(root.parent / "secret")
        return read(folder, Path("deep/key.txt"))

    monkeypatch.setattr(files_module, "_bytes_of", swap_first)
    with pytest.raises(ToolFailed, match="cannot be read"):
        await tool(root).read(ReadFile(path="deep/a b.txt"))


async def test_a_file_that_goes_away_meanwhile_is_missing(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    read = files_module._bytes_of

    def remove_first(folder: Path, inside: Path) -> bytes:
        (folder / inside).unlink()
        return read(folder, inside)

    monkeypatch.setattr(files_module, "_bytes_of", remove_first)
    with pytest.raises(NotFound, match="is not there any more"):
        await tool(root).read(ReadFile(path="deep/a b.txt"))


async def test_a_disk_that_does_not_answer_is_unavailable(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    answers = threading.Event()

    def hangs(*_: object) -> bytes:
        answers.wait(20)
        return b""

    monkeypatch.setattr(files_module, "ANSWER_S", 0.1)
    monkeypatch.setattr(files_module, "_bytes_of", hangs)
    with pytest.raises(ToolUnavailable, match=r"no answer within 0\.1 s"):
        await tool(root).read(ReadFile(path="deep/a b.txt"))
    answers.set()


@pytest.mark.parametrize("error", [OSError(errno.EIO, "Input/output error"), OSError(errno.ESTALE, "Stale")])
async def test_a_disk_that_fails_is_unavailable(root: Path, monkeypatch: pytest.MonkeyPatch, error: OSError) -> None:
    def fails(*_: object) -> bytes:
        raise error

    monkeypatch.setattr(files_module, "_bytes_of", fails)
    with pytest.raises(ToolUnavailable, match="cannot be read now"):
        await tool(root).read(ReadFile(path="deep/a b.txt"))
