"""`signoff` as a process of its own, without the start of Python: one that has imported everything forks for each.

Half a second of processor time a command is what the imports take, and the tests give hundreds. What a command sees
is the same: its arguments, folder, environment and streams; it ends with its exit code, or by a signal.
"""

import atexit
import functools
import importlib
import json
import os
import pkgutil
import select
import signal
import socket
import subprocess
import sys
import traceback
from collections.abc import Mapping, Sequence
from pathlib import Path
from tempfile import TemporaryFile
from typing import NoReturn

LONGEST = 200_000
"""Bytes of arguments and environment."""


def command(
    arguments: Sequence[str], folder: Path, environment: Mapping[str, str], stdin: str = "", timeout_s: float = 60
) -> "subprocess.CompletedProcess[str]":
    """`signoff ARGUMENTS` in a folder. Raises TimeoutError."""
    request = json.dumps([list(arguments), str(folder), dict(environment)]).encode()
    ours, theirs = os.pipe()
    with TemporaryFile() as given, TemporaryFile() as out, TemporaryFile() as err, os.fdopen(ours, "rb", 0) as reply:
        given.write(os.fsencode(stdin))
        given.seek(0)
        socket.send_fds(_server(), [request], [given.fileno(), out.fileno(), err.fileno(), theirs])
        os.close(theirs)
        process = int(reply.readline())
        if not select.select([reply], [], [], timeout_s)[0]:
            os.kill(process, signal.SIGKILL)
            raise TimeoutError(f"signoff {' '.join(arguments)} has not ended after {timeout_s:g} s")
        code = int(reply.readline())
        out.seek(0)
        err.seek(0)
        return subprocess.CompletedProcess(list(arguments), code, out.read().decode(), err.read().decode())


@functools.cache
def _server() -> socket.socket:
    """The way to the process that forks. It ends when this one does."""
    ours, its = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    process = subprocess.Popen(
        (sys.executable, "-m", __name__, str(its.fileno())), stdin=subprocess.DEVNULL, pass_fds=[its.fileno()]
    )
    its.close()
    atexit.register(process.wait)
    atexit.register(ours.close)
    return ours


def _serve(control: socket.socket) -> None:
    """Fork for each request, until there is nobody who could send one."""
    for module in pkgutil.walk_packages(importlib.import_module("starters").__path__, "starters."):
        importlib.import_module(module.name)
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    while True:
        request, files, _, _ = socket.recv_fds(control, LONGEST, 4)
        if not request:
            return
        if os.fork() == 0:
            control.close()
            _watch(request, files)
        for file in files:
            os.close(file)


def _watch(request: bytes, files: Sequence[int]) -> NoReturn:
    """Say how the command ended."""
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    *streams, reply = files
    child = os.fork()
    if child == 0:
        os.close(reply)
        _become(request, streams)
    os.write(reply, f"{child}\n".encode())
    os.write(reply, f"{os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])}\n".encode())
    os._exit(0)


def _become(request: bytes, streams: Sequence[int]) -> NoReturn:
    """Be the command."""
    arguments, folder, environment = json.loads(request)
    for number, file in enumerate(streams):
        os.dup2(file, number)
        os.close(file)
    os.environ.clear()
    os.environ.update(environment)
    os.chdir(folder)
    sys.argv = ["signoff", *arguments]
    try:
        importlib.import_module("starters.__main__").main()
    except BaseException:
        traceback.print_exc()
        sys.stderr.flush()
    os._exit(1)


if __name__ == "__main__":
    _serve(socket.socket(fileno=int(sys.argv[1])))
