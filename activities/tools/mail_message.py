"""One mail as bytes. The text that was approved arrives as it was approved, to the last byte and blank.

`EmailMessage` is not used: it drops or adds a last line break, decodes a subject that looks like an encoded word, and
puts blanks between the encoded words of a long name.
"""

import binascii
import hashlib
from datetime import datetime
from email.header import Header
from email.message import Message
from email.mime.multipart import MIMEMultipart
from email.mime.nonmultipart import MIMENonMultipart
from email.policy import compat32
from email.utils import format_datetime, quote

from email_validator import validate_email

from contracts.crm import Person
from contracts.errors import ToolFailed
from contracts.mail import Email

_ON_THE_WIRE = compat32.clone(linesep="\r\n", max_line_length=None)
"""Headers are folded here already: folding them again could change blanks."""
_PLAIN_LENGTH = 60
"""A longer text goes as encoded words (RFC 2047), between which a fold is no blank."""


def made_from(key: str, address: str) -> str:
    """`HASH@DOMAIN`: unique in the world, the same for the same key, which it does not tell."""
    domain = validate_email(address, check_deliverability=False).ascii_domain
    return f"{hashlib.sha256(key.encode()).hexdigest()[:32]}@{domain}"


def ascii_address(address: str) -> str:
    """The address as every mail server takes it, its domain in ASCII (RFC 5891). Raises ToolFailed."""
    plain = validate_email(address, check_deliverability=False).ascii_email
    if plain is None:
        raise ToolFailed(f"cannot write to or from {address}: letters outside ASCII before the @ are not supported")
    return plain


def as_bytes(email: Email, message_id: str, date: datetime) -> bytes:
    """The whole message (RFC 5322), in 7-bit lines that end with CRLF. `message_id` has its angle brackets.

    Raises ToolFailed.
    """
    text = _text_part(email.body)
    message = _with_invitation(text, email.invitation) if email.invitation else text
    message["From"] = _mailbox(email.sender, "From").encode()
    message["To"] = _mailbox(email.to, "To").encode()
    message["Subject"] = _words(email.subject, "Subject").encode()
    message["Date"] = format_datetime(date)
    message["Message-ID"] = message_id
    flat: bytes = message.as_bytes(policy=_ON_THE_WIRE)
    return flat


def _text_part(body: str) -> Message:
    """Quoted-printable by hand. A soft line break at the end keeps the end: SMTP would add a line break of its own."""
    part = MIMENonMultipart("text", "plain", charset="utf-8")
    part["Content-Transfer-Encoding"] = "quoted-printable"
    lines = binascii.b2a_qp(body.encode(), istext=True).decode("ascii")
    part.set_payload(lines if lines.endswith("\n") else f"{lines}=\n")
    return part


def _with_invitation(text: Message, ics: str) -> Message:
    """Mail programs that know iMIP (RFC 6047) offer to answer the alternative; the others show a file."""
    alternative = MIMEMultipart("alternative")
    alternative.attach(text)
    alternative.attach(_base64_part("text", "calendar", ics, method="REQUEST", charset="utf-8"))
    mixed = MIMEMultipart("mixed")
    mixed.attach(alternative)
    file = _base64_part("application", "ics", ics, name="invitation.ics")
    file.add_header("Content-Disposition", "attachment", filename="invitation.ics")
    mixed.attach(file)
    return mixed


def _base64_part(kind: str, subkind: str, content: str, **parameters: str) -> Message:
    part = MIMENonMultipart(kind, subkind)
    for name, value in parameters.items():
        part.set_param(name, value)
    part["Content-Transfer-Encoding"] = "base64"
    encoded = binascii.b2a_base64(content.encode(), newline=False).decode("ascii")
    part.set_payload("\n".join(encoded[at : at + 76] for at in range(0, len(encoded), 76)) + "\n")
    return part


def _words(text: str, header: str) -> Header:
    return Header(text, "us-ascii" if _is_plain(text) else "utf-8", header_name=header)


def _mailbox(person: Person, header: str) -> Header:
    if not person.name.isprintable():
        raise ToolFailed(f"the name of {person.email} holds a line break or a control character")
    quoted = f'"{quote(person.name)}"'
    value = _words(quoted if _is_plain(quoted) else person.name, header)
    value.append(f"<{ascii_address(person.email)}>", "us-ascii")
    return value


def _is_plain(text: str) -> bool:
    # A text that looks like an encoded word would be decoded by the reader.
    return text.isascii() and len(text) <= _PLAIN_LENGTH and "=?" not in text
