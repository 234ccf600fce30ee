"""Looks at the systems and disks that the settings name. Each is short, changes nothing, and tells what is down."""

import asyncio
import os
import socket
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from functools import partial
from time import monotonic
from urllib.parse import urlsplit

import httpx2
from temporalio import activity

from activities.tools.files import place
from activities.tools.http_transport import CutOff, Wire
from activities.tools.tls import seen_certificate, why
from contracts.diagnose import DiagnosePort, DiskAnswer, DiskTarget, DnsAnswer, HttpAnswer, Target, TcpAnswer, TlsAnswer
from contracts.errors import SignoffError, ToolFailed, ToolUnavailable
from runtime.settings import Settings

LIMIT_S = 10.0
"""Of one look, whole."""

_MOST_ADDRESSES = 16
_PORTS = {"http": 80, "https": 443}
_NO_HEAD = (405, 501)
"""A server that does not know HEAD may know GET."""


class DiagnoseActivities(DiagnosePort):
    """Looks at the systems of SIGNOFF_SYSTEMS and the folders of SIGNOFF_FILES."""

    def __init__(self, settings: Settings, limit_s: float = LIMIT_S) -> None:
        """`settings` name what may be looked at."""
        self._systems, self._folders = settings.systems, settings.files
        self._limit_s, self._wire = limit_s, Wire(limit_s)
        # Of their own: a name server, or a disk of another machine, that never answers keeps a thread busy.
        self._threads = ThreadPoolExecutor(4, thread_name_prefix="diagnose")

    async def close(self) -> None:
        """Let go of what was opened."""
        self._threads.shutdown(wait=False, cancel_futures=True)
        await self._wire.close()

    @activity.defn(name="diagnose.dns")
    async def dns(self, target: Target) -> DnsAnswer:
        """Resolve the system's name. Raises ToolFailed."""
        host, _, began = *self._place(target), monotonic()
        addresses: tuple[str, ...] = ()
        problem = None
        try:
            addresses = await self._resolved(host)
        except (OSError, UnicodeError) as error:  # a TimeoutError is an OSError too
            problem = why(error)
        return DnsAnswer(system=target.system, host=host, addresses=addresses, problem=problem, took_ms=_since(began))

    @activity.defn(name="diagnose.tcp")
    async def tcp(self, target: Target) -> TcpAnswer:
        """Connect to the system's port, and hang up. Raises ToolFailed."""
        (host, port), began = self._place(target), monotonic()
        problem = None
        try:
            async with asyncio.timeout(self._limit_s):
                _, writer = await asyncio.open_connection(host, port)
            writer.close()
            with suppress(OSError):
                await writer.wait_closed()
        except (OSError, UnicodeError) as error:
            problem = why(error)
        took = _since(began)
        return TcpAnswer(
            system=target.system, host=host, port=port, open=problem is None, problem=problem, took_ms=took
        )

    @activity.defn(name="diagnose.http")
    async def http(self, target: Target) -> HttpAnswer:
        """Ask for the system's base URL: HEAD, or GET where that is not known. Raises ToolFailed."""
        url, began = self._base_url(target), monotonic()
        if url.startswith("tcp:"):
            raise ToolFailed(f"the system {target.system} does not speak HTTP: its base_url is {url}")
        status, problem = None, None
        try:
            for method in ("HEAD", "GET"):
                # Without the token: whether it is taken is not the question.
                answer = await self._wire.send(method, httpx2.URL(f"{url}/"), {"user-agent": "signoff"})
                status = answer.status
                if status not in _NO_HEAD:
                    break
        except CutOff as cut:
            problem = f"cut off ({cut})"
        except (ToolUnavailable, ToolFailed) as error:
            problem = error.message
        return HttpAnswer(system=target.system, status=status, problem=problem, took_ms=_since(began))

    @activity.defn(name="diagnose.tls")
    async def tls(self, target: Target) -> TlsAnswer:
        """Look at the system's certificate. Raises ToolFailed."""
        (host, port), began = self._place(target), monotonic()
        seen = await seen_certificate(host, port, self._limit_s)
        return TlsAnswer(system=target.system, host=host, port=port, took_ms=_since(began), **seen)

    @activity.defn(name="diagnose.disk")
    async def disk(self, target: DiskTarget) -> DiskAnswer:
        """Look how much room there is. Raises NotFound, ToolFailed, ToolUnavailable."""
        try:
            async with asyncio.timeout(self._limit_s):
                found = await asyncio.get_running_loop().run_in_executor(self._threads, self._disk, target.path)
        except OSError as error:  # a TimeoutError is one too
            raise _no_disk(target.path, error) from None
        free, total = found.f_bavail * found.f_frsize, found.f_blocks * found.f_frsize
        percent = round(100 * free / total, 1) if total else 0.0
        return DiskAnswer(path=target.path, free_bytes=free, total_bytes=total, free_percent=percent)

    def _disk(self, path: str) -> os.statvfs_result:
        folder, inside = place(self._folders, path)
        return os.statvfs(folder / inside)

    async def _resolved(self, host: str) -> tuple[str, ...]:
        look = partial(socket.getaddrinfo, host, None, type=socket.SOCK_STREAM)
        async with asyncio.timeout(self._limit_s):
            found = await asyncio.get_running_loop().run_in_executor(self._threads, look)
        return tuple(dict.fromkeys(str(address[0]) for *_, address in found))[:_MOST_ADDRESSES]

    def _place(self, target: Target) -> tuple[str, int]:
        parts = urlsplit(self._base_url(target))
        return parts.hostname or "", parts.port or _PORTS[parts.scheme]

    def _base_url(self, target: Target) -> str:
        if target.system in self._systems:
            return self._systems[target.system].base_url
        there_are = f"there are {', '.join(self._systems)}" if self._systems else "none is set"
        raise ToolFailed(f"there is no system {target.system}: name it in the file of SIGNOFF_SYSTEMS ({there_are})")


def _since(began: float) -> int:
    return round(1000 * (monotonic() - began))


def _no_disk(path: str, error: OSError) -> SignoffError:
    if isinstance(error, TimeoutError):
        return ToolUnavailable(f"{path} cannot be looked at now: its disk does not answer")
    return ToolFailed(f"{path} cannot be looked at ({error.strerror})")
