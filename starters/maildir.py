"""Reading the mail sink's maildir: what was really sent."""

import email.policy
from email import message_from_bytes
from email.message import EmailMessage
from pathlib import Path


def find_mail(maildir: Path, message_id: str) -> EmailMessage | None:
    """The mail with that Message-ID; None where it is not there."""
    for folder in ("new", "cur"):
        for path in sorted((maildir / folder).glob("*")):
            mail = message_from_bytes(path.read_bytes(), policy=email.policy.default)
            if str(mail["Message-ID"]).strip() == message_id:
                return mail
    return None


def mail_text(mail: EmailMessage) -> str:
    """The headers that people read, the text, and the names of what is attached."""
    headers = [f"{name}: {mail[name]}" for name in ("From", "To", "Date", "Subject", "Message-ID") if mail[name]]
    body = mail.get_body(("plain",))
    attached = [part.get_filename() or part.get_content_type() for part in mail.walk() if _is_attached(part)]
    last = [f"\nAttached: {', '.join(attached)}"] if attached else []
    return "\n".join((*headers, "", str(body.get_content()).rstrip() if body else "", *last))


def _is_attached(part: EmailMessage) -> bool:
    return not part.is_multipart() and part.get_content_type() not in ("text/plain", "text/html")
