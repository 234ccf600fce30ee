"""`signoff doctor` finds what is missing, damaged or nobody's, says what to do, and takes no longer than it says."""

import os
import time
import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest
from temporalio.client import Client
from temporalio.testing import WorkflowEnvironment

from runtime.blobs.census import take
from runtime.blobs.driver import BlobDriver
from runtime.blobs.off import Off
from runtime.blobs.store import Content, Owner
from runtime.codec import data_converter
from runtime.sealing.opened import open_vault
from starters.doctor import examine
from starters.finding import Finding
from starters.key_check import look_at_keys
from tests.runtime.blob_stores import file_of, folder_store, put
from tests.support.sealed import key, sealed_settings
from tests.support.server import address

LARGE = "v" * 20_000


async def blobs_of(client: Client) -> Finding:
    return {one.about: one for one in await examine(client, "sqlite:///nowhere.db")}["large payloads"]


async def test_a_store_that_is_whole_is_counted(env: WorkflowEnvironment, tmp_path: Path) -> None:
    store = folder_store(tmp_path)
    put(store, b"content")

    found = await blobs_of(await Client.connect(address(env), data_converter=data_converter(BlobDriver(store))))

    assert found.advice is None
    assert found.text == f"1 in the folder {tmp_path}/blobs, 0 KB"


async def test_a_missing_blob_is_named_with_its_run(env: WorkflowEnvironment, tmp_path: Path) -> None:
    store = folder_store(tmp_path)
    client = await Client.connect(address(env), data_converter=data_converter(BlobDriver(store)))
    handle = await client.start_workflow("Nobody", LARGE, id=f"sick-{uuid.uuid4()}", task_queue="nobody")
    ((digest, _, _),) = store.contents()
    file_of(tmp_path / "blobs", digest).unlink()
    # The server knows no such run, so nobody misses it.
    gone = put(store, b"of nobody", Owner("default", "no-such-run"))
    file_of(tmp_path / "blobs", gone).unlink()

    found = await blobs_of(client)

    assert found.advice == (
        f"1 missing ({digest} of {handle.id}): restore them, or set SIGNOFF_BLOBS to where the workers keep theirs"
    )
    assert found.facts
    assert found.facts["missing"] == [digest]
    await handle.terminate()


async def test_what_is_damaged_or_nobodys_is_named(env: WorkflowEnvironment, tmp_path: Path) -> None:
    store = folder_store(tmp_path)
    damaged, nobodys = put(store, b"content"), put(store, b"nobody's", None)
    put(store, b"young, and perhaps about to be claimed", None)
    file_of(tmp_path / "blobs", damaged).write_bytes(b"CONTENT")
    old = time.time() - 7200
    os.utime(file_of(tmp_path / "blobs", nobodys), (old, old))

    found = await blobs_of(await Client.connect(address(env), data_converter=data_converter(BlobDriver(store))))

    assert found.advice == (
        f"1 damaged ({damaged}): restore them from a backup; "
        f"1 of no run ({nobodys}): a worker removes them once they are past retention"
    )


async def test_off_is_said(env: WorkflowEnvironment) -> None:
    found = await blobs_of(await Client.connect(address(env), data_converter=data_converter(BlobDriver(Off()))))

    assert found == Finding("large payloads", "stay in history, up to 2 MB each (SIGNOFF_BLOBS is off)")


async def test_a_store_that_cannot_be_used_is_a_finding(env: WorkflowEnvironment, tmp_path: Path) -> None:
    (tmp_path / "blobs").mkdir()
    (tmp_path / "blobs" / "content").write_text("")
    client = await Client.connect(address(env), data_converter=data_converter(BlobDriver(folder_store(tmp_path))))

    found = await blobs_of(client)

    assert found.advice
    assert "cannot be read (Not a directory)" in found.advice


class Endless(Off):
    """More blobs than anybody can count in a minute."""

    def contents(self) -> Iterator[Content]:
        end = time.monotonic() + 60
        while time.monotonic() < end:
            yield Content("0" * 64, 1, 0.0)

    def get(self, digest: str) -> bytes | None:
        return b""


def test_a_census_ends_in_time_and_says_that_it_is_not_whole() -> None:
    assert not take(Endless(), "space", 0.3).whole


@pytest.mark.parametrize("about", ["Temporal", "search attributes"])
async def test_a_server_that_is_as_it_has_to_be_is_fine(env: WorkflowEnvironment, about: str) -> None:
    (found,) = [one for one in await examine(env.client, "sqlite:///nowhere.db") if one.about == about]

    assert found.advice is None


def test_payloads_that_are_not_encrypted_are_told_of() -> None:
    assert look_at_keys(None).advice is None
    assert "SIGNOFF_PAYLOAD_KEYS" in look_at_keys(None).text


def test_keys_are_counted_and_what_is_wrong_with_them_is_named(tmp_path: Path) -> None:
    (tmp_path / "payload.keys").write_text(f"{key('main')}\n")
    (tmp_path / "payload.keys").chmod(0o600)
    there = open_vault(sealed_settings(tmp_path, SIGNOFF_PAYLOAD_KEYS="@payload.keys"))
    there.seal("ada", b"x", "")
    assert look_at_keys(there) == Finding(
        "encryption",
        '"main" encrypts, 1 decrypt; 1 subjects\' keys, 0 erased',
        facts={"first": "main", "keys": ["main"], "subjects": 1, "erased": 0},
    )
    there.subjects.mark("ada", "ann")
    (tmp_path / "payload.keys").chmod(0o644)
    advice = look_at_keys(there).advice or ""
    assert "payload.keys: chmod 600 it; erasing ada was not finished: `signoff erase --subject ada`" in advice
    rotated = open_vault(sealed_settings(tmp_path, SIGNOFF_PAYLOAD_KEYS=key("new", 9)))
    assert "wrapped by main: add that to SIGNOFF_PAYLOAD_KEYS" in (look_at_keys(rotated).advice or "")
    unset = open_vault(sealed_settings(tmp_path, SIGNOFF_PAYLOAD_KEYS=""))
    assert look_at_keys(unset).advice == "1 subjects' keys are there: set SIGNOFF_PAYLOAD_KEYS as the workers have it"
