"""A worker that tells people what waits for them, with a mail server and a chat tool."""

from datetime import UTC, datetime, timedelta
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from pathlib import Path
from typing import Any

from activities.notices import NoticesActivities
from contracts.approvers import Notice
from contracts.gates import Card, GateKind
from runtime.settings import load_settings
from tests.activities.tools.smtp import Mailbox
from tests.activities.tools.web import Web

SECRET = "s3cret-word"
PEOPLE = """
[approvers.ann]
roles = ["lead"]
email = "ann@example.com"
[approvers.bob]
roles = ["lead"]
email = "bob@example.com"
[approvers."Zoë O'Neil, Jr"]
email = "zoe@example.com"
[approvers.dave]
roles = ["lead"]
[notices]
inbox = "https://signoff.example.com/"
"""
MAILS = 'from = "Signoff <signoff@example.com>"\n'
NOW = datetime(2026, 11, 21, 10, tzinfo=UTC)
RUN = "sales-follow-up/lead-007/2026-11-21 & more?"


def notice(told: Any = "opened", **changes: Any) -> Notice:
    """Of one gate that waits for a lead."""
    card = Card(
        gate="review-email",
        kind=GateKind.APPROVAL,
        question="Send this mail to Zoë (Groß & Söhne)?",
        digest="d" * 64,
        deadline=NOW + timedelta(hours=48),
        opened_at=NOW,
        waits_on=("role:lead",),
        needed=2,
    )
    about = card.model_copy(update=changes)
    return Notice(kind=told, workflow_id=RUN, process="sales-follow-up", card=about)


class Desk:
    """A worker's notices; its file names a mail server's sender, a webhook, or both."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.mailbox = Mailbox()
        self.web = Web()
        self.activities: list[NoticesActivities] = []

    def teller(self, toml: str = MAILS, people: str = PEOPLE, **more: str) -> NoticesActivities:
        """As a worker with this file has it."""
        (self.folder / "people.toml").write_text(people + toml, encoding="utf-8")
        flags = {"SIGNOFF_APPROVERS": "people.toml", "SIGNOFF_SMTP_URL": self.mailbox.url}
        settings = load_settings(flags | {"SIGNOFF_WEBHOOK_SECRET": SECRET} | more, self.folder)
        self.activities.append(NoticesActivities(settings, timedelta(seconds=2)))
        return self.activities[-1]

    def hook(self) -> str:
        """The line that names the webhook, whose path gives access."""
        return f'webhook = "{self.web.url}/hook-token"\n'

    def mails(self) -> dict[str, EmailMessage]:
        """By recipient; each has got one."""
        assert all(len(to) == 1 for _, to in self.mailbox.envelopes)
        found = zip([to for _, (to,) in self.mailbox.envelopes], self.mailbox.kept, strict=True)
        mails = {to: message_from_bytes(content, policy=default) for to, content in found}
        assert len(mails) == len(self.mailbox.kept)
        return mails
