"""A standing approval under chaos: it covers a run's mail, no gate opens, and each use counts once."""

from collections import Counter
from pathlib import Path

from tests.chaos.in_advance import counted, in_advance
from tests.chaos.person import Person
from tests.chaos.played import Played, Variant
from tests.chaos.processes import sales_follow_up
from tests.workflows.notice_workflows import NOTICE, NOTIFY

REQUEST = {"lead_id": "lead-007", "occasion": "chaos"}


async def look_on(person: Person) -> None:
    """Nobody is asked: a gate that opened would stay open."""


async def approve(person: Person) -> None:
    """At the gate that opens in spite of the standing approval."""
    async with person.at_gate("review-notice"):
        await person.says("approve", {"by": "alex"})


def effects(folder: Path, database_url: str) -> Counter[str]:
    """Mails in the maildir, rows in the CRM, uses of the standing approval."""
    return sales_follow_up.effects(folder, database_url) + Counter(f"use for {key}" for key in counted(folder))


PLAYED = Played(
    process=NOTICE,
    variants=(
        Variant("covered", REQUEST, look_on, around=in_advance(NOTICE, NOTIFY, "harbourandpine.example")),
        Variant(
            "not covered", REQUEST, approve, around=in_advance(NOTICE, NOTIFY, "other.example"), again="in-advance"
        ),
    ),
    effects=effects,
    lasting=lambda result: result,
    second=lambda first, other: False,
    # Mail and CRM are those of sales-follow-up.
    disturbed=("review-notice-in-advance",),
)
