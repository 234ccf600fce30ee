"""BestDraft under chaos: three writers side by side, one mail."""

import json
from typing import Any

from contracts.best_draft import BEST_DRAFT
from tests.chaos.person import Person
from tests.chaos.played import Played, Variant
from tests.chaos.processes import sales_follow_up
from tests.support.provider_server import Received, Says

# All writers write the same: which of them is number one is chance, and another one in each run.
DRAFT = {"subject": "Our summer party", "paragraphs": ["We would be glad to see you at our summer party on 3 July."]}
PERSON = {"name": "Ann Okafor", "email": "ann@customer.example"}
REQUEST = {
    "brief_id": "summer-party",
    "topic": "our summer party",
    "brief": "Invite Ann to our summer party on 3 July.",
    "to": PERSON,
    "sender": {"name": "Pat Lindgren", "email": "pat@harbourandpine.example"},
    "occasion": "chaos",
}


def answers(request: Received) -> Says:
    """A model that does as it is told."""
    wanted = json.dumps(request.body.get("response_format") or request.body.get("tools"))
    return Says(json.dumps({"number": 2} if "number" in wanted else DRAFT))


async def approve(person: Person) -> None:
    """As somebody at the Temporal UI does."""
    async with person.at_gate("review-email"):
        await person.says("approve", {"by": "alex"})


def lasting(result: dict[str, Any]) -> dict[str, Any]:
    """Without what comes by chance, and the costs, which are held against the record."""
    return {name: value for name, value in result.items() if name not in ("order", "picked", "cost_usd", "reason")}


PLAYED = Played(
    process=BEST_DRAFT,
    variants=(Variant("approved", REQUEST, approve, answers),),
    effects=sales_follow_up.effects,
    lasting=lasting,
    second=lambda first, other: False,
    unsteady=("workflow task (activity write-",),
)
