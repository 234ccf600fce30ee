"""The fault table of mail, a row for each: what the mail server does, what that means, what went out."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

import pytest

from activities.stores.database import Database
from activities.stores.entries import State, find_entry
from activities.tools.mail import MailActivities
from contracts.errors import OutcomeUnknown, SignoffError, ToolFailed, ToolUnavailable
from contracts.mail import Email
from contracts.tools import Outcome
from runtime.settings import load_settings
from tests.activities.servers import free_port
from tests.activities.tools.smtp import (
    Answer,
    Mailbox,
    Manner,
    hang_up,
    hear_nothing,
    hear_out,
    raw_server,
    read_no_more,
    say_nothing,
    smtp_server,
)
from tests.activities.tools.test_mail import EMAIL, approved

SHORT = timedelta(seconds=0.3)
"""For servers that say nothing."""

HELLO, YES = b"220 hello\r\n", b"250 ok\r\n"
TO_DATA = (HELLO, YES, YES, YES)
"""Up to the recipient, who is accepted."""
INTO_TEXT = (*TO_DATA, b"354 go on\r\n")
"""Up to the first line of the text."""

LONG = EMAIL.model_copy(update={"body": "words\n" * 3_000_000})
"""More than all buffers on the way hold."""


@dataclass(frozen=True)
class Row:
    """One fault: answers of a server at its stages, or lines of one that says them whatever it hears."""

    error: type[SignoffError]
    says: str
    answers: dict[str, str | Answer] = field(default_factory=dict)
    lines: tuple[bytes | Manner, ...] | None = None
    kept: int = 0
    """How many mails the server has taken all the same."""
    email: Email = EMAIL

    @property
    def silent(self) -> bool:
        """Whether the server makes the client wait."""
        return say_nothing in self.answers.values() or read_no_more in (self.lines or ())


def refused(stage: str, line: str, error: type[SignoffError]) -> Row:
    """A server that says no."""
    return Row(error, rf"127\.0\.0\.1:\d+ refused: {line[:3]}", {stage: line})


ROWS = {
    "connection refused": Row(ToolUnavailable, "not reached", lines=()),
    "hung up at once": Row(ToolUnavailable, "nothing was sent", lines=(hear_nothing,)),
    "not SMTP": Row(ToolUnavailable, "nothing was sent", lines=(b"\x00\xff garbage\r\n",)),
    "4xx at the greeting": Row(ToolUnavailable, "refused: 421", lines=(b"421 busy\r\n",)),
    "5xx at the greeting": Row(ToolFailed, "refused: 554", lines=(b"554 go away\r\n",)),
    "4xx at EHLO": refused("EHLO", "451 later", ToolUnavailable),
    "5xx at EHLO": refused("EHLO", "550 never", ToolFailed),
    "timeout at EHLO": Row(ToolUnavailable, "no answer in time", {"EHLO": say_nothing}),
    "4xx at MAIL": refused("MAIL", "451 later", ToolUnavailable),
    "5xx at MAIL": refused("MAIL", "550 never", ToolFailed),
    "timeout at MAIL": Row(ToolUnavailable, "no answer in time", {"MAIL": say_nothing}),
    "greylisting: 450 at RCPT": refused("RCPT", "450 4.7.1 greylisted, try again", ToolUnavailable),
    "greylisting: 451 at RCPT": refused("RCPT", "451 4.7.1 greylisted, try again", ToolUnavailable),
    "recipient refused: 550 at RCPT": refused("RCPT", "550 5.1.1 no such user", ToolFailed),
    "recipient refused: 552 at RCPT": refused("RCPT", "552 5.2.2 mailbox full", ToolFailed),
    "timeout before DATA": Row(ToolUnavailable, "no answer in time", {"RCPT": say_nothing}),
    "hung up before DATA": Row(ToolUnavailable, "nothing was sent", lines=TO_DATA),
    "4xx at DATA": Row(ToolUnavailable, "refused: 451", lines=(*TO_DATA, b"451 later\r\n")),
    "5xx at DATA": Row(ToolFailed, "refused: 554", lines=(*TO_DATA, b"554 no\r\n")),
    "4xx within the text": Row(ToolUnavailable, "refused: 452", lines=(*INTO_TEXT, b"452 full\r\n", hear_out)),
    "5xx within the text": Row(ToolFailed, "refused: 552", lines=(*INTO_TEXT, b"552 too much\r\n", hear_out)),
    "timeout within the text": Row(ToolUnavailable, "in time", lines=(*INTO_TEXT, read_no_more), email=LONG),
    "hung up within the text": Row(ToolUnavailable, "was lost", lines=INTO_TEXT, email=LONG),
    "4xx after DATA": refused("DATA", "451 later", ToolUnavailable),
    "421 after DATA": refused("DATA", "421 shutting down", ToolUnavailable),
    "5xx after DATA": refused("DATA", "550 spam", ToolFailed),
    "timeout after DATA": Row(OutcomeUnknown, "was handed the mail and gave no answer", {"DATA": say_nothing}, kept=1),
    "hung up after DATA": Row(OutcomeUnknown, "was handed the mail and gave no answer", {"DATA": hang_up}, kept=1),
}
"""In docs/faults.md, too."""


@asynccontextmanager
async def failing(row: Row, box: Mailbox) -> AsyncIterator[str]:
    """The row's server; yields its URL."""
    if row.lines == ():
        yield f"smtp://ann:secret-word@127.0.0.1:{free_port()}"
    elif row.lines is not None:
        async with raw_server(*row.lines) as url:
            yield url
    else:
        box.answers = dict(row.answers)
        async with smtp_server(box):
            yield box.url


