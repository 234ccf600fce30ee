"""Whether a mail went out: looked up by its Message-ID, where mails arrive or are kept."""

import asyncio
import imaplib
import logging
import re
import ssl
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import SplitResult, unquote, urlsplit

from activities.effects import Unseen
from activities.tools.mail_transport import LOOPBACK

MailProbe = Callable[[str], Awaitable[datetime | Unseen]]
"""From a Message-ID, with its angle brackets, to the time at which the mail arrived."""

_TIMEOUT_S = 20
_IMAP_PORT, _IMAPS_PORT = 143, 993
_FIELD = re.compile(rb"^message-id:\s*(<[^>]*>)", re.IGNORECASE | re.MULTILINE)
_LOG = logging.getLogger(__name__)


def mail_probe(where: str) -> MailProbe:
    """The probe that SIGNOFF_MAIL_PROBE names: `maildir:PATH`, `imap://USER:PASSWORD@HOST/MAILBOX` or `imaps://…`.

    It never raises: where it could not look, the answer is UNKNOWN. Only NOT_FOUND lets a mail be sent again, so the
    place must be one in which a copy of every mail that goes out arrives within SIGNOFF_MAIL_DELAY.
    """

    async def probe(message_id: str) -> datetime | Unseen:
        look = _in_maildir if where.startswith("maildir:") else _in_mailbox
        try:
            return await asyncio.to_thread(look, where, message_id)
        except (OSError, ValueError, imaplib.IMAP4.error) as error:
            _LOG.warning("SIGNOFF_MAIL_PROBE could not be looked at: %s", type(error).__name__)
            return Unseen.UNKNOWN

    return probe


def _in_maildir(where: str, message_id: str) -> datetime | Unseen:
    """`new` before `cur`: a mail that is read meanwhile moves from the one to the other."""
    folder = Path(where.removeprefix("maildir:"))
    for part in ("new", "cur"):
        for file in (folder / part).iterdir():
            try:
                if _message_id(file) == message_id.encode():
                    return datetime.fromtimestamp(file.stat().st_mtime, UTC)
            except FileNotFoundError:
                if part == "cur":  # renamed when it was flagged: it may have been the one
                    return Unseen.UNKNOWN
    return Unseen.NOT_FOUND


def _message_id(file: Path) -> bytes | None:
    """The header's field, read no further than the header's end."""
    head = b""
    with file.open("rb") as lines:
        for line in lines:
            if not line.strip():
                break
            head += line
    found = _FIELD.search(head)
    return found[1] if found else None


def _in_mailbox(where: str, message_id: str) -> datetime | Unseen:
    """By IMAP (RFC 3501), without changing anything."""
    parts = urlsplit(where)
    with _connect(parts) as server:
        server.login(unquote(parts.username or ""), unquote(parts.password or ""))
        mailbox = unquote(parts.path.lstrip("/")) or "INBOX"
        _checked(server.select(_quoted(mailbox), readonly=True))
        found = _checked(server.uid("SEARCH", "HEADER", "Message-ID", _quoted(message_id)))
        uids = (found[0] or b"").split()
        if not uids:
            return Unseen.NOT_FOUND
        return _arrival(_checked(server.uid("FETCH", uids[0].decode(), "(INTERNALDATE)"))[0])


def _connect(parts: SplitResult) -> imaplib.IMAP4:
    host = parts.hostname or ""
    # imaplib's own default does not look at certificates.
    tls = ssl.create_default_context()
    if parts.scheme == "imaps":
        return imaplib.IMAP4_SSL(host, parts.port or _IMAPS_PORT, ssl_context=tls, timeout=_TIMEOUT_S)
    server = imaplib.IMAP4(host, parts.port or _IMAP_PORT, timeout=_TIMEOUT_S)
    if "STARTTLS" in server.capabilities:
        server.starttls(tls)
    elif host not in LOOPBACK:
        server.shutdown()
        raise ValueError("no TLS, so the password is not sent")
    return server


def _checked(answer: tuple[str, list[Any]]) -> list[Any]:
    kind, lines = answer
    if kind != "OK":
        raise imaplib.IMAP4.error(kind)
    return lines


def _arrival(fetched: bytes) -> datetime:
    date = re.search(r'INTERNALDATE "([^"]+)"', fetched.decode("ascii"))
    if date is None:
        raise ValueError("no INTERNALDATE")
    return datetime.strptime(date[1].strip(), "%d-%b-%Y %H:%M:%S %z").astimezone(UTC)


def _quoted(text: str) -> str:
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'
