"""How much of a reply has come in: what goes along with a model call's heartbeats, for those who watch."""

from contextvars import ContextVar
from dataclasses import dataclass


@dataclass
class Arriving:
    """Characters of the reply so far; one object for each activity."""

    characters: int = 0

    def details(self) -> tuple[dict[str, int], ...]:
        """As the heartbeat takes it: nothing before the first character."""
        return ({"characters": self.characters},) if self.characters else ()


_now: ContextVar[Arriving | None] = ContextVar("arriving", default=None)


def watch_arrival() -> Arriving:
    """Count what comes in from here on, in this task and those that it starts."""
    arriving = Arriving()
    _now.set(arriving)
    return arriving


def note_arrival(characters: int) -> None:
    """Some more have come in; nobody may be watching."""
    if arriving := _now.get():
        arriving.characters += characters
