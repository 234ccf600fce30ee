"""Points: the moments at which the world or the history is about to change, or has just changed."""

import os
import threading
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

Deed = Callable[[], None]
"""What is done at a point: somebody dies, a disk fills, a clock jumps."""

Reach = Callable[[str], None]
"""Says that a point is reached."""


def wrap(owner: Any, name: str, make: Callable[[Any], Any]) -> None:
    """Put `make(what stands there)` in its place."""
    setattr(owner, name, make(getattr(owner, name)))


@dataclass(frozen=True)
class Fault:
    """A deed, and the point at which it is done. The first process that gets there does it, once."""

    at: str
    deed: Deed


@dataclass(frozen=True)
class Reached:
    """A line of the record: when (seconds, on the wall clock), by which process, which point."""

    at: float
    pid: int
    name: str


class Points:
    """Writes each point that is reached into the run's record, which all of its processes share."""

    def __init__(self, folder: Path, fault: Fault | None = None) -> None:
        """`folder`: the run's."""
        self._file = os.open(folder / "points", os.O_WRONLY | os.O_CREAT | os.O_APPEND)
        self._done = folder / "fault-done"
        self._fault = fault
        self._times: Counter[str] = Counter()
        self._lock = threading.Lock()

    def reach(self, name: str) -> None:
        """From the second time on a point's name has a number."""
        with self._lock:
            self._times[name] += 1
            nth = self._times[name]
            full = name if nth == 1 else f"{name} #{nth}"
            os.write(self._file, f"{time.time():.3f}\t{os.getpid()}\t{full}\n".encode())
            if self._fault and self._fault.at == full and self._first():
                self._fault.deed()

    def _first(self) -> bool:
        try:
            self._done.touch(exist_ok=False)
        except FileExistsError:
            return False
        return True


def read_points(folder: Path) -> list[Reached]:
    """A run's record so far, in the order of time."""
    lines = (folder / "points").read_text().splitlines()
    return [Reached(float(at), int(pid), name) for at, pid, name in (line.split("\t") for line in lines)]


def fault_done(folder: Path) -> bool:
    """Whether a run's fault has come about."""
    return (folder / "fault-done").exists()
