"""What has happened in a run, from its history: the lines of `signoff watch`, and what came of each gate."""

import time
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from temporalio.api.history.v1 import HistoryEvent
from temporalio.client import Client
from temporalio.converter import DataConverter

from contracts.notes import Note
from starters.chain import read_chain
from starters.commentary import Line, Tone, comment
from starters.happenings import Noted
from starters.history import HistoryReader
from starters.inbox.look import Looked
from starters.inbox.recent import Recent

MOST_LINES = 200


@dataclass(frozen=True)
class Told:
    """One line."""

    at: datetime
    text: str
    tone: str


@dataclass(frozen=True)
class Story:
    """A run's lines, the newest last, and by gate how it was closed."""

    lines: tuple[Told, ...]
    left_out: int
    """Earlier lines than those."""
    closed: dict[str, str]
    mark: str
    """How far it goes."""


class Stories:
    """What was read of runs. A long history, as a flood of messages makes one, is read the more seldom."""

    def __init__(self, client: Client) -> None:
        self._client = client
        self._kept = Recent()

    async def of(self, looked: Looked) -> Story:
        """The run's story as it stood when it was looked at, or not long before."""
        handle = looked.run.handle
        known: _Read | None = self._kept.find(handle.id)
        began = time.monotonic()
        # How a gate was closed is never told late.
        stands = (looked.is_over, *(card.gate for card in looked.cards))
        if known and (known.story.mark == looked.mark or (known.stands == stands and began < known.stale_at)):
            return known.story
        chain = await read_chain(self._client, handle)
        story = tell(chain.events, handle.id, self._client.data_converter, looked.mark)
        now = time.monotonic()
        self._kept.keep(handle.id, _Read(story, stands, now + 3 * (now - began)))
        return story


@dataclass(frozen=True)
class _Read:
    story: Story
    stands: tuple[object, ...]
    stale_at: float


def tell(events: Iterable[HistoryEvent], workflow_id: str, converter: DataConverter, mark: str = "") -> Story:
    """The story of a history."""
    reader = HistoryReader(converter)
    lines: list[Line] = []
    closed: dict[str, str] = {}
    for event in events:
        happening = reader.read(event)
        if happening is None:
            continue
        if isinstance(happening, Noted) and happening.note:
            _close(closed, happening.note, {card.gate for card in happening.gates or ()})
        if line := comment(happening, workflow_id):
            lines.append(line)
    # What was under way has been told again when it was done.
    told = [line for number, line in enumerate(lines, 1) if line.tone is not Tone.NOW or number == len(lines)]
    return Story(tuple(map(_told, told[-MOST_LINES:])), max(0, len(told) - MOST_LINES), closed, mark)


def _close(closed: dict[str, str], note: Note, still_open: set[str]) -> None:
    """What the first note says of a gate after which it is not open any more."""
    if note.gate is None or note.outcome is None or note.gate in still_open or note.gate in closed:
        return
    who = f"{note.who} " if note.by == "person" else ""
    closed[note.gate] = f"{who}{note.outcome}" + (f": {note.text}" if note.text else "")


def _told(line: Line) -> Told:
    # The command that decides is for those who read this at a terminal.
    text = line.text.partition(" To decide: signoff ")[0] if line.tone is Tone.PERSON else line.text
    return Told(line.at, text, line.tone.value)
