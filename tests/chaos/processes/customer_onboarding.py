"""CustomerOnboarding under chaos: one customer, one welcome; two officers where the rules refer."""

import json
from collections import Counter
from functools import partial
from pathlib import Path
from typing import Any

from sqlalchemy import select

from activities.stores.database import Database
from activities.stores.tables import CUSTOMERS
from contracts.customer_onboarding import CUSTOMER_ONBOARDING
from runtime.settings import SAMPLE_KYC
from tests.chaos.person import Person
from tests.chaos.played import Played, Variant
from tests.chaos.processes import sales_follow_up
from tests.support.applicants import HOSTILE, LISTED, PLAIN, WELCOME
from tests.support.provider_server import Received, Says

story = partial(Variant, settings={"SIGNOFF_KYC": str(SAMPLE_KYC)})
THIS = {"occasion": "chaos", "by": "carol"}


def answers(request: Received) -> Says:
    """A model that does as it is told."""
    return Says(json.dumps(WELCOME))


async def welcome(person: Person) -> None:
    """As somebody at the Temporal UI does."""
    async with person.at_gate("review-welcome"):
        await person.says("approve", {"by": "dora"})


async def admit_and_welcome(person: Person) -> None:
    """One officer tries it alone first."""
    await person.votes("review-case", *(("approve", {"by": officer}) for officer in ("ann", "ann", "bob")))
    await welcome(person)


async def disagree(person: Person) -> None:
    """One officer says yes, the other one no."""
    no = {"by": "bob", "reason": "it is the listed person"}
    await person.votes("review-case", ("approve", {"by": "ann"}), ("reject", no))


async def nobody(person: Person) -> None:
    """No person has to do anything."""


def effects(folder: Path, database_url: str) -> Counter[str]:
    """Mails in the maildir, customers with their officers in the CRM."""
    database = Database(database_url)
    try:
        rows = database.transact(lambda connection: connection.execute(select(CUSTOMERS)).mappings().all())
    finally:
        database.close()
    entered = (f"customer {row['customer_id']} by {row['admission']['officers']}" for row in rows)
    return sales_follow_up.effects(folder, database_url) + Counter(entered)


def lasting(result: dict[str, Any]) -> dict[str, Any]:
    """Without the costs, which are held against the record."""
    return {name: value for name, value in result.items() if name not in ("cost_usd", "reason")}


PLAYED = Played(
    process=CUSTOMER_ONBOARDING,
    variants=(
        story("passes", PLAIN | THIS, welcome, answers),
        story("two officers", LISTED | THIS, admit_and_welcome, answers),
        story("officers disagree", LISTED | THIS, disagree, answers),
        story("refused", HOSTILE | THIS, nobody, answers),
    ),
    effects=effects,
    lasting=lasting,
    second=lambda first, other: False,
)
