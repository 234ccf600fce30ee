"""TCP ports of this machine: is one free, and which one to take instead."""

import itertools
import socket
import sys
from collections.abc import Iterable
from contextlib import suppress

LOOPBACK = "127.0.0.1"


class NoPort(Exception):
    """Every port that could be used is taken; the message is one line."""


def is_free(host: str, port: int) -> bool:
    """Whether a server of this user could listen there now."""
    with suppress(OSError), socket.create_connection((host, port), timeout=0.5):
        return False  # macOS lets two sockets bind one port when one of them is on all addresses
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # as servers do: a port in TIME_WAIT is free
        try:
            probe.bind((host, port))
        except OSError:
            return False
    return True


class Ports:
    """Loopback ports that one stack uses, kept from every other stack until `close`.

    Between the choice of a port and the moment when a child listens on it, and again while a dead child is restarted,
    a second stack would find it free; its worker would then meet the wrong server.
    """

    def __init__(self) -> None:
        self._guards: list[socket.socket] = []

    def take(self, wanted: int) -> int:
        """`wanted`, else the first free one of wanted + 10, + 20, …; 0 takes any. Raises NoPort."""
        # Steps of ten keep the ports of a second stack apart, and readable.
        candidates: Iterable[int] = range(wanted, min(wanted + 1000, 65536), 10) if wanted else _any_ports()
        for port in candidates:
            if is_free(LOOPBACK, port) and self._guard(port):
                return port
        raise NoPort(f"port {wanted} and a hundred others above it are taken; end what listens there")

    def _guard(self, port: int) -> bool:
        """Hold a name that stands for the port. False where another stack, or this one, has it already."""
        guard = socket.socket(socket.AF_UNIX)
        if sys.platform == "linux":  # the only system where such names leave no file behind
            try:
                guard.bind(f"\0signoff-port-{port}")
            except OSError:
                guard.close()
                return False
        self._guards.append(guard)
        return True

    def close(self) -> None:
        """Let other stacks have the ports."""
        for guard in self._guards:
            guard.close()


def _any_ports() -> Iterable[int]:
    for _ in itertools.repeat(None, 100):
        with socket.socket() as probe:
            probe.bind((LOOPBACK, 0))
            port: int = probe.getsockname()[1]
        yield port
