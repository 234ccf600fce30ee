"""Looking a mail up: found, surely not there, or nobody can say."""

import os
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from activities.effects import Unseen
from activities.tools import mail_probe as probe_module
from activities.tools.mail_probe import mail_probe
from tests.activities.servers import ImapServer, free_port

ARRIVED = datetime(2026, 11, 23, 12, 0, 5, tzinfo=UTC)
OURS = "<abc@example.com>"


def put(maildir: Path, part: str, header: bytes, body: bytes = b"") -> Path:
    """A mail in a maildir, made if need be, that arrived at ARRIVED."""
    for folder in ("new", "cur"):
        (maildir / folder).mkdir(parents=True, exist_ok=True)
    file = maildir / part / f"{len(list((maildir / part).iterdir()))}.mail"
    file.write_bytes(b"From: ann@example.com\n" + header + b"\nSubject: hi\n\n" + body)
    os.utime(file, (ARRIVED.timestamp(), ARRIVED.timestamp()))
    return file


@pytest.mark.parametrize("part", ["new", "cur"])
@pytest.mark.parametrize("header", [b"Message-ID: <abc@example.com>", b"message-id:\r\n <abc@example.com>\r"])
async def test_a_mail_in_the_maildir_is_found_with_its_time(tmp_path: Path, part: str, header: bytes) -> None:
    put(tmp_path, part, b"Message-ID: <other@example.com>")
    put(tmp_path, part, header)
    assert await mail_probe(f"maildir:{tmp_path}")(OURS) == ARRIVED


async def test_a_mail_that_only_quotes_ours_is_not_ours(tmp_path: Path) -> None:
    put(tmp_path, "new", b"References: <abc@example.com>", b"Message-ID: <abc@example.com>\n")
    put(tmp_path, "cur", b"X-Message-ID: <abc@example.com>")
    assert await mail_probe(f"maildir:{tmp_path}")(OURS) is Unseen.NOT_FOUND


class HeaderOnly:
    """A file whose text nobody may read."""

    def __enter__(self) -> "HeaderOnly":
        return self

    def __exit__(self, *_: object) -> None:
        return None

    def __iter__(self) -> Iterator[bytes]:
        yield from (b"Message-ID: <other@example.com>\n", b"\n")
        raise AssertionError("read on")


async def test_a_mail_is_not_read_beyond_its_header(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    put(tmp_path, "new", b"Message-ID: <other@example.com>")
    monkeypatch.setattr(Path, "open", lambda *_: HeaderOnly())
    assert await mail_probe(f"maildir:{tmp_path}")(OURS) is Unseen.NOT_FOUND


async def test_a_mail_that_is_read_meanwhile_is_found_where_it_went(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = put(tmp_path, "new", b"Message-ID: <abc@example.com>")
    look = probe_module._message_id

    def move_first(path: Path) -> bytes | None:
        if path == file:
            file.rename(tmp_path / "cur" / f"{file.name}:2,S")
        return look(path)

    monkeypatch.setattr(probe_module, "_message_id", move_first)
    assert await mail_probe(f"maildir:{tmp_path}")(OURS) == ARRIVED


async def test_a_mail_that_is_renamed_meanwhile_may_be_ours(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = put(tmp_path, "cur", b"Message-ID: <other@example.com>")
    look = probe_module._message_id

    def rename_first(path: Path) -> bytes | None:
        file.rename(tmp_path / "cur" / f"{file.name}:2,S")
        return look(path)

    monkeypatch.setattr(probe_module, "_message_id", rename_first)
    assert await mail_probe(f"maildir:{tmp_path}")(OURS) is Unseen.UNKNOWN


async def test_a_folder_that_is_no_maildir_says_nothing(tmp_path: Path) -> None:
    assert await mail_probe(f"maildir:{tmp_path}/nowhere")(OURS) is Unseen.UNKNOWN
    (tmp_path / "new").mkdir()
    assert await mail_probe(f"maildir:{tmp_path}")(OURS) is Unseen.UNKNOWN


@pytest.fixture
def trusted(localhost_pem: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The test server's certificate counts."""
    monkeypatch.setenv("SSL_CERT_FILE", str(localhost_pem))


@pytest.mark.usefixtures("trusted")
@pytest.mark.parametrize("scheme", ["imap", "imaps"])
async def test_a_mail_in_an_imap_mailbox_is_found_with_its_time(imap: ImapServer, scheme: str) -> None:
    put(imap.maildir, "new", b"Message-ID: <abc@example.com>").chmod(0o644)
    port = imap.port if scheme == "imap" else imap.tls_port
    probe = mail_probe(f"{scheme}://ann:pa%40ss@localhost:{port}/INBOX")
    assert await probe(OURS) == ARRIVED
    assert await probe("<other@example.com>") is Unseen.NOT_FOUND
    assert await mail_probe(f"{scheme}://ann:pa%40ss@localhost:{port}")(OURS) == ARRIVED


@pytest.mark.usefixtures("trusted")
@pytest.mark.parametrize("where", ["ann:wrong@localhost:{port}", "ann:pa%40ss@localhost:{port}/Not%20There"])
async def test_a_mailbox_that_cannot_be_opened_says_nothing(
    imap: ImapServer, where: str, caplog: pytest.LogCaptureFixture
) -> None:
    assert await mail_probe("imap://" + where.format(port=imap.port))(OURS) is Unseen.UNKNOWN
    assert "SIGNOFF_MAIL_PROBE" in caplog.text
    assert "wrong" not in caplog.text


@pytest.mark.parametrize("scheme", ["imap", "imaps"])
async def test_an_imap_server_that_nobody_vouches_for_gets_no_password(imap: ImapServer, scheme: str) -> None:
    port = imap.port if scheme == "imap" else imap.tls_port
    assert await mail_probe(f"{scheme}://ann:pa%40ss@localhost:{port}")(OURS) is Unseen.UNKNOWN


@pytest.mark.parametrize("scheme", ["imap", "imaps"])
async def test_an_imap_server_that_is_gone_says_nothing(scheme: str) -> None:
    assert await mail_probe(f"{scheme}://ann:pa%40ss@127.0.0.1:{free_port()}")(OURS) is Unseen.UNKNOWN
