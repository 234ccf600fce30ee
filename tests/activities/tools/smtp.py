"""A real SMTP server that keeps what it takes, and fails where a test tells it to."""

import asyncio
import ssl
import warnings
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, closing
from dataclasses import dataclass, field
from typing import Any

from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session

Answer = Callable[[SMTP], Awaitable[str]]
Manner = Callable[[asyncio.StreamReader], Awaitable[None]]


@dataclass
class Mailbox:
    """Handler for aiosmtpd. `answers` names a stage (MAIL, RCPT, DATA) and what is said there instead of yes."""

    answers: dict[str, str | Answer] = field(default_factory=dict)
    kept: list[bytes] = field(default_factory=list)
    envelopes: list[tuple[str | None, list[str]]] = field(default_factory=list)
    logins: list[tuple[bytes, bool]] = field(default_factory=list)
    """Each user that logged in, and whether TLS was on."""
    port: int = 0

    @property
    def url(self) -> str:
        """As in SIGNOFF_SMTP_URL."""
        return f"smtp://127.0.0.1:{self.port}"

    async def _answer(self, stage: str, server: SMTP) -> str | None:
        answer = self.answers.get(stage)
        return answer if answer is None or isinstance(answer, str) else await answer(server)

    async def handle_EHLO(self, server: SMTP, session: Session, envelope: Envelope, name: str, lines: list[str]) -> Any:
        """The capabilities, or a refusal."""
        session.host_name = name
        answer = await self._answer("EHLO", server)
        return lines if answer is None else [answer]

    async def handle_HELO(self, server: SMTP, session: Session, envelope: Envelope, name: str) -> str:
        """What a client tries that was refused with EHLO."""
        session.host_name = name
        return await self._answer("EHLO", server) or "250 localhost"

    async def handle_MAIL(
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        """Who writes."""
        envelope.mail_from = address
        return await self._answer("MAIL", server) or "250 OK"

    async def handle_RCPT(
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        """To whom."""
        envelope.rcpt_tos.append(address)
        return await self._answer("RCPT", server) or "250 OK"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        """The mail. It is kept before anything is said, as a server does whose answer is lost."""
        assert isinstance(envelope.content, bytes)
        answer = self.answers.get("DATA")
        if not isinstance(answer, str):
            self.kept.append(envelope.content)
            self.envelopes.append((envelope.mail_from, envelope.rcpt_tos))
        return await self._answer("DATA", server) or "250 OK"

    def authenticate(
        self, server: SMTP, session: Session, envelope: Envelope, how: str, who: LoginPassword
    ) -> AuthResult:
        """Any user whose password is `pa@ss`."""
        self.logins.append((who.login, session.ssl is not None))
        return AuthResult(success=who.password == b"pa@ss", handled=False)


@asynccontextmanager
async def smtp_server(
    mailbox: Mailbox, *, tls: ssl.SSLContext | None = None, implicit: ssl.SSLContext | None = None, login: bool = False
) -> AsyncIterator[Mailbox]:
    """Serve `mailbox`. `tls` offers STARTTLS, `implicit` speaks TLS from the start, `login` asks for a password."""
    loop = asyncio.get_running_loop()
    wanted: dict[str, Any] = {"authenticator": mailbox.authenticate, "auth_require_tls": False} if login else {}

    def session() -> SMTP:
        with warnings.catch_warnings():
            # aiosmtpd warns of passwords in the clear, which some of these tests are about.
            warnings.simplefilter("ignore", UserWarning)
            return SMTP(mailbox, hostname="localhost", loop=loop, tls_context=tls, auth_required=login, **wanted)

    server = await loop.create_server(session, "127.0.0.1", 0, ssl=implicit)
    mailbox.port = server.sockets[0].getsockname()[1]
    try:
        yield mailbox
    finally:
        server.close()


async def hang_up(server: SMTP) -> str:
    """The connection is cut."""
    assert isinstance(server.transport, asyncio.WriteTransport)
    server.transport.abort()
    return "250 never read"


async def say_nothing(server: SMTP) -> str:
    """The server hangs until the client gives up; then aiosmtpd cancels this."""
    await asyncio.Event().wait()
    return "250 never read"


async def hear_nothing(reader: asyncio.StreamReader) -> None:
    """Not a word."""


async def hear_out(reader: asyncio.StreamReader) -> None:
    """Until the client hangs up."""
    await reader.read()


async def read_no_more(reader: asyncio.StreamReader) -> None:
    """What the client writes stays where it is, until the server ends."""
    await asyncio.Event().wait()


@asynccontextmanager
async def raw_server(*lines: bytes | Manner) -> AsyncIterator[str]:
    """A server that says one line after another, whatever it hears, and then hangs up; yields its URL."""

    talks: list[asyncio.Task[None] | None] = []

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        talks.append(asyncio.current_task())
        with closing(writer):
            for line in lines:
                if isinstance(line, bytes):
                    writer.write(line)
                    await reader.readline()
                else:
                    await line(reader)

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    try:
        yield f"smtp://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    finally:
        server.close()
        for talk in talks:
            assert talk
            talk.cancel()
