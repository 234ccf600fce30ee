"""A conversation with a model, as its run knows it: where it stands, and what was said to the model since."""

from datetime import timedelta
from typing import Any

from pydantic import BaseModel, ConfigDict
from temporalio.common import RetryPolicy

from contracts.agents import Summary
from contracts.llm import Quote
from contracts.transcript import Compact, Head, Opening, Said, TranscriptPort, bytes_of, size_of
from workflows.steps.progress import Progress

_QUICK: dict[str, Any] = {
    "start_to_close_timeout": timedelta(seconds=30),
    "retry_policy": RetryPolicy(maximum_attempts=20, maximum_interval=timedelta(minutes=1)),
}

BYTES_A_TOKEN = 3
"""Of English four, of JSON and digits fewer. Only when to summarise hangs on it, no money does."""

FULL, TAIL = 0.6, 0.1
"""Shares of a model's window: at how much of it older turns are summarised, and how much of the last ones stays."""

LEFT_OUT = "Older turns of this conversation were left out here; no summary of them could be made."


class TalkSoFar(BaseModel):
    """A conversation in a checkpoint."""

    model_config = ConfigDict(frozen=True)

    head: Head
    said: tuple[Said, ...] = ()
    said_size: int = 0
    quotes: dict[str, Quote] = {}
    window: int = 0


class Talk:
    """One conversation. Messages are stored under `head`; `said` goes to the model with its next turn."""

    def __init__(self, progress: Progress, head: Head) -> None:
        self._progress = progress
        self.head = head
        self.said: list[Said] = []
        self.quotes: dict[str, Quote] = {}
        self.window = 0
        """Tokens that the widest model takes of those that were asked. One with less room is passed over in the end,
        and does not cost the others what was said."""
        self._said_size = 0

    @property
    def size(self) -> int:
        """Bytes that the model will be shown, at most."""
        return size_of(self.head) + self._said_size

    @property
    def is_full(self) -> bool:
        """Whether older turns had better be summarised."""
        return self.window > 0 and self.size > self.window * FULL * BYTES_A_TOKEN

    def say(self, text: str, *, pinned: bool = False) -> None:
        """Something for the model to read."""
        self.add(Said(text=text, pinned=pinned), bytes_of(text))

    def add(self, said: Said, size: int) -> None:
        """A message of at most `size` bytes."""
        self.said.append(said)
        self._said_size += size

    def answered(self, head: Head) -> None:
        """The model has replied: what was said stands in the store now."""
        self.head, self.said, self._said_size = head, [], 0

    async def summarised(self, summary: Summary) -> None:
        """Go on with a summary of older turns."""
        room = int(self.window * TAIL * BYTES_A_TOKEN)
        self.head = await self._progress.chain.journal.local(
            TranscriptPort.compact, Compact(head=self.head, summary=summary.summary, room=room), **_QUICK
        )
        self.quotes.clear()

    def so_far(self) -> TalkSoFar:
        """For a checkpoint."""
        return TalkSoFar(
            head=self.head, said=tuple(self.said), said_size=self._said_size, quotes=self.quotes, window=self.window
        )

    def go_on_from(self, before: TalkSoFar) -> None:
        """Stand as it stood at a checkpoint."""
        self.head, self.said, self._said_size = before.head, list(before.said), before.said_size
        self.quotes, self.window = dict(before.quotes), before.window


async def opened(progress: Progress, step: str, opening: Opening) -> Talk:
    """Begin a conversation. Raises BadInput as ActivityError."""
    activity_id = progress.begin(step, of="opening")
    begun = await progress.chain.journal.local(TranscriptPort.open, opening, activity_id=activity_id, **_QUICK)
    return Talk(progress, begun.head)
