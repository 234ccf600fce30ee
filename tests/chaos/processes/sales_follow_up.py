"""SalesFollowUp under chaos: one lead, one mail, one row in the CRM."""

import json
from collections import Counter
from email.parser import BytesParser
from email.policy import default
from pathlib import Path
from typing import Any

from sqlalchemy import select

from activities.stores.database import Database
from activities.stores.tables import FOLLOW_UPS
from contracts.sales_follow_up import SALES_FOLLOW_UP
from tests.chaos.person import Person
from tests.chaos.played import Played, Variant
from tests.support.provider_server import Received, Says

DRAFT = {"subject": "Your plans", "paragraphs": ["I would be glad to hear how your plans are coming along."]}
REQUEST = {"lead_id": "lead-007", "occasion": "chaos"}
GATE = "review-email"


def answers(request: Received) -> Says:
    """A model that does as it is told."""
    return Says(json.dumps({"signals": []} if "signals" in _schema(request) else DRAFT))


def answers_at_second_try(request: Received) -> Says:
    """It talks, until it is asked in another form."""
    return answers(request) if "tools" in request.body else Says("I would rather talk.")


def _schema(request: Received) -> str:
    return json.dumps(request.body.get("response_format") or request.body.get("tools"))


async def approve(person: Person) -> None:
    """As somebody at the Temporal UI does."""
    async with person.at_gate(GATE):
        await person.says("approve", {"by": "alex"})


async def edit_and_wait(person: Person) -> None:
    """Approve other words, for the recipient's working hours."""
    async with person.at_gate(GATE) as card:
        edit = {"subject": "Stock tracking for Harbour & Pine"}
        await person.says("approve", {"by": "alex", "digest": card["digest"], "edit": edit})
    await person.waits_through("Wait for working hours")


async def approve_late(person: Person) -> None:
    """After the reminder."""
    await person.waits_through("Remind about")
    await approve(person)


async def stop_the_mail(person: Person) -> None:
    """Pull the switch while the mail server thinks."""
    await approve(person)
    await person.sees_under_way("send-email")
    await person.says("stop", {"by": "ops", "reason": "enough"})


def tells_the_truth(result: dict[str, Any], seen: Counter[str]) -> list[str]:
    """A stop may come before, during or after the mail; the result says whether it went out."""
    mails = sum(count for name, count in seen.items() if name.startswith("mail "))
    if result["message_id"]:
        return [] if mails else ["the result names a mail that is not there"]
    unsure = "is not known" in (result["reason"] or "")
    return ["the result does not say that a mail went out"] if mails and not unsure else []


async def say_nothing(person: Person) -> None:
    """Until the deadline is past."""
    await person.waits_through("Remind about")
    await person.waits_through("Deadline of")


def effects(folder: Path, database_url: str) -> Counter[str]:
    """Mails in the maildir, rows in the CRM."""
    parse = BytesParser(policy=default).parsebytes
    mails = [parse(file.read_bytes()) for file in (folder / "mail" / "new").iterdir()]
    database = Database(database_url)
    try:
        rows = database.transact(lambda connection: connection.execute(select(FOLLOW_UPS)).mappings().all())
    finally:
        database.close()
    sent = [f"mail {mail['message-id']} to {mail['to']}: {mail['subject']}" for mail in mails]
    return Counter([*sent, *(f"row {row['key']}: {row['lead_id']}, {row['message_id']}" for row in rows)])


def lasting(result: dict[str, Any]) -> dict[str, Any]:
    """Without the meeting, which hangs on today, and the costs, which are held against the record."""
    return {name: value for name, value in result.items() if name not in ("meeting_starts", "cost_usd", "reason")}


def second(first: dict[str, Any], other: dict[str, Any]) -> bool:
    """Its meeting was proposed a moment later, so its mail is another."""
    return bool(other["outcome"] == "already_sent" and other["message_id"] == first["message_id"])


PLAYED = Played(
    process=SALES_FOLLOW_UP,
    variants=(
        Variant("approved", REQUEST, approve, answers),
        Variant("edited, in working hours", REQUEST | {"send": "working-hours"}, edit_and_wait, answers),
        Variant("re-asked, reminded", REQUEST, approve_late, answers_at_second_try),
        Variant(
            "stopped while the mail goes out",
            REQUEST,
            stop_the_mail,
            answers,
            mail_takes_s=3,
            judge=tells_the_truth,
            again="SMTP",
        ),
        Variant("silence", REQUEST, say_nothing, answers),
    ),
    effects=effects,
    lasting=lasting,
    second=second,
)