def mail(folder: Path, database: Database, url: str, limit: timedelta = timedelta(seconds=10)) -> MailActivities:
    """As a worker with these settings has it; nobody can look a mail up."""
    return MailActivities(load_settings({"SIGNOFF_SMTP_URL": url}, folder), database, limit)


def state(database: Database) -> State:
    """Of the only effect."""
    entry = database.transact(lambda connection: find_entry(connection, approved().key))
    assert entry
    return entry.state


@pytest.mark.parametrize("row", ROWS.values(), ids=ROWS)
async def test_what_a_fault_comes_to(tmp_path: Path, database: Database, row: Row) -> None:
    box = Mailbox()
    async with failing(row, box) as url:
        with pytest.raises(row.error, match=row.says) as caught:
            await mail(tmp_path, database, url, SHORT if row.silent else timedelta(seconds=10)).send(
                approved(row.email)
            )
    assert type(caught.value) is row.error
    assert "\n" not in caught.value.message
    assert "secret-word" not in str(caught.value)
    assert len(box.kept) == row.kept
    unknown = row.error is OutcomeUnknown
    assert state(database) is (State.CLAIMED if unknown else State.RELEASED)
    async with smtp_server(Mailbox()) as well:
        again = mail(tmp_path, database, well.url)
        if unknown:  # nobody sends it again but a person
            with pytest.raises(OutcomeUnknown, match="nobody could look up"):
                await again.send(approved())
        else:
            assert (await again.send(approved())).outcome is Outcome.DONE
    assert len(box.kept) + len(well.kept) == 1
    # One mail has one recipient, so it is never taken for some and refused for others.
    assert {len(recipients) for _, recipients in (*box.envelopes, *well.envelopes)} == {1}


async def test_a_zombies_mail_is_not_handed_over(
    tmp_path: Path, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It woke up when another worker had its claim: the server waits for a text that does not come."""
    async with smtp_server(Mailbox()) as box:
        tool = mail(tmp_path, database, box.url)

        async def lost(*_: object, **__: object) -> bool:
            return False

        monkeypatch.setattr(tool._ledger, "renew", lost)
        with pytest.raises(ToolUnavailable, match="its claim was given up"):
            await tool.send(approved())
    assert box.kept == []
