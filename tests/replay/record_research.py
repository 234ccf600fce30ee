"""`python -m tests.replay.record_research`: histories of Research, as tests/replay/record.py has them."""

import asyncio
from typing import Any

from contracts.budgets import Account, Limits
from tests.replay.record import JUNK, Stories, record, says_nothing, sends
from tests.support.reading_room import claim, excerpts, inquire
from tests.support.world import Handle, World


async def needs_nobody(world: World, handle: Handle) -> None:
    """No person has to do anything."""


APPROVES = sends("approve", {"by": "ann"})
QUESTION = "How long are weekly copies kept?"
NOW, BEFORE = "Weekly copies are kept for 90 days.", "Nightly copies are kept for 30 days and are then overwritten."
STEPS = [
    inquire(QUESTION, topic="storage", since="2025-01-01"),
    inquire("For how long were nightly copies kept in 2022?", topic="storage"),
]
ASKED: dict[str, Any] = {"question": QUESTION, "occasion": "recorded", "by": "recorder"}
GIVEN = ASKED | {"plan": {"steps": STEPS}}
MODELS = ("plan", "pick-excerpts", "write-answer", "judge-answer", "improve-answer")
RIGHT = claim("Weekly copies are kept for 90 days.", (1, NOW))
WRONG = claim("Weekly copies are kept for ever.", (1, "Weekly copies are kept for ever."))
SCRIPT: dict[str, Any] = {
    "plan": [{"steps": STEPS}],
    # Which passage comes first is the library's to say: what does not stand in its passage is dropped.
    "pick-excerpts": [excerpts(*((number, words) for number in (1, 2, 3) for words in (NOW, BEFORE)))],
    "write-answer": [{"claims": [WRONG, RIGHT], "unanswered": ""}],
    "improve-answer": [{"claims": [RIGHT], "unanswered": "what becomes of older ones"}],
    "judge-answer": [{"score": 0.9, "problems": []}],
}

STORIES: Stories = {
    "answered": (ASKED | {"rounds": 0}, SCRIPT, APPROVES),
    "improved": (ASKED, SCRIPT, APPROVES),
    "edited": (ASKED, SCRIPT, sends("approve", {"by": "ann", "edit": {"steps": STEPS[:1]}})),
    "given": (GIVEN, SCRIPT, needs_nobody),
    "quoted": (ASKED | {"review": False}, {step: [JUNK] for step in MODELS}, needs_nobody),
    "expired": (ASKED, SCRIPT, says_nothing),
}

TASK = {
    "request": {"question": QUESTION, "inquiry": STEPS[0], "occasion": "recorded"},
    "account": Account(limits=Limits()).model_dump(mode="json"),
    "depth": 1,
}
WORKERS: Stories = {
    "worker-found": (TASK, SCRIPT, needs_nobody),
    "worker-by-code": (TASK, {"pick-excerpts": [JUNK]}, needs_nobody),
}


async def record_all() -> None:
    """The process's and its workers'."""
    await record("research", "Research", STORIES, {})
    await record("research", "ResearchInquiry", WORKERS, {})


if __name__ == "__main__":
    asyncio.run(record_all())
