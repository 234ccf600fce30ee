"""A mail as bytes: any text that the contract allows comes back letter by letter."""

from datetime import UTC, datetime
from email import message_from_bytes
from email.header import decode_header, make_header
from email.message import EmailMessage
from email.policy import default
from email.utils import parseaddr
from typing import cast

from hypothesis import example, given, settings
from hypothesis import strategies as st

from activities.tools.mail_message import as_bytes, made_from
from contracts.crm import Person
from contracts.mail import Email

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
_PRINTABLE = st.characters(exclude_categories=["Cc", "Cf", "Cn", "Co", "Cs", "Zl", "Zp", "Zs"])
_LINE = st.text(_PRINTABLE | st.sampled_from(" =?_.,<>\"@:;()\\'a"), min_size=1, max_size=200)
LINES = _LINE.map(str.strip).filter(lambda text: bool(text) and text.isprintable())
BODIES = st.text(_PRINTABLE | st.sampled_from(" \t\n.=-F"), min_size=1, max_size=500)


def mail(subject: str, name: str, body: str, invitation: str) -> bytes:
    """A mail as a server hands it on: with a line break at its end, and the line ends of a maildir."""
    person = Person(name=name, email="a@example.com")
    email = Email(to=person, sender=person, subject=subject, body=body, invitation=invitation, drafted_by="template")
    content = as_bytes(email, "<id@example.com>", NOW)
    assert b"\n" not in content.replace(b"\r\n", b"")
    assert max(len(line) for line in content.split(b"\r\n")) <= 998
    return content.replace(b"\r\n", b"\n").removesuffix(b"\n") + b"\n"


@settings(max_examples=150, deadline=None)
@given(LINES, LINES, BODIES, st.sampled_from(["", "BEGIN:VCALENDAR\r\n"]))
@example("=?utf-8?q?hi?=", "=?utf-8?q?Eve?=", "no line break at the end", "")
@example("a  b" * 40, "Lee, Ann", ".\n", "")
@example("ü ß" * 60, "日本語 " * 30 + "本", "\n\n", "BEGIN:VCALENDAR\r\n")
@example("x", "x", "--\nFrom me\n" + "long " * 200, "BEGIN:VCALENDAR\r\n")
def test_every_text_comes_back_letter_by_letter(subject: str, name: str, body: str, invitation: str) -> None:
    content = mail(subject, name, body, invitation)
    old = message_from_bytes(content)
    new = message_from_bytes(content, policy=default)
    assert str(make_header(decode_header(old["subject"]))) == new["subject"] == subject
    for header in ("from", "to"):
        encoded, address = parseaddr(old[header])
        assert (str(make_header(decode_header(encoded))), address) == (name, "a@example.com")
    part = cast(EmailMessage, new.get_body(("plain",)))
    assert cast(bytes, part.get_payload(decode=True)).decode() == body


def test_a_key_makes_one_name_in_the_senders_domain() -> None:
    names = {made_from("key", "ann@Bücher.example"), made_from("key", "bob@bücher.example")}
    (name,) = names
    assert name.endswith("@xn--bcher-kva.example")
    assert made_from("other key", "ann@bücher.example") != name
