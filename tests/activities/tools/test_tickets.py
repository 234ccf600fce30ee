"""The help desk: tickets as they were filed, closed once, and logs that stay where they are."""

import asyncio
import json
from datetime import UTC, datetime

import pytest
from sqlalchemy import select

from activities.stores.database import Database
from activities.stores.tables import TICKETS
from activities.stores.tickets import put_tickets
from activities.tools.logs import LogActivities
from activities.tools.tickets import TicketActivities
from contracts.crm import Person
from contracts.errors import NotFound, ToolFailed, ToolUnavailable
from contracts.gates import digest_of
from contracts.logs import ParseLog
from contracts.tickets import ClosedTicket, CloseTicket, FiledTicket, ReadTicket, Resolution
from contracts.tools import Act, Outcome

FILED = FiledTicket(
    ticket_id="ticket-1",
    customer=Person(name="Jürgen Groß", email="j.gross@example.com"),
    company="Groß & Söhne",
    opened_at=datetime(2026, 11, 16, 8, 12, tzinfo=UTC),
    subject="Nichts geht 🙂",
    body="seit gestern\n在庫",
    systems=("hub",),
    log="ERROR nein\n",
)


@pytest.fixture
def desk(database: Database) -> TicketActivities:
    """A help desk with one ticket."""
    database.transact(lambda connection: put_tickets(connection, [FILED]))
    return TicketActivities(database)


def close(message: str = "Set the port to 8443.", ticket_id: str = "ticket-1", run: str = "today") -> Act[CloseTicket]:
    """The act of closing a ticket."""
    argument = CloseTicket(ticket_id=ticket_id, resolution=Resolution.SOLVED, message=message, sources=("a.md",))
    return Act(key=f"troubleshooting/{ticket_id}/{run}/close", digest=digest_of(argument), argument=argument)


def closings(database: Database) -> list[tuple[str | None, str | None]]:
    """What each ticket's customer was told, and under which key."""
    wanted = select(TICKETS.c.message, TICKETS.c.closed_by)
    return [(row[0], row[1]) for row in database.transact(lambda connection: connection.execute(wanted).all())]


async def test_a_ticket_comes_back_letter_by_letter_without_its_log(desk: TicketActivities) -> None:
    ticket = await desk.read(ReadTicket(ticket_id="ticket-1"))
    assert ticket.model_dump() == FILED.model_dump(exclude={"log"}) | {"log_characters": len(FILED.log)}


async def test_an_unknown_ticket_is_named_with_what_to_do(desk: TicketActivities) -> None:
    with pytest.raises(NotFound, match=r"ticket ticket-9 is not in the help desk \(.*\): .*signoff seed") as caught:
        await desk.read(ReadTicket(ticket_id="ticket-9"))
    assert "secret-word" not in caught.value.message


async def test_a_ticket_that_cannot_be_right_is_named(desk: TicketActivities, database: Database) -> None:
    database.transact(lambda connection: connection.execute(TICKETS.update().values(subject="a\nb")))
    with pytest.raises(ToolFailed, match="ticket ticket-1 cannot be right: subject"):
        await desk.read(ReadTicket(ticket_id="ticket-1"))


async def test_a_ticket_is_closed_once(desk: TicketActivities, database: Database) -> None:
    receipts = await asyncio.gather(*(desk.close(close()) for _ in range(5)))
    assert closings(database) == [("Set the port to 8443.", "troubleshooting/ticket-1/today/close")]
    assert {receipt.outcome for receipt in receipts} == {Outcome.DONE}
    assert receipts[0].result == ClosedTicket(ticket_id="ticket-1", resolution=Resolution.SOLVED, already=False)
    assert (await desk.read(ReadTicket(ticket_id="ticket-1"))).closed


async def test_other_words_under_the_same_key_are_a_conflict(desk: TicketActivities, database: Database) -> None:
    await desk.close(close())
    assert (await desk.close(close("Something else."))).outcome is Outcome.CONFLICT
    assert closings(database)[0][0] == "Set the port to 8443."


async def test_a_ticket_that_another_run_has_closed_stays_as_it_is(desk: TicketActivities, database: Database) -> None:
    await desk.close(close())
    receipt = await desk.close(close("Something else.", run="tomorrow"))
    assert (receipt.outcome, receipt.result.already) == (Outcome.DONE, True)
    assert closings(database)[0][0] == "Set the port to 8443."


async def test_an_unknown_ticket_is_not_closed_and_leaves_no_receipt(
    desk: TicketActivities, database: Database
) -> None:
    with pytest.raises(NotFound):
        await desk.close(close(ticket_id="ticket-9"))
    nine = FILED.model_copy(update={"ticket_id": "ticket-9"})
    database.transact(lambda connection: put_tickets(connection, [nine]))
    assert not (await desk.close(close(ticket_id="ticket-9"))).result.already


async def test_a_closing_and_its_receipt_stand_or_fall_together(
    desk: TicketActivities, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> None:
        raise OSError("disk full")

    with monkeypatch.context() as broken:
        broken.setattr("activities.tools.tickets.put_closing", fail)
        with pytest.raises(ToolUnavailable, match="disk full"):
            await desk.close(close())
    assert not (await desk.close(close())).result.already
    assert len(closings(database)) == 1


async def test_a_log_is_read_where_it_lies(desk: TicketActivities, database: Database) -> None:
    report = await LogActivities(database).parse(ParseLog(ticket_id="ticket-1"))
    assert json.loads(report.model_dump_json())["levels"] == {"error": 1}
    with pytest.raises(NotFound, match="ticket-9"):
        await LogActivities(database).parse(ParseLog(ticket_id="ticket-9"))
