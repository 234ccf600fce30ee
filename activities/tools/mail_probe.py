"""Whether a mail went out: looked up by its Message-ID, where mails arrive or are kept."""

import asyncio
import imaplib
import re
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import unquote, urlsplit

from activities.effects import Unseen

MailProbe = Callable[[str], Awaitable[datetime | Unseen]]
"""From a Message-ID, with its angle brackets, to the time at which the mail arrived."""

_TIMEOUT_S = 20
_INBOX = "INBOX"


def mail_probe(where: str | None) -> MailProbe:
    """The probe that SIGNOFF_MAIL_PROBE names: `maildir:PATH`, `imap://USER:PASSWORD@HOST/MAILBOX`, `imaps://…`.

    It never raises. What it could not look at is UNKNOWN: only NOT_FOUND lets a mail be sent again.
    """
    if where is None:
        return _ask_a_person
    kind, _, path = where.partition(":")
    look: Callable[[str], datetime | Unseen]
    if kind == "maildir":
        folder = Path(path)

        def look(message_id: str) -> datetime | Unseen:
            return look_in_maildir(folder, message_id)
    else:

        def look(message_id: str) -> datetime | Unseen:
            return look_in_imap(where, message_id)

    return lambda message_id: asyncio.to_thread(look, message_id)
