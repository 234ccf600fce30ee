"""The CRM: leads as they were loaded, and follow-ups that are noted once."""

import asyncio

import pytest
from sqlalchemy import select

from activities.stores.crm import put_leads
from activities.stores.database import Database
from activities.stores.tables import FOLLOW_UPS
from activities.tools.crm import CrmActivities
from contracts.crm import FollowUp, Lead, Logged, Person, ReadLead
from contracts.errors import NotFound, ToolUnavailable
from contracts.gates import digest_of
from contracts.tools import Act, Outcome

LEAD = Lead(
    lead_id="lead-001",
    name="Jürgen Groß",
    salutation="Herr Groß",
    email="j.gross@example.com",
    company="Groß & Söhne",
    timezone="Europe/Berlin",
    interest="stock control",
    notes="ruft zurück\n在庫 🙂",
    owner=Person(name="Ann", email="ann@example.com"),
)


@pytest.fixture
def crm(database: Database) -> CrmActivities:
    """A CRM that knows one lead."""
    database.transact(lambda connection: put_leads(connection, [LEAD]))
    return CrmActivities(database)


def log(message_id: str = "<1@example.com>", lead_id: str = "lead-001") -> Act[FollowUp]:
    """The act of noting a follow-up, always under the same key."""
    follow_up = FollowUp(lead_id=lead_id, message_id=message_id)
    return Act(key="sales-follow-up/lead-001/today/log", digest=digest_of(follow_up), argument=follow_up)


def rows(database: Database) -> list[str]:
    """Message ids that the CRM has noted."""
    return list(database.transact(lambda connection: connection.scalars(select(FOLLOW_UPS.c.message_id)).all()))


async def test_a_lead_comes_back_letter_by_letter(crm: CrmActivities) -> None:
    assert await crm.read_lead(ReadLead(lead_id="lead-001")) == LEAD


async def test_a_lead_that_is_loaded_again_is_replaced(crm: CrmActivities, database: Database) -> None:
    newer = LEAD.model_copy(update={"company": "Groß AG"})
    database.transact(lambda connection: put_leads(connection, [newer]))
    assert await crm.read_lead(ReadLead(lead_id="lead-001")) == newer


async def test_an_unknown_lead_is_named_with_what_to_do(crm: CrmActivities) -> None:
    with pytest.raises(NotFound, match=r"lead lead-999 is not in the CRM \(.*\): .*signoff seed") as caught:
        await crm.read_lead(ReadLead(lead_id="lead-999"))
    assert "secret-word" not in caught.value.message


async def test_a_follow_up_is_noted_once(crm: CrmActivities, database: Database) -> None:
    receipts = await asyncio.gather(*(crm.log_follow_up(log()) for _ in range(5)))
    assert rows(database) == ["<1@example.com>"]
    assert {receipt.outcome for receipt in receipts} == {Outcome.DONE}
    assert receipts[0].result == Logged(lead_id="lead-001", message_id="<1@example.com>")


async def test_another_mail_under_the_same_key_is_a_conflict(crm: CrmActivities, database: Database) -> None:
    await crm.log_follow_up(log())
    receipt = await crm.log_follow_up(log("<2@example.com>"))
    assert (receipt.outcome, receipt.result.message_id) == (Outcome.CONFLICT, "<1@example.com>")
    assert rows(database) == ["<1@example.com>"]


async def test_a_follow_up_of_an_unknown_lead_leaves_no_receipt(crm: CrmActivities, database: Database) -> None:
    with pytest.raises(NotFound):
        await crm.log_follow_up(log(lead_id="lead-999"))
    assert (await crm.log_follow_up(log())).outcome is Outcome.DONE
    assert rows(database) == ["<1@example.com>"]


async def test_a_row_and_its_receipt_stand_or_fall_together(
    crm: CrmActivities, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> None:
        raise OSError("disk full")

    with monkeypatch.context() as broken:
        broken.setattr("activities.tools.crm.put_follow_up", fail)
        with pytest.raises(ToolUnavailable, match="disk full"):
            await crm.log_follow_up(log())
    assert (await crm.log_follow_up(log())).outcome is Outcome.DONE
    assert rows(database) == ["<1@example.com>"]
