"""The certificate that a server shows, whether or not anybody vouches for it."""

import asyncio
import os
import re
import socket
import ssl
from contextlib import suppress
from datetime import UTC, datetime
from typing import TypedDict

from cryptography import x509

_LONGEST = 200


class Seen(TypedDict, total=False):
    """The fields of `contracts.diagnose.TlsAnswer` that come from the certificate."""

    subject: str
    issuer: str
    expires: datetime
    days_left: int
    trusted: bool
    problem: str | None


async def seen_certificate(host: str, port: int, limit_s: float) -> Seen:
    """Look at it twice: as it is, and as a client of this machine would take it. Nothing is sent in either."""
    seen = Seen()
    anything = ssl.create_default_context()
    # Only looked at: an expired certificate, or one of nobody's, is what there is to be found.
    anything.check_hostname, anything.verify_mode = False, ssl.CERT_NONE
    try:
        async with asyncio.timeout(limit_s):
            seen = _told(await _shown(host, port, anything))
            await _shown(host, port, ssl.create_default_context())
        seen["trusted"] = True
    except ssl.SSLCertVerificationError as error:
        # Where several things are wrong, OpenSSL names the first that it comes upon.
        expired = seen.get("days_left", 0) < 0
        seen["problem"] = "certificate has expired" if expired else str(error.verify_message)[:_LONGEST]
        seen["trusted"] = False
    except ssl.SSLError:
        seen["problem"] = "it does not speak TLS"
    except (OSError, UnicodeError) as error:
        seen["problem"] = why(error)
    except ValueError:
        seen["problem"] = "its certificate cannot be read"
    return seen


def why(error: OSError | UnicodeError) -> str:
    """Why nothing was reached, in a few words."""
    if isinstance(error, TimeoutError):
        return "no answer in time"
    if isinstance(error, UnicodeError):
        return "it is no name that could be looked up"
    if isinstance(error, socket.gaierror):
        return str(error.strerror)
    # Where a name has several addresses, the numbers of their errors stand in the text.
    number = error.errno or next(iter(re.findall(r"\[Errno (\d+)\]", str(error))), None)
    return os.strerror(int(number)) if number else "no connection"


async def _shown(host: str, port: int, context: ssl.SSLContext) -> bytes:
    _, writer = await asyncio.open_connection(host, port, ssl=context, server_hostname=host)
    try:
        return bytes(writer.get_extra_info("ssl_object").getpeercert(binary_form=True) or b"")
    finally:
        writer.transport.abort()
        with suppress(OSError):
            await writer.wait_closed()


def _told(certificate: bytes) -> Seen:
    read = x509.load_der_x509_certificate(certificate)
    expires = read.not_valid_after_utc
    return Seen(
        subject=read.subject.rfc4514_string()[:_LONGEST],
        issuer=read.issuer.rfc4514_string()[:_LONGEST],
        expires=expires,
        days_left=(expires - datetime.now(UTC)).days,
    )
