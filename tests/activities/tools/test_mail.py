"""Sending mail over real SMTP: what arrives, and what every kind of failure means."""

import ssl
from datetime import UTC, datetime, timedelta
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from pathlib import Path

import pytest
from aiosmtpd.smtp import SMTP
from sqlalchemy import select

from activities.stores.database import Database
from activities.stores.entries import State
from activities.stores.tables import EFFECTS
from activities.tools.mail import MailActivities
from contracts.crm import Person
from contracts.errors import NotApproved, ToolFailed
from contracts.gates import Approval, digest_of
from contracts.mail import Email, SentMail
from contracts.tools import Act, Outcome
from runtime.settings import load_settings
from tests.activities.tools.smtp import Mailbox, hang_up, smtp_server

ICS = "BEGIN:VCALENDAR\r\nMETHOD:REQUEST\r\nSUMMARY:Gespräch\r\nEND:VCALENDAR\r\n"
EMAIL = Email(
    to=Person(name="Jürgen Groß", email="j.gross@example.com"),
    sender=Person(name='Ann "Annie" Lee', email="ann@signoff.example"),
    subject="Ihre Fragen zur Lagerverwaltung: ein Vorschlag, der alle Standorte einschließt",
    body="Dear Mr Groß,\n\n.one dot\n..two dots\n.\nFrom here\ttab, trailing blanks  \n= equals =3D\n" + "long " * 300,
    invitation=ICS,
    drafted_by="template",
)


def approved(email: Email = EMAIL, key: str = "sales-follow-up/lead-001/today/send-email") -> Act[Email]:
    """The act of sending a mail that somebody approved."""
    digest = digest_of(email)
    approval = Approval(
        request="run", gate="review-email", digest=digest, by="ann", at=datetime(2026, 11, 23, tzinfo=UTC)
    )
    return Act(key=key, digest=digest, argument=email, approval=approval)


