"""The inbox's server: its socket, its life, and the file that says where it is."""

import asyncio
import contextlib
import os
import signal
import socket
from collections.abc import Callable, Iterator
from pathlib import Path

import uvicorn
from starlette.types import ASGIApp

from starters.failures import BAD_INPUT, REFUSED, Failure
from starters.inbox.place import Place

USUAL_PORT = 8235
_TRIES = 100
_RUNS = ".runs"


def listen(host: str, port: int | None, usual: int = USUAL_PORT) -> socket.socket:
    """A socket that takes connections; without a port on the `usual` one, or the next tenth that is free.

    Raises Failure.
    """
    ports = [port] if port is not None else range(usual, usual + 10 * _TRIES, 10)
    for one in ports:
        if opened := _open(host, one):
            return opened
    which = f"port {port}" if port is not None else f"port {usual} and {_TRIES - 1} others above it"
    raise Failure(BAD_INPUT, f"{which} on {host} cannot be listened on (taken?): give another one with --port")


def _open(host: str, port: int) -> socket.socket | None:
    try:
        ((family, kind, _, _, address), *_) = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError):
        raise Failure(BAD_INPUT, f"--host {host}: there is no such address") from None
    opened = socket.socket(family, kind)
    try:
        opened.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        opened.bind(address)
        opened.listen(512)
    except OSError:
        opened.close()
        return None
    return opened


def ended() -> asyncio.Event:
    """Set at SIGTERM, Ctrl-C, or when the terminal is closed (unless nohup asked to go on)."""
    event, loop = asyncio.Event(), asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        if number != signal.SIGHUP or signal.getsignal(number) != signal.SIG_IGN:
            loop.add_signal_handler(number, event.set)
    return event


async def serve(app: ASGIApp, opened: socket.socket, ready: Callable[[], None], end: asyncio.Event) -> None:
    """Until `end` is set; what is under way is answered first. `ready` is called once it answers."""
    config = uvicorn.Config(
        app,
        log_config=None,
        access_log=False,  # addresses hold links that let people in
        server_header=False,
        proxy_headers=False,  # who is at the other end decides whose word is taken
        lifespan="off",
        limit_concurrency=500,
        timeout_graceful_shutdown=3,
    )
    server = _Server(config, ready)
    serving, ending = asyncio.create_task(server.serve(sockets=[opened])), asyncio.create_task(end.wait())
    try:
        await asyncio.wait({serving, ending}, return_when=asyncio.FIRST_COMPLETED)
        server.should_exit = True
        await serving
    finally:
        ending.cancel()


class _Server(uvicorn.Server):
    """uvicorn's, without its signal handlers: they raise the signal again at the end, as if the command had failed."""

    def __init__(self, config: uvicorn.Config, ready: Callable[[], None]) -> None:
        super().__init__(config)
        self._ready = ready

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Say when it answers."""
        await super().startup(sockets)
        self._ready()

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Leave them to `ended`."""
        yield


@contextlib.contextmanager
def said_where(state: Path, place: Place) -> Iterator[None]:
    """While it runs, a file in the state folder says where. Raises Failure."""
    folder = state / "inbox"
    file = folder / f"{os.getpid()}{_RUNS}"
    draft = file.with_suffix(".tmp")
    try:
        for one in (state, folder):
            one.mkdir(mode=0o700, exist_ok=True)
        draft.write_text(place.home)
        draft.replace(file)
    except OSError as error:
        raise Failure(REFUSED, f"{folder} cannot be written: {error.strerror}") from None
    try:
        yield
    finally:
        file.unlink(missing_ok=True)


def running_inbox(state: Path) -> str | None:
    """Where the inbox of this folder is, the one that was started last where there are several; None: none runs."""
    found = []
    for file in (state / "inbox").glob(f"*{_RUNS}"):
        with contextlib.suppress(OSError, ValueError, OverflowError):
            with contextlib.suppress(PermissionError):  # it runs, under another user
                os.kill(int(file.stem), 0)
            found.append((file.stat().st_mtime, file.read_text()))
    return max(found)[1] if found else None
