"""Research under chaos: one answer, whose quotations stand in their sources, whatever is killed. It changes nothing."""

import json
from collections import Counter
from pathlib import Path
from typing import Any

from contracts.research import RESEARCH
from tests.chaos.person import Person
from tests.chaos.played import Played, Variant
from tests.support.provider_server import Received, Says
from tests.support.reading_room import claim, excerpts, inquire

QUESTION = "How long are weekly copies kept?"
QUOTE = "Weekly copies are kept for 90 days."
STEP = inquire(QUESTION, topic="storage", since="2025-01-01")
REPLIES: dict[str, Any] = {
    "excerpts": excerpts(*((number, QUOTE) for number in (1, 2, 3))),
    "claims": {"claims": [claim("Weekly copies are kept for 90 days.", (1, QUOTE))], "unanswered": ""},
    "score": {"score": 0.9, "problems": []},
    "steps": {"steps": [STEP]},
}
"""By a field that only its contract has."""


def answers(request: Received) -> Says:
    """A model that does as it is told."""
    wanted = json.dumps(request.body.get("response_format") or request.body.get("tools"))
    return Says(json.dumps(next(reply for field, reply in REPLIES.items() if f'"{field}"' in wanted)))


async def approve(person: Person) -> None:
    """As somebody at the Temporal UI does."""
    async with person.at_gate("review-plan"):
        await person.says("approve", {"by": "alex"})


async def nobody(person: Person) -> None:
    """No person has to do anything."""


def effects(folder: Path, database_url: str) -> Counter[str]:
    """None: it only reads."""
    return Counter()


def lasting(result: dict[str, Any]) -> dict[str, Any]:
    """Without the costs, which are held against the record."""
    return {name: value for name, value in result.items() if name not in ("cost_usd", "reason")}


PLAYED = Played(
    process=RESEARCH,
    variants=(
        Variant("approved", {"question": QUESTION, "occasion": "chaos"}, approve, answers),
        Variant("given", {"question": QUESTION, "plan": {"steps": [STEP]}, "occasion": "chaos"}, nobody, answers),
    ),
    effects=effects,
    lasting=lasting,
    second=lambda first, other: False,
    disturbed=("search",),
)
