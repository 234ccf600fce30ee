import email
import email.policy
import signal
import smtplib
import socket
import subprocess
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from tests.workers.processes import is_alive, kill, refusal, running, until
from workers.mail_sink import SIZE_LIMIT

MAIL = b"From: Ann <ann@example.com>\r\nTo: Bob <bob@example.com>\r\nSubject: Hello\r\n\r\n"


class Sink:
    """A mail sink that runs, and its maildir."""

    def __init__(self, process: subprocess.Popen[str], maildir: Path) -> None:
        assert process.stdout
        address = urlsplit(process.stdout.readline().split()[0])
        assert address.hostname == "127.0.0.1"
        assert address.port
        self.process = process
        self.port = address.port
        self.maildir = maildir

    def client(self) -> smtplib.SMTP:
        return smtplib.SMTP("127.0.0.1", self.port, timeout=60)

    def kept(self) -> list[bytes]:
        return [file.read_bytes() for file in sorted((self.maildir / "new").iterdir())]


@pytest.fixture
def sink(tmp_path: Path) -> Iterator[Sink]:
    maildir = tmp_path / "mail"
    with running("-m", "workers.mail_sink", "--maildir", str(maildir), folder=tmp_path) as process:
        yield Sink(process, maildir)


def test_a_mail_is_kept_as_it_came_below_its_envelope(sink: Sink) -> None:
    body = "Grüße,\r\n.a line that begins with a dot\r\n\r\nend\r\n".encode()
    with sink.client() as client:
        client.sendmail("ann@example.com", ["bob@example.com"], MAIL + body, ["BODY=8BITMIME"])

    envelope = b"X-Envelope-From: ann@example.com\nX-Envelope-To: bob@example.com\n"
    assert sink.kept() == [envelope + (MAIL + body).replace(b"\r\n", b"\n")]


def test_the_envelope_names_everybody_whom_the_headers_hide(sink: Sink) -> None:
    with sink.client() as client:
        client.sendmail("", ["bob@example.com", "hidden@example.com"], MAIL)

    mail = email.message_from_bytes(sink.kept()[0])
    assert mail.get_all("X-Envelope-To") == ["bob@example.com", "hidden@example.com"]
    assert mail["X-Envelope-From"] == "<>"
    assert mail["To"] == "Bob <bob@example.com>"


def test_an_address_beyond_ascii_can_be_read_back(sink: Sink) -> None:
    with sink.client() as client:
        client.ehlo()
        client.command_encoding = "utf-8"
        client.mail("ann@example.com", ["SMTPUTF8"])
        client.rcpt("jürgen@exämple.com")
        assert client.data(MAIL)[0] == 250

    mail = email.message_from_bytes(sink.kept()[0], policy=email.policy.default)
    assert mail["X-Envelope-To"] == "jürgen@exämple.com"


def test_a_mail_above_the_limit_is_refused_and_leaves_nothing(sink: Sink) -> None:
    large = MAIL + b"0123456789abcde\r\n" * (SIZE_LIMIT // 17 + 1)
    with sink.client() as client, pytest.raises(smtplib.SMTPSenderRefused, match="552"):
        client.sendmail("ann@example.com", ["bob@example.com"], large)
    with sink.client() as client:
        client.ehlo()
        client.mail("ann@example.com")  # without saying how large it will be
        client.rcpt("bob@example.com")
        assert client.data(large)[0] == 552

    assert sink.kept() == []
    assert list((sink.maildir / "tmp").iterdir()) == []


def test_a_mail_that_was_accepted_outlives_a_kill(sink: Sink) -> None:
    with sink.client() as client:
        client.sendmail("ann@example.com", ["bob@example.com"], MAIL + b"kept\r\n")
        kill(sink.process.pid)

    assert len(sink.kept()) == 1
    assert list((sink.maildir / "tmp").iterdir()) == []


def test_a_mail_that_breaks_off_is_not_kept(sink: Sink) -> None:
    client = sink.client()
    client.ehlo()
    client.mail("ann@example.com")
    client.rcpt("bob@example.com")
    client.docmd("DATA")
    client.send(MAIL + b"half a li")
    client.close()
    with sink.client() as second:
        second.sendmail("ann@example.com", ["bob@example.com"], MAIL + b"whole\r\n")

    assert [mail.splitlines()[-1] for mail in sink.kept()] == [b"whole"]


def test_a_mail_that_cannot_be_kept_is_not_accepted(sink: Sink) -> None:
    (sink.maildir / "tmp").rename(sink.maildir / "away")
    with sink.client() as client, pytest.raises(smtplib.SMTPDataError, match="452"):
        client.sendmail("ann@example.com", ["bob@example.com"], MAIL)

    (sink.maildir / "away").rename(sink.maildir / "tmp")
    with sink.client() as client:
        assert client.sendmail("ann@example.com", ["bob@example.com"], MAIL) == {}


def test_sigterm_ends_it_cleanly_with_a_client_connected(sink: Sink) -> None:
    with suppress(smtplib.SMTPServerDisconnected), sink.client() as client:
        client.ehlo()
        sink.process.send_signal(signal.SIGTERM)
        until(lambda: not is_alive(sink.process.pid), "the sink ends")

    assert sink.process.wait() == 0
    assert sink.process.communicate()[1] == ""


def test_a_taken_port_is_one_line(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        code, said = refusal("-m", "workers.mail_sink", "--port", str(port), "--maildir", "mail", folder=tmp_path)

    assert code == 2
    assert str(port) in said
    assert "in use" in said
    assert said.count("\n") == 1


def test_a_maildir_that_cannot_be_made_is_one_line(tmp_path: Path) -> None:
    (tmp_path / "mail").write_text("a file")
    code, said = refusal("-m", "workers.mail_sink", "--maildir", "mail", folder=tmp_path)

    assert (code, said.count("\n")) == (2, 1)
    assert "--maildir mail" in said
