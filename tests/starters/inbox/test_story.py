"""What a page tells of a run's history, and how often the history is read."""

from typing import Any, cast

import pytest
from temporalio.client import Client

from runtime.codec import data_converter
from starters.chain import Chain
from starters.inbox import story
from starters.inbox.look import Looked
from starters.inbox.story import MOST_LINES, Stories, tell
from tests.starters.events import BEGAN, GATE, History


def note(**fields: Any) -> dict[str, Any]:
    """One decision."""
    return {"at": BEGAN.isoformat(), **fields}


def test_lines_are_those_of_the_command_line_without_its_commands() -> None:
    history = History()
    history.noted(note(gate="review-email", outcome="opened"), [GATE])
    found = tell(history.events, "a/b", data_converter())
    assert [line.text for line in found.lines] == [
        "started sales-follow-up for bob",
        "waiting for a decision at review-email (until 2026-11-23 10:00 UTC): Send this mail to Zoë?",
    ]
    assert found.closed == {}


def test_what_was_under_way_is_told_only_while_it_is() -> None:
    history = History()
    history.scheduled("send-email", "mail.send", {}, "Send the mail")
    assert tell(history.events, "a", data_converter()).lines[-1].text == "Send the mail"
    history.noted(note(gate="review-email", outcome="opened"), [GATE])
    assert "Send the mail" not in [line.text for line in tell(history.events, "a", data_converter()).lines]


def test_of_each_gate_it_says_how_it_was_closed() -> None:
    history = History()
    other = {**GATE, "gate": "other"}
    history.noted(note(gate="review-email", outcome="opened"), [GATE])
    history.noted(note(step="review-email", gate="review-email", by="person", who="ann", outcome="abstained"), [GATE])
    history.noted(
        note(step="review-email", gate="review-email", by="person", who="bob", outcome="rejected", text="no"), [other]
    )
    history.noted(note(step="other", gate="other", outcome="expired"), [])
    history.noted(note(step="other", gate="other", outcome="a later word"), [])
    assert tell(history.events, "a", data_converter()).closed == {
        "review-email": "bob rejected: no",
        "other": "expired",
    }


def test_a_long_story_is_told_from_its_end() -> None:
    history = History()
    for number in range(MOST_LINES + 5):
        history.noted(note(step=f"step-{number}", outcome="done"))
    found = tell(history.events, "a", data_converter())
    assert (len(found.lines), found.left_out) == (MOST_LINES, 6)
    assert found.lines[-1].text == f"step-{MOST_LINES + 4}: done"


class Clock:
    """Moves when a history is read, and when a test says so."""

    def __init__(self) -> None:
        self.now = 1000.0
        self.reads = 0

    async def read(self, *_: Any) -> Chain:
        """It takes two seconds."""
        self.reads += 1
        self.now += 2
        return Chain((("run", tuple(History().events)),), whole=True)

    def monotonic(self) -> float:
        """The time."""
        return self.now


class Found:
    """A run that goes on: each look finds another mark."""

    class run:
        """Its handle."""

        class handle:
            """Its id."""

            id = "a/b"

    is_over = False

    def __init__(self, mark: str, *open_gates: str) -> None:
        self.mark = mark
        self.cards = [type("Card", (), {"gate": gate})() for gate in open_gates]


async def test_a_history_that_takes_long_is_read_the_more_seldom(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = Clock()
    monkeypatch.setattr(story, "read_chain", clock.read)
    monkeypatch.setattr(story, "time", clock)
    client = type("Server", (), {"data_converter": data_converter()})()
    stories = Stories(cast(Client, client))

    async def mark(now: str) -> str:
        return (await stories.of(cast(Looked, Found(now)))).mark

    assert (await mark("1"), await mark("1"), clock.reads) == ("1", "1", 1)
    clock.now += 5.9
    assert (await mark("2"), clock.reads) == ("1", 1)
    clock.now += 0.2
    assert (await mark("2"), clock.reads) == ("2", 2)
    clock.now += 1000
    assert (await mark("2"), clock.reads) == ("2", 2)
    # How a gate was closed is never told late.
    assert (await stories.of(cast(Looked, Found("3", "review")))).mark == "3"
    assert (await stories.of(cast(Looked, Found("4", "review")))).mark == "3"
    assert (await stories.of(cast(Looked, Found("5")))).mark == "5"
