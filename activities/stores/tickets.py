"""The help desk's table, read and written. Every function works inside its caller's transaction."""

from collections.abc import Iterable
from datetime import UTC, datetime

from sqlalchemy import Connection, func, select

from activities.stores.tables import TICKETS, insert_into
from contracts.tickets import CloseTicket, FiledTicket, Resolution, Ticket

_CLOSING = ("resolution", "message", "sources", "closed_by", "closed_at")


def find_ticket(connection: Connection, ticket_id: str) -> Ticket | None:
    """The ticket, if the help desk knows it; its log stays where it is."""
    shown = [column for column in TICKETS.c if column.name not in ("log", *_CLOSING)]
    length = func.length(TICKETS.c.log).label("log_characters")
    wanted = select(*shown, length, TICKETS.c.resolution.is_not(None).label("closed"))
    row = connection.execute(wanted.where(TICKETS.c.ticket_id == ticket_id)).mappings().one_or_none()
    return Ticket.model_validate(dict(row)) if row else None


def find_log(connection: Connection, ticket_id: str) -> str | None:
    """The ticket's log; None where there is no such ticket."""
    return connection.scalar(select(TICKETS.c.log).where(TICKETS.c.ticket_id == ticket_id))


def put_tickets(connection: Connection, tickets: Iterable[FiledTicket]) -> None:
    """Add tickets; one that is there already is replaced, and stays closed if it is."""
    for ticket in tickets:
        values = ticket.model_dump(exclude={"log_characters", "closed"}, mode="json")
        values["opened_at"] = ticket.opened_at
        row = insert_into(connection, TICKETS).values(values)
        connection.execute(row.on_conflict_do_update(index_elements=["ticket_id"], set_=values))


def put_closing(connection: Connection, key: str, closing: CloseTicket) -> None:
    """Close a ticket that is open."""
    connection.execute(
        TICKETS.update()
        .where(TICKETS.c.ticket_id == closing.ticket_id, TICKETS.c.resolution.is_(None))
        .values(
            resolution=closing.resolution,
            message=closing.message,
            sources=list(closing.sources),
            closed_by=key,
            closed_at=datetime.now(UTC),
        )
    )


def resolution_of(connection: Connection, ticket_id: str) -> Resolution | None:
    """How a ticket was closed; None while it is open."""
    found = connection.scalar(select(TICKETS.c.resolution).where(TICKETS.c.ticket_id == ticket_id))
    return Resolution(found) if found else None
