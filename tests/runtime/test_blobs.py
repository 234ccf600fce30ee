"""Stores of blobs: a folder, SQLite, PostgreSQL. What is put is there, once, for as long as somebody claims it."""

import os
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from runtime.blobs.database import Database
from runtime.blobs.dialects import dialect_of
from runtime.blobs.folder import Folder
from runtime.blobs.store import BlobError, BlobStore, Owner
from tests.activities.servers import postgres
from tests.runtime.blob_stores import OWNER, age, file_of, put

OTHER = Owner("space", "another")


@pytest.fixture(scope="module")
def postgres_url() -> Iterator[str]:
    with postgres() as url:
        yield f"{url}/postgres"


@pytest.fixture(params=["folder", "sqlite", "postgresql"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[BlobStore]:
    made: BlobStore
    if request.param == "folder":
        made = Folder(tmp_path / "state" / "blobs")
    elif request.param == "sqlite":
        made = Database(dialect_of(f"sqlite:///{tmp_path}/state/signoff.db"))
    else:
        made = Database(dialect_of(request.getfixturevalue("postgres_url")))
    yield made
    later = time.time() + 1000
    for claim in list(made.claims()):
        made.forget(claim.owner, later)
    for content in list(made.contents()):
        made.remove(content.digest, later)
    made.close()


def test_what_is_put_is_there_with_its_owner(store: BlobStore) -> None:
    digest = put(store, b"content")

    assert store.get(digest) == b"content"
    assert [(claim.owner, claim.digest) for claim in store.claims()] == [(OWNER, digest)]
    ((name, size, at),) = store.contents()
    assert (name, size) == (digest, 7)
    assert abs(at - time.time()) < 60


def test_what_is_not_there_is_none(store: BlobStore) -> None:
    assert store.get("0" * 64) is None
    assert list(store.contents()) == []
    assert list(store.claims()) == []


def test_equal_content_is_kept_once_whoever_stores_it(store: BlobStore) -> None:
    digest = put(store, b"content")
    assert put(store, b"content", OTHER) == digest
    put(store, b"content", None)

    assert len(list(store.contents())) == 1
    assert {claim.owner for claim in store.claims()} == {OWNER, OTHER}


def test_many_that_store_the_same_at_once_store_it_once(store: BlobStore) -> None:
    content = os.urandom(200_000)
    together = threading.Barrier(8)

    def one(number: int) -> str:
        together.wait()
        return put(store, content, Owner("space", f"run-{number}"))

    with ThreadPoolExecutor(8) as pool:
        (digest,) = set(pool.map(one, range(8)))

    assert store.get(digest) == content
    assert len(list(store.contents())) == 1
    assert len(list(store.claims())) == 8


def test_an_id_may_be_long_and_hold_anything(store: BlobStore) -> None:
    owner = Owner("space", "../" + "ü/\n" * 300)

    put(store, b"content", owner)

    assert [claim.owner for claim in store.claims()] == [owner]


def test_an_owner_is_forgotten_and_its_blob_removed_only_when_both_are_old(store: BlobStore) -> None:
    digest = put(store, b"content")
    before, after = time.time() - 10, time.time() + 10

    store.forget(OWNER, before)
    assert not store.remove(digest, before)
    assert len(list(store.claims())) == 1
    store.forget(OWNER, after)
    assert list(store.claims()) == []
    assert not store.remove(digest, before)
    assert store.get(digest) == b"content"
    assert store.remove(digest, after)
    assert store.get(digest) is None


def test_a_turn_is_taken_by_one(store: BlobStore) -> None:
    put(store, b"content")
    now = time.time()

    assert [store.take_turn("space", now + after, 100) for after in (0, 50, 101)] == [True, False, True]
    assert store.take_turn("another space", now, 100)


def test_what_is_stored_while_it_is_removed_is_there_afterwards(store: BlobStore) -> None:
    digest = put(store, b"content")
    together = threading.Barrier(2)

    def remove() -> None:
        store.forget(OWNER, later)
        together.wait()
        store.remove(digest, later)

    with ThreadPoolExecutor(2) as pool:
        for _ in range(30):
            # What was stored up to here is old.
            later = time.time()
            removed = pool.submit(remove)
            together.wait()
            put(store, b"content", OTHER)
            removed.result()
            assert store.get(digest) == b"content"


def test_a_store_is_made_before_it_is_needed(tmp_path: Path) -> None:
    Folder(tmp_path / "blobs").prepare()
    (tmp_path / "file").write_text("")

    assert (tmp_path / "blobs").is_dir()
    with pytest.raises(BlobError, match="Not a directory"):
        Folder(tmp_path / "file" / "blobs").prepare()


def test_a_database_keeps_more_than_it_reads_at_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("runtime.blobs.database.PAGE", 3)
    store = Database(dialect_of(f"sqlite:///{tmp_path}/signoff.db"))

    digests = {put(store, bytes([number]), Owner("space", f"run-{number % 4}")) for number in range(10)}

    assert {content.digest for content in store.contents()} == digests
    assert {claim.digest for claim in store.claims()} == digests
    store.close()


def test_content_of_another_length_under_its_name_is_mended_when_it_is_stored_again(tmp_path: Path) -> None:
    store = Folder(tmp_path)
    digest = put(store, b"content")
    file_of(tmp_path, digest).write_bytes(b"cont")

    put(store, b"content")

    assert store.get(digest) == b"content"


def test_files_are_for_their_user_only(tmp_path: Path) -> None:
    put(Folder(tmp_path / "blobs"), b"content")

    for path in (tmp_path / "blobs").rglob("*"):
        assert path.name == "lock" or not path.stat().st_mode & 0o077


@pytest.mark.parametrize(
    ("call", "number", "reason"),
    [
        ("fsync", 28, "No space left on device"),
        ("replace", 28, "No space left on device"),
        ("replace", 30, "Read-only file system"),
        ("utime", 13, "Permission denied"),
    ],
)
def test_a_disk_that_is_full_or_read_only_is_named_and_nothing_is_half_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, call: str, number: int, reason: str
) -> None:
    store = Folder(tmp_path)
    first = put(store, b"first")

    def refuse(*_: object) -> None:
        raise OSError(number, reason)

    with monkeypatch.context() as patch:
        patch.setattr(os, call, refuse)
        with pytest.raises(BlobError) as refused:
            put(store, b"second")
    line = f"the blobs in the folder {tmp_path} cannot be written ({reason})"
    assert str(refused.value) == f"{line}: mend that, or see SIGNOFF_BLOBS"
    assert store.get(first) == b"first"
    assert len(list(store.contents())) == (2 if call == "utime" else 1)
    assert list((tmp_path / "drafts").iterdir()) == []
    assert store.get(put(store, b"second")) == b"second"


def test_a_folder_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")

    with pytest.raises(BlobError, match=r"the folder .*/file/blobs cannot be written \(Not a directory\)"):
        put(Folder(tmp_path / "file" / "blobs"), b"content")


def test_a_database_that_is_none_is_named(tmp_path: Path) -> None:
    (tmp_path / "signoff.db").write_text("not a database " * 100)

    with pytest.raises(BlobError, match=r"the database sqlite:///.* cannot be used \(file is not a database\): see"):
        put(Database(dialect_of(f"sqlite:///{tmp_path}/signoff.db")), b"content")


def test_a_server_that_is_away_is_named_without_its_password() -> None:
    store = Database(dialect_of("postgresql://ann:se@cret@127.0.0.1:1/signoff"))

    with pytest.raises(BlobError) as refused:
        store.get("0" * 64)
    assert "postgresql://ann@127.0.0.1:1/signoff cannot be used" in str(refused.value)
    assert "cret" not in str(refused.value)


def test_what_a_file_manager_left_is_passed_over(tmp_path: Path) -> None:
    store = Folder(tmp_path)
    digest = put(store, b"content")
    for folder in (tmp_path / "content", tmp_path / "owners", file_of(tmp_path, digest).parent):
        (folder / ".DS_Store").write_text("")

    assert [content.digest for content in store.contents()] == [digest]
    assert [claim.digest for claim in store.claims()] == [digest]


def test_a_draft_that_a_killed_program_left_is_removed(tmp_path: Path) -> None:
    store = Folder(tmp_path)
    put(store, b"content")
    (tmp_path / "drafts" / "left").write_bytes(b"half")
    age(tmp_path, time.time() - 100_000)

    assert store.take_turn("space", time.time(), 1)
    assert list((tmp_path / "drafts").iterdir()) == []
