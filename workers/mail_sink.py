"""`python -m workers.mail_sink`: an SMTP server that keeps every mail in a maildir and passes none on.

A mail that it accepted is a mail kept: the answer 250 goes out when the file is on disk.
"""

import argparse
import asyncio
import mailbox
import os
import signal
import sys
from email.header import Header
from pathlib import Path

from aiosmtpd.smtp import SMTP, Envelope, Session

SIZE_LIMIT = 10 * 1024 * 1024
"""Largest mail taken, in bytes; announced with SIZE."""

FROM_HEADER = "X-Envelope-From"
TO_HEADER = "X-Envelope-To"
"""Whom the mail was really sent to, one header each: the mail's own To may say something else."""


class KeepInMaildir:
    """Handler for aiosmtpd: one file for each mail, the envelope before its headers, the content as it came.

    Line ends become the file's own (LF), as in every maildir.
    """

    def __init__(self, folder: Path) -> None:
        """Makes the maildir where it is missing. Raises OSError."""
        for part in ("tmp", "new", "cur"):
            (folder / part).mkdir(parents=True, exist_ok=True, mode=0o700)
        self._folder = folder
        self._maildir = mailbox.Maildir(folder)

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        """Keep the mail; the SMTP answer says whether it is kept."""
        try:
            # Written in one go, without an await: a client that hangs up cannot leave half of it undone.
            self._maildir.add(_with_envelope(envelope))
            _sync(self._folder / "new")
        except OSError as error:
            print(f"mail_sink: {self._folder} cannot keep a mail: {error.strerror}", file=sys.stderr, flush=True)
            return "452 4.3.1 it cannot be kept now, try again later"
        return "250 2.0.0 kept"


def _with_envelope(envelope: Envelope) -> bytes:
    people = [(FROM_HEADER, envelope.mail_from or "<>"), *((TO_HEADER, address) for address in envelope.rcpt_tos)]
    headers = "".join(f"{name}: {_printable(address)}\n" for name, address in people)
    return headers.encode("ascii") + (envelope.original_content or b"").replace(b"\r\n", b"\n")


def _printable(address: str) -> str:
    """The address as one line of ASCII: letters beyond it encoded as in any header (RFC 2047)."""
    line = "".join(c for c in address.encode(errors="replace").decode() if c.isprintable())
    return line if line.isascii() else Header(line, "utf-8", maxlinelen=10_000).encode()


def _sync(folder: Path) -> None:
    """Make the new name in the folder last: the file's own fsync does not cover it."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


async def serve(host: str, port: int, folder: Path) -> None:
    """Take mail until SIGTERM or Ctrl-C. Port 0 takes a free one. Raises OSError."""
    loop = asyncio.get_running_loop()
    ended = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, ended.set)
    handler = KeepInMaildir(folder)

    def session() -> SMTP:
        # The host's full name would be looked up, which takes seconds where no name server answers.
        return SMTP(handler, data_size_limit=SIZE_LIMIT, enable_SMTPUTF8=True, hostname="localhost", loop=loop)

    server = await loop.create_server(session, host, port)
    print(f"smtp://{host}:{server.sockets[0].getsockname()[1]} keeps mail in {folder}", flush=True)
    await ended.wait()
    server.close()


def main() -> int:
    """Returns the exit code: 2 where the port is taken or the folder cannot be written."""
    parser = argparse.ArgumentParser(prog="python -m workers.mail_sink", description="Keep every mail in a maildir.")
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=0, help="0 takes a free one")
    parser.add_argument("--maildir", type=Path, required=True)
    args = parser.parse_args()
    try:
        asyncio.run(serve(args.host, args.port, args.maildir))
    except OSError as error:
        print(f"mail_sink: {error.strerror or error} (--port {args.port}, --maildir {args.maildir})", file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
