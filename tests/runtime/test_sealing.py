"""Encryption: what is sealed, what opens it, and what is said where nothing does."""

import asyncio
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from pydantic import SecretBytes
from temporalio.api.common.v1 import Payload
from temporalio.converter import ActivitySerializationContext, WorkflowSerializationContext

from contracts.catalogue import PROCESSES
from runtime.blobs.dialects import dialect_of
from runtime.blobs.lost import is_erased, line_of
from runtime.blobs.store import BlobError
from runtime.codec import data_converter
from runtime.sealing import vault as sealing
from runtime.sealing.codec import SealingCodec, is_sealed, key_of
from runtime.sealing.keys import PayloadKeys
from runtime.sealing.subject import subject_of
from runtime.sealing.subject_keys import SubjectKeys
from runtime.sealing.vault import Erased, Unreadable, Vault
from tests.activities.servers import postgres

_opened: list[SubjectKeys] = []

RUN = "sales-follow-up/lead-007/2026-11-21"
PLAIN = Payload(metadata={"encoding": b"json/plain"}, data=b'"Ada"')


@pytest.fixture(scope="module")
def postgres_url() -> Iterator[str]:
    with postgres() as url:
        yield f"{url}/postgres"


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path}/signoff.db"
    found: str = request.getfixturevalue("postgres_url")
    return found


@pytest.fixture(autouse=True)
def _closed() -> Iterator[None]:
    yield
    while _opened:
        _opened.pop().close()


def vault(url: str, *ids: str) -> Vault:
    """With keys of these ids, each always the same."""
    subjects = SubjectKeys(dialect_of(url))
    _opened.append(subjects)
    keys = {key_id: SecretBytes(key_id.encode().ljust(32, b".")) for key_id in ids}
    return Vault(PayloadKeys(keys=keys) if ids else None, subjects)


@pytest.fixture
def sqlite(tmp_path: Path) -> str:
    return f"sqlite:///{tmp_path}/signoff.db"


def codec(vault: Vault, workflow_id: str | None = RUN) -> SealingCodec:
    made = SealingCodec(vault)
    if workflow_id is None:
        return made
    return made.with_context(WorkflowSerializationContext(namespace="default", workflow_id=workflow_id))


async def sealed(vault: Vault, workflow_id: str | None = RUN) -> Payload:
    (payload,) = await codec(vault, workflow_id).encode([PLAIN])
    return payload


async def opened(vault: Vault, payload: Payload) -> Payload:
    """By somebody who does not know which run it is of."""
    (found,) = await SealingCodec(vault).decode([payload])
    return found


@pytest.mark.parametrize("workflow_id", [RUN, "chosen", "standing/sales-follow-up/mail.send/party", None])
async def test_what_is_sealed_says_nothing_and_opens_again(sqlite: str, workflow_id: str | None) -> None:
    payload = await sealed(vault(sqlite, "main"), workflow_id)
    assert is_sealed(payload)
    assert b"Ada" not in payload.SerializeToString()
    assert b"json" not in payload.SerializeToString()
    assert await opened(vault(sqlite, "main"), payload) == PLAIN


async def test_equal_payloads_are_sealed_differently(sqlite: str) -> None:
    there = vault(sqlite, "main")
    nonces = {(await sealed(there)).data[:12] for _ in range(50)}
    assert len(nonces) == 50


async def test_without_keys_nothing_is_sealed_and_what_was_is_named(sqlite: str) -> None:
    assert await sealed(vault(sqlite)) == PLAIN
    payload = await sealed(vault(sqlite, "main"), None)
    line = line_of(await opened(vault(sqlite), payload))
    missing = 'it is encrypted with the key "main": add that key to SIGNOFF_PAYLOAD_KEYS'
    assert line == f"a payload cannot be read: {missing}"


async def test_a_new_first_key_encrypts_and_old_ones_decrypt(sqlite: str) -> None:
    before = [await sealed(vault(sqlite, "old"), run) for run in (None, RUN)]
    rotated = vault(sqlite, "new", "old")
    assert [await opened(rotated, one) for one in before] == [PLAIN, PLAIN]
    assert key_of(await sealed(rotated, None)) == "new"
    assert rotated.prepare() == 1
    # The subject's data key is wrapped anew, so that it outlives the old key; what that one encrypted itself does not.
    assert await opened(vault(sqlite, "new"), before[1]) == PLAIN
    assert '"old"' in str(line_of(await opened(vault(sqlite, "new"), before[0])))
    assert rotated.prepare() == 0


@pytest.mark.parametrize("spoilt", ["flipped", "short", "empty", "another key's", "unheard of", "no key"])
async def test_what_was_changed_is_named_and_never_raised(sqlite: str, spoilt: str) -> None:
    there = vault(sqlite, "main", "other")
    payload = await sealed(there)
    match spoilt:
        case "flipped":
            payload.data = payload.data[:-1] + bytes([payload.data[-1] ^ 1])
        case "short":
            payload.data = payload.data[:20]
        case "empty":
            payload.data = b""
        case "another key's":
            payload.metadata["key"] = b"other"
        case "unheard of":
            payload.metadata["key"] = b"subject:0000000000000000"
        case _:
            del payload.metadata["key"]
    assert (line_of(await opened(there, payload)) or "").startswith("a payload cannot be read: ")