class Post:
    """A mail tool on an SQLite ledger of the test's own."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.database = Database(f"sqlite:///{folder}/signoff.db")

    def tool(self, url: str | None, probe: str | None = None, limit: timedelta | None = None) -> MailActivities:
        """The tool, as a worker with these settings has it."""
        flags = {"SIGNOFF_SMTP_URL": url, "SIGNOFF_MAIL_PROBE": probe}
        settings = load_settings({name: value for name, value in flags.items() if value}, self.folder)
        return MailActivities(settings, self.database, **({"limit": limit} if limit else {}))

    def state(self) -> State:
        """The state of the only effect."""
        return State(str(self.database.transact(lambda connection: connection.scalar(select(EFFECTS.c.state)))))


@pytest.fixture
def post(tmp_path: Path) -> Post:
    """The way out."""
    return Post(tmp_path)


def read(mail: bytes) -> EmailMessage:
    """As a mail program reads it."""
    return message_from_bytes(mail, policy=default)


def body_of(mail: EmailMessage) -> str:
    """The text, with the line ends of the approved one."""
    text = mail.get_body(("plain",))
    assert text is not None
    return str(text.get_payload(decode=True).decode("utf-8")).replace("\r\n", "\n")  # type: ignore[union-attr]


async def test_what_was_approved_arrives(post: Post) -> None:
    async with smtp_server(Mailbox()) as box:
        receipt = await post.tool(box.url).send(approved())
    (content,) = box.kept
    mail = read(content)
    assert body_of(mail) == EMAIL.body
    assert mail["subject"] == EMAIL.subject
    assert mail["from"].addresses[0].display_name == EMAIL.sender.name
    assert mail["to"].addresses[0].display_name == EMAIL.to.name
    assert box.envelopes == [("ann@signoff.example", ["j.gross@example.com"])]
    assert mail["message-id"] == receipt.result.message_id
    assert receipt.result.message_id.endswith("@signoff.example>")
    assert mail["date"].datetime <= datetime.now(UTC)
    assert receipt.result.accepted_at is not None


async def test_the_invitation_is_there_to_answer_and_to_open(post: Post) -> None:
    async with smtp_server(Mailbox()) as box:
        await post.tool(box.url).send(approved())
    mail = read(box.kept[0])
    calendar = next(part for part in mail.walk() if part.get_content_type() == "text/calendar")
    assert calendar["content-type"].params["method"] == "REQUEST"
    (file,) = mail.iter_attachments()
    assert (file.get_filename(), file.get_content_type()) == ("invitation.ics", "application/ics")
    assert calendar.get_payload(decode=True) == file.get_payload(decode=True) == ICS.encode()


async def test_a_mail_without_an_invitation_is_plain_text(post: Post) -> None:
    email = EMAIL.model_copy(update={"invitation": ""})
    async with smtp_server(Mailbox()) as box:
        await post.tool(box.url).send(approved(email))
    mail = read(box.kept[0])
    assert mail.get_content_type() == "text/plain"
    assert body_of(mail) == EMAIL.body


async def test_the_key_stays_private(post: Post) -> None:
    async with smtp_server(Mailbox()) as box:
        await post.tool(box.url).send(approved())
    assert b"lead-001" not in box.kept[0]


async def test_the_same_action_sends_one_mail(post: Post) -> None:
    async with smtp_server(Mailbox()) as box:
        tool = post.tool(box.url)
        first = await tool.send(approved())
        assert await tool.send(approved()) == first
        other = await tool.send(approved(EMAIL.model_copy(update={"subject": "Other words"})))
    assert len(box.kept) == 1
    assert (other.outcome, other.digest, other.result) == (Outcome.CONFLICT, first.digest, first.result)


async def test_an_edited_mail_without_its_own_approval_does_not_go_out(post: Post) -> None:
    edited = approved().model_copy(update={"argument": EMAIL.model_copy(update={"body": "Other words"})})
    async with smtp_server(Mailbox()) as box:
        with pytest.raises(NotApproved):
            await post.tool(box.url).send(edited)
    assert box.kept == []


async def test_a_mail_that_was_cut_off_is_found_by_the_probe(post: Post, tmp_path: Path) -> None:
    for part in ("new", "cur"):
        (tmp_path / "mail" / part).mkdir(parents=True)
    box = Mailbox()

    async def keep_and_hang_up(server: SMTP) -> str:
        (tmp_path / "mail" / "new" / "1").write_bytes(box.kept[-1])
        return await hang_up(server)

    box.answers["DATA"] = keep_and_hang_up
    async with smtp_server(box):
        receipt = await post.tool(box.url, probe=f"maildir:{tmp_path / 'mail'}").send(approved())
    assert receipt.outcome is Outcome.DONE
    assert receipt.result.message_id == read(box.kept[0])["message-id"]
    assert receipt.result.accepted_at is not None


async def test_without_a_mail_server_the_setting_is_named(post: Post) -> None:
    with pytest.raises(ToolFailed, match="SIGNOFF_SMTP_URL"):
        await post.tool(None).send(approved())
    assert post.state() is State.RELEASED


@pytest.mark.parametrize(
    ("person", "words"),
    [
        (Person.model_construct(name="Eve\r\nBcc: all@example.com", email="eve@example.com"), "eve@example.com"),
        (Person(name="Jörg", email="jörg@example.com"), "jörg@example.com"),
    ],
)
async def test_an_address_that_no_header_can_hold_is_refused(post: Post, person: Person, words: str) -> None:
    async with smtp_server(Mailbox()) as box:
        with pytest.raises(ToolFailed, match=words):
            await post.tool(box.url).send(approved(EMAIL.model_copy(update={"to": person})))
    assert box.kept == []


async def test_a_domain_beyond_ascii_is_written_as_mail_servers_know_it(post: Post) -> None:
    to, sender = Person(name="Jörg", email="joerg@bücher.example"), Person(name="Ann", email="ann@grüße.example")
    async with smtp_server(Mailbox()) as box:
        receipt = await post.tool(box.url).send(approved(EMAIL.model_copy(update={"to": to, "sender": sender})))
    assert box.envelopes == [("ann@xn--gre-6ka8l.example", ["joerg@xn--bcher-kva.example"])]
    assert receipt.result == SentMail(
        message_id=read(box.kept[0])["message-id"], to="joerg@bücher.example", accepted_at=receipt.result.accepted_at
    )


def server_side(pem: Path) -> ssl.SSLContext:
    """TLS as the server speaks it."""
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(pem)
    return context


async def test_the_login_goes_through_tls_where_it_is_offered(
    post: Post, localhost_pem: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(localhost_pem))
    async with smtp_server(Mailbox(), tls=server_side(localhost_pem), login=True) as box:
        await post.tool(f"smtp://ann%40x:pa%40ss@localhost:{box.port}").send(approved())
    assert box.logins == [(b"ann@x", True)]
    async with smtp_server(Mailbox(), implicit=server_side(localhost_pem), login=True) as box:
        await post.tool(f"smtps://ann:pa%40ss@localhost:{box.port}").send(approved(key="another"))
    assert len(box.kept) == 1


@pytest.mark.parametrize("scheme", ["smtp", "smtps"])
async def test_a_certificate_that_nobody_vouches_for_is_refused(post: Post, localhost_pem: Path, scheme: str) -> None:
    context = server_side(localhost_pem)
    how = {"tls": context} if scheme == "smtp" else {"implicit": context}
    async with smtp_server(Mailbox(), login=True, **how) as box:
        with pytest.raises(ToolFailed, match="certificate"):
            await post.tool(f"{scheme}://ann:pa%40ss@localhost:{box.port}").send(approved())
    assert box.logins == []


async def test_a_wrong_password_is_named_by_its_setting_and_not_shown(post: Post) -> None:
    async with smtp_server(Mailbox(), login=True) as box:
        with pytest.raises(ToolFailed, match="check SIGNOFF_SMTP_URL") as caught:
            await post.tool(f"smtp://ann:secret-word@127.0.0.1:{box.port}").send(approved())
    assert "secret-word" not in str(caught.value)
    assert caught.value.__cause__ is None


async def test_a_server_that_takes_no_login_is_told_apart_from_one_that_is_down(post: Post) -> None:
    async with smtp_server(Mailbox()) as box:
        with pytest.raises(ToolFailed, match="AUTH"):
            await post.tool(f"smtp://ann:pa%40ss@127.0.0.1:{box.port}").send(approved())
    assert box.kept == []


async def test_a_password_is_not_sent_in_the_clear_to_another_machine(
    post: Post, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Every address of these tests is on this machine: here none counts as such.
    monkeypatch.setattr("activities.tools.mail_transport.LOOPBACK", frozenset())
    async with smtp_server(Mailbox(), login=True) as box:
        with pytest.raises(ToolFailed, match="offers no TLS"):
            await post.tool(f"smtp://ann:pa%40ss@127.0.0.1:{box.port}").send(approved())
    assert box.logins == []
