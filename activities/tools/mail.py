"""Sending mail: once, and exactly what was approved."""

from datetime import UTC, datetime, timedelta

from temporalio import activity

from activities.effects import Deed, Unseen, once
from activities.hold import Hold
from activities.stores.database import Database
from activities.stores.ledger import Ledger
from activities.tools.mail_message import as_bytes, ascii_address, made_from
from activities.tools.mail_probe import mail_probe
from activities.tools.mail_transport import SmtpServer
from contracts.errors import ToolFailed
from contracts.mail import SEND_EMAIL, Email, MailPort, SentMail
from contracts.tools import Act, Receipt
from runtime.settings import Settings

LIMIT = timedelta(seconds=45)
"""How long handing over one mail may take."""


class MailActivities(MailPort):
    """Mail by SMTP."""

    def __init__(self, settings: Settings, database: Database, limit: timedelta = LIMIT) -> None:
        """`settings` name the mail server and the probe; `database` keeps the ledger."""
        self._ledger = Ledger(database)
        self._server = SmtpServer(settings.smtp_url) if settings.smtp_url else None
        self._probe = mail_probe(settings.mail_probe) if settings.mail_probe else None
        self._delay = settings.mail_delay
        self._limit = limit

    @activity.defn(name="mail.send")
    async def send(self, act: Act[Email]) -> Receipt[SentMail]:
        """Send one mail, once.

        Raises NotApproved, OutcomeUnknown, ToolUnavailable (nothing went out), ToolFailed (the server refused for
        good).
        """
        email = act.argument
        message_id = f"<{made_from(act.key, email.sender.email)}>"
        deed = Deed(
            tool="mail.send",
            effect=SEND_EMAIL.effect,
            presumed=SentMail(message_id=message_id, to=email.to.email, accepted_at=None),
            visible_within=self._delay,
            perform=lambda hold: self._deliver(email, message_id, hold),
            probe=self._look_up if self._probe else None,
            repeatable=False,
        )
        return await once(self._ledger, act, deed)

    async def _deliver(self, email: Email, message_id: str, hold: Hold) -> SentMail:
        if self._server is None:
            raise ToolFailed("there is no mail server: set SIGNOFF_SMTP_URL, like smtp://HOST:25")
        message = as_bytes(email, message_id, datetime.now(UTC))
        sender, recipient = ascii_address(email.sender.email), ascii_address(email.to.email)
        await self._server.deliver(message, sender, recipient, limit=self._limit, act=hold.act)
        return SentMail(message_id=message_id, to=email.to.email, accepted_at=datetime.now(UTC))

    async def _look_up(self, presumed: SentMail) -> SentMail | Unseen:
        assert self._probe is not None
        seen = await self._probe(presumed.message_id)
        return seen if isinstance(seen, Unseen) else presumed.model_copy(update={"accepted_at": seen})
