"""One mail to one SMTP server, with an exact answer to "was it taken?"."""

import asyncio
import ssl
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import timedelta
from urllib.parse import unquote, urlsplit

import aiosmtplib
from aiosmtplib.protocol import SMTPProtocol

from activities.tools.mail_text import MailText
from contracts.errors import OutcomeUnknown, ToolFailed, ToolUnavailable

Act = Callable[[], Awaitable[None]]

_START_INPUT = 354
LOOPBACK = {"localhost", "127.0.0.1", "::1"}


class SmtpServer:
    """`smtp://[USER:PASSWORD@]HOST[:PORT]`, with STARTTLS where it is offered, or `smtps://…`."""

    def __init__(self, url: str) -> None:
        """`url` as in SIGNOFF_SMTP_URL."""
        parts = urlsplit(url)
        self._tls = parts.scheme == "smtps"
        self._host = parts.hostname or ""
        self._port = parts.port or (aiosmtplib.smtp.SMTP_TLS_PORT if self._tls else aiosmtplib.smtp.SMTP_PORT)
        self._login = (unquote(parts.username), unquote(parts.password or "")) if parts.username else None

    @property
    def name(self) -> str:
        """HOST:PORT."""
        return f"{self._host}:{self._port}"

    async def deliver(self, message: bytes, sender: str, recipient: str, *, limit: timedelta, act: Act) -> None:
        """Hand over one message. `act` is awaited right before the end of its text, and may raise instead.

        Raises ToolUnavailable or ToolFailed (nothing was taken) and OutcomeUnknown (the message was handed over, and
        no answer came within `limit`).
        """
        deadline = asyncio.get_running_loop().time() + limit.total_seconds()
        # Looking up this host's full name takes seconds where no name server answers.
        us = "localhost" if self._host in LOOPBACK else None
        client = aiosmtplib.SMTP(
            hostname=self._host, port=self._port, use_tls=self._tls, local_hostname=us, timeout=None
        )
        try:
            with self._nothing_taken():
                async with asyncio.timeout_at(deadline):
                    text = MailText(await self._prepare(client, sender, recipient), message)
                    await text.write()
                    await act()
                    answer = text.end()
            await self._verdict(answer, deadline)
            with suppress(aiosmtplib.SMTPException, OSError):  # the mail is taken, whatever comes now
                async with asyncio.timeout_at(deadline):
                    await client.quit()
        finally:
            # Closed, it would still send what is waiting to be sent.
            if isinstance(client.transport, asyncio.WriteTransport):
                client.transport.abort()
            client.close()

    async def _prepare(self, client: aiosmtplib.SMTP, sender: str, recipient: str) -> SMTPProtocol:
        """Everything before the message itself; the connection that it is written to."""
        await client.connect()
        if self._login:
            secure = client.get_transport_info("sslcontext") is not None
            if not secure and self._host not in LOOPBACK:
                raise ToolFailed(
                    f"the mail server {self.name} offers no TLS, so the password was not sent: use smtps://"
                )
            await client.login(*self._login)
        await client.mail(sender)
        await client.rcpt(recipient)
        response = await client.execute_command(b"DATA")
        if response.code != _START_INPUT:
            raise aiosmtplib.SMTPDataError(response.code, response.message)
        assert client.protocol is not None
        return client.protocol

    async def _verdict(self, answer: Awaitable[aiosmtplib.SMTPResponse], deadline: float) -> None:
        """What the server says to the whole message."""
        try:
            async with asyncio.timeout_at(deadline):
                response = await answer
        except (aiosmtplib.SMTPException, OSError, TimeoutError) as error:
            raise OutcomeUnknown(
                f"the mail server {self.name} was handed the mail and gave no answer ({type(error).__name__})"
            ) from None
        if not 200 <= response.code < 300:
            raise self._refusal(response.code, response.message)

    @contextmanager
    def _nothing_taken(self) -> Iterator[None]:
        """Whatever goes wrong before the end of the message was written: nothing went out."""
        try:
            yield
        except aiosmtplib.SMTPAuthenticationError as error:
            # The server's words may repeat what it was sent.
            raise self._refusal(error.code, "the login was refused: check SIGNOFF_SMTP_URL") from None
        except aiosmtplib.SMTPResponseException as error:
            raise self._refusal(error.code, error.message) from None
        except (OSError, TimeoutError) as error:  # aiosmtplib's errors of the connection are OSErrors too
            if ssl.SSLCertVerificationError in (type(error), type(error.__cause__)):
                raise ToolFailed(f"the certificate of the mail server {self.name} cannot be trusted") from None
            why = "no answer in time" if isinstance(error, TimeoutError) else one_line(str(error))
            raise ToolUnavailable(
                f"the mail server {self.name} was lost or not reached ({why}); nothing was sent"
            ) from None
        except aiosmtplib.SMTPException as error:
            raise ToolFailed(f"the mail server {self.name} cannot do it: {one_line(str(error))}") from None

    def _refusal(self, code: int, words: str) -> ToolUnavailable | ToolFailed:
        said = f"the mail server {self.name} refused: {code} {one_line(words)}"
        return ToolUnavailable(f"{said}; nothing was sent") if code < 500 else ToolFailed(said)


def one_line(text: str) -> str:
    """The first 200 printable characters of what somebody else said."""
    return "".join(c if c.isprintable() else " " for c in text)[:200].strip()
