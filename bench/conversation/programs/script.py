"""What every system's model says, and what its tool finds. No two texts are alike, so nothing is stored once for many.

Standard library only: it runs in every environment.
"""

import asyncio
import re
import time
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

REPLY_BYTES = 500


_LETTERS = str.maketrans("0123456789abcdef", "etaoinshrdlucmfw")


def text(size: int, name: str) -> str:
    """So many bytes, all of them letters; others for another name."""
    digests = (sha256(f"{name}/{number}".encode()).hexdigest() for number in range(size // 64 + 1))
    return "".join(digests)[:size].translate(_LETTERS)


def said(turn: int) -> str:
    """The model's words at a turn."""
    return text(REPLY_BYTES, f"said at {turn}")


def found(turn: int, size: int) -> str:
    """The tool's result at a turn."""
    return text(size, f"found at {turn}")


def wait_for(file: Path) -> None:
    """Until there is such a file."""
    while not file.exists():
        # Only how often to look.
        time.sleep(0.02)


def prompt(turns: int, size: int) -> str:
    """What the model is asked at the beginning."""
    return f"Look up {turns} things of {size} bytes each."


def asked(words: str) -> tuple[int, int]:
    """The two numbers of a prompt, which may have other words around it."""
    numbers = re.search(r"Look up (\d+) things of (\d+) bytes each", words)
    assert numbers, words
    return int(numbers[1]), int(numbers[2])


@dataclass
class Model:
    """How the worker's model behaves; set once, before the worker begins."""

    latency_s: float = 0
    hold_at: int | None = None
    """The turn whose call is held until `folder` has a file `go`; that it is held shows by a file `held`."""
    folder: Path = Path()

    async def think(self, turn: int) -> None:
        """As long as a call of this turn takes."""
        if self.latency_s:
            # The latency that is asked for.
            await asyncio.sleep(self.latency_s)
        if turn == self.hold_at:
            (self.folder / "held").touch()
            await asyncio.to_thread(wait_for, self.folder / "go")


MODEL = Model()
