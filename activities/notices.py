"""Telling people that they are waited for: by mail, and by a signed POST to a chat tool."""

import asyncio
import hashlib
import hmac
import time
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from email.utils import parseaddr
from functools import partial
from urllib.parse import urlsplit

import httpx2
from temporalio import activity

from activities.approvers import ApproversFile
from activities.llm.waiting import wanted_wait
from activities.notice_text import hook_body, mail_body, mail_subject, notice_id
from activities.tools.http_transport import CutOff, Wire
from activities.tools.mail_message import as_bytes, ascii_address, made_from
from activities.tools.mail_transport import SmtpServer
from contracts.approvers import Notice, NoticesPort
from contracts.crm import Person
from contracts.errors import OutcomeUnknown, SignoffError, ToolFailed, ToolUnavailable
from contracts.gates import canonical
from contracts.mail import Email
from runtime.approvers import Approvers
from runtime.settings import Settings

LIMIT = timedelta(seconds=15)
"""Of one mail, or one POST."""

_AT_ONCE = 8
_REMEMBERED = 10_000
_LATER = {408, 425, 429}
_AUTOMATIC = b"Auto-Submitted: auto-generated\r\n"
"""So that nobody's holiday program answers (RFC 3834)."""


class NoticesActivities(NoticesPort):
    """Mails through SIGNOFF_SMTP_URL, and the webhook of the file of approvers."""

    def __init__(self, settings: Settings, limit: timedelta = LIMIT) -> None:
        self._file = ApproversFile(settings)
        self._server = SmtpServer(settings.smtp_url) if settings.smtp_url else None
        self._secret = settings.webhook_secret
        self._wire = Wire(limit.total_seconds())
        self._limit = limit
        self._told: dict[str, None] = {}
        """Ids of what went out: an attempt after one that failed halfway tells only those who have not heard."""

    async def close(self) -> None:
        """Let go of what was opened."""
        await self._wire.close()

    @activity.defn(name="notices.send")
    async def send(self, notice: Notice) -> None:
        """Tell everybody whom the notice is for. Raises ToolUnavailable, ToolFailed; the others have been told."""
        found = await self._file.read()
        if found is None:
            return
        turns = asyncio.Semaphore(_AT_ONCE)

        async def once(name: str, sending: Callable[[], Awaitable[None]]) -> SignoffError | None:
            one = notice_id(notice, name)
            async with turns:
                return None if one in self._told else await self._tried(one, sending)

        people = addressees(found, notice)
        sendings = [once(name, partial(self._mail, notice, found, name, email)) for name, email in people.items()]
        if hook := found.notices.webhook:
            sendings.append(once("", partial(self._post, notice, found, hook)))
        problems = [problem for problem in await asyncio.gather(*sendings) if problem]
        if problems:
            # One that may be told yet is worth another attempt.
            worst = next((one for one in problems if one.retryable), problems[0])
            said = f"{len(problems)} of {len(sendings)} notices did not go out: {worst.message}"
            raise type(worst)(said, wait=worst.next_retry_delay)

    async def _tried(self, one: str, sending: Callable[[], Awaitable[None]]) -> SignoffError | None:
        try:
            await sending()
        except OutcomeUnknown as unknown:
            return ToolUnavailable(unknown.message)  # heard twice is better than not at all
        except SignoffError as problem:
            return problem
        self._told[one] = None
        if len(self._told) > _REMEMBERED:
            del self._told[next(iter(self._told))]
        return None

    async def _mail(self, notice: Notice, found: Approvers, name: str, email: str) -> None:
        if self._server is None:
            raise ToolFailed("there is no mail server: set SIGNOFF_SMTP_URL, like smtp://HOST:25")
        sender = _sender(found)
        message = Email(
            to=Person(name=name, email=email),
            sender=sender,
            subject=mail_subject(notice),
            body=mail_body(notice, found.notices.inbox, name),
            invitation="",
            drafted_by="template",
        )
        message_id = f"<{made_from(notice_id(notice, name), sender.email)}>"
        content = _AUTOMATIC + as_bytes(message, message_id, datetime.now(UTC))
        addresses = ascii_address(sender.email), ascii_address(email)
        await self._server.deliver(content, *addresses, limit=self._limit, act=_at_once)

    async def _post(self, notice: Notice, found: Approvers, hook: str) -> None:
        if self._secret is None:
            raise ToolFailed("there is no secret to sign with: set SIGNOFF_WEBHOOK_SECRET")
        body = canonical(hook_body(notice, found.notices.inbox))
        stamp = str(int(time.time()))
        secret = self._secret.get_secret_value().encode()
        signature = hmac.new(secret, f"{stamp}.".encode() + body, hashlib.sha256).hexdigest()
        headers = {
            "content-type": "application/json",
            "accept-encoding": "identity",
            "user-agent": "signoff",
            "x-signoff-signature": f"t={stamp},v1={signature}",
        }
        what = f"the webhook at {urlsplit(hook).netloc}"  # its path may be what gives access
        try:
            answer = await self._wire.send("POST", httpx2.URL(hook), headers, body)
        except httpx2.InvalidURL:
            raise ToolFailed(f"{what} has a URL that cannot be used") from None
        except CutOff as cut:
            raise ToolUnavailable(f"{what} was asked, and cut off ({cut})") from None
        if 200 <= answer.status < 300:
            return
        said = f"{what} answered {answer.status}"
        if answer.status in _LATER or answer.status >= 500:
            raise ToolUnavailable(said, wait=wanted_wait(answer.headers))
        raise ToolFailed(f"{said}, a redirect, which is not followed" if 300 <= answer.status < 400 else said)


def addressees(found: Approvers, notice: Notice) -> dict[str, str]:
    """Addresses by name: of those whom the gate waits on, and who have not had their say."""
    if found.notices.sender is None:
        return {}
    card = notice.card
    done = {name.casefold() for name in (*card.approved_by, *card.abstained)}
    asked = (one.name for one in found.among(card.waits_on) if one.name.casefold() not in done)
    emails = {name: found.approvers[name].email for name in asked}
    return {name: email for name, email in emails.items() if email}


def _sender(found: Approvers) -> Person:
    name, address = parseaddr(found.notices.sender or "")
    return Person(name=name or "Signoff", email=address)


async def _at_once() -> None:
    """Nothing has to be asked before a notice goes out."""