def test_a_type_that_cannot_be_had_raises_and_a_message_is_refused(sqlite: str) -> None:
    async def lost() -> Payload:
        return await opened(vault(sqlite), await sealed(vault(sqlite, "main"), None))

    payload = asyncio.run(lost())
    converter = data_converter().payload_converter
    with pytest.raises(BlobError, match="SIGNOFF_PAYLOAD_KEYS"):
        converter.from_payloads([payload], [str])
    assert converter.from_payloads([payload]) == [None]


def test_a_subject_has_one_key_however_many_ask_for_it_at_once(url: str) -> None:
    with ThreadPoolExecutor(8) as pool:
        keys = set(pool.map(lambda _: vault(url, "main").seal("ada", b"x", "").key, range(16)))
    assert len(keys) == 1
    assert len(vault(url).subjects.of("ada")) == 1


def test_what_is_erased_cannot_be_opened_by_anybody_and_what_comes_later_can(
    url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sealing, "STALE_S", 0.0)
    there = vault(url, "main")
    before, other = there.seal("eve", b"before", "x"), there.seal("bob", b"bob", "x")
    row = there.subjects.in_use("eve")
    assert row
    assert there.subjects.mark("eve", "ann") == 1
    assert there.open(before, "x") == b"before"
    there.subjects.shred("eve")
    with pytest.raises(Erased, match=r"erased on \d{4}-\d\d-\d\d by ann"):
        there.open(before, "x")
    after = there.seal("eve", b"after", "x")
    assert (there.open(after, "x"), there.open(other, "x")) == (b"after", b"bob")
    assert [(one.wrapped is None, one.erased_by) for one in there.subjects.of("eve")] == [(True, "ann"), (False, None)]
    assert there.subjects.mark("nobody", "ann") == 0


def test_an_erased_key_is_not_in_the_files_any_more(tmp_path: Path, sqlite: str) -> None:
    there = vault(sqlite, "main")
    there.seal("ada", b"x", "")
    row = there.subjects.in_use("ada")
    assert row
    assert row.wrapped

    def is_there() -> bool:
        return any(row.wrapped in path.read_bytes() for path in tmp_path.iterdir() if row.wrapped)

    assert is_there()
    there.subjects.mark("ada", "ann")
    there.subjects.shred("ada")
    assert not is_there()


async def test_an_erased_payload_says_so(sqlite: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sealing, "STALE_S", 0.0)
    there = vault(sqlite, "main")
    payload = await sealed(there)
    there.subjects.mark("lead-007", "ann")
    there.subjects.shred("lead-007")
    found = await opened(there, payload)
    assert is_erased(found)
    assert data_converter().payload_converter.from_payloads([found]) == ["(erased)"]


def test_a_text_opens_only_where_it_belongs(sqlite: str) -> None:
    there = vault(sqlite, "main")
    text = there.seal_text("ada", "ZoëQuinceblossom", "the first row")
    assert "Quinceblossom" not in text
    assert there.open_text(text, "the first row") == "ZoëQuinceblossom"
    with pytest.raises(Unreadable, match="damaged"):
        there.open_text(text, "another row")
    assert there.open_text("as it was before there were keys", "x") == "as it was before there were keys"


def test_a_database_that_is_away_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(BlobError, match="the subjects' keys in the database sqlite:"):
        vault(f"sqlite:///{tmp_path}/file/signoff.db", "main").seal("ada", b"x", "")


@pytest.mark.parametrize(
    ("name", "subject"),
    [
        (RUN, "lead-007"),
        (f"{RUN}/send-email", "lead-007"),
        ("troubleshooting/ticket-009/o/child-1", "ticket-009"),
        ("chosen", "chosen"),
        ("a/b/c", "a/b/c"),
        ("sales-follow-up/", "sales-follow-up/"),
        ("standing/sales-follow-up/mail.send/party", None),
        ("", None),
        (None, None),
    ],
)
def test_a_run_is_about_its_business_key(name: str | None, subject: str | None) -> None:
    assert subject_of(name) == subject


@pytest.mark.parametrize("process", PROCESSES.values(), ids=lambda process: process.name)
def test_the_default_id_of_every_process_names_its_subject(process: object) -> None:
    name = getattr(process, "name", "")
    assert subject_of(f"{name}/K-1/2026-11-21") == "K-1"


def test_an_activity_is_about_the_subject_of_its_run(sqlite: str) -> None:
    context = ActivitySerializationContext(
        namespace="default",
        activity_id="1",
        activity_type="x",
        activity_task_queue="q",
        workflow_id=RUN,
        workflow_type="X",
        is_local=False,
    )
    there = vault(sqlite, "main")
    (payload,) = asyncio.run(SealingCodec(there).with_context(context).encode([PLAIN]))
    assert key_of(payload) == getattr(there.subjects.in_use("lead-007"), "id", None)


def test_a_program_forgets_the_keys_that_it_has_not_used_for_a_while(
    sqlite: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    there = vault(sqlite, "main")
    monkeypatch.setattr(sealing, "STALE_S", 0.0)
    for nth in range(20):
        there.seal(f"lead-{nth}", b"x", "")
    monkeypatch.setattr(sealing, "STALE_S", 60.0)
    there.seal("ada", b"x", "")
    assert (there.is_at_hand("ada"), there.is_at_hand("lead-3")) == (True, False)
    assert len(there._by_subject) == len(there._by_id) == 1
