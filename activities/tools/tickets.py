"""The help desk that ships: a table in the database of the settings."""

from datetime import timedelta

from pydantic import ValidationError
from sqlalchemy import Connection
from temporalio import activity

from activities.effects import receipt_of
from activities.stores.database import Database
from activities.stores.ledger import Claim, Ledger
from activities.stores.tickets import find_ticket, put_closing, resolution_of
from contracts.errors import NotFound, ToolFailed
from contracts.tickets import ClosedTicket, CloseTicket, ReadTicket, Ticket, TicketsPort
from contracts.tools import Act, Receipt
from runtime.problems import problem_line


class TicketActivities(TicketsPort):
    """Tickets."""

    def __init__(self, database: Database) -> None:
        """`database` keeps the ledger too, so that a row and its receipt are one transaction."""
        self._database = database
        self._ledger = Ledger(database)

    @activity.defn(name="ticket.read")
    async def read(self, request: ReadTicket) -> Ticket:
        """One ticket. Raises NotFound, ToolFailed (a row that cannot be right), ToolUnavailable."""
        return await self._database.run(lambda connection: self._ticket(connection, request.ticket_id))

    @activity.defn(name="ticket.close")
    async def close(self, act: Act[CloseTicket]) -> Receipt[ClosedTicket]:
        """Close a ticket; the same key closes it once. Raises NotFound, ToolUnavailable."""
        await self._ledger.ready(act.key)
        return await self._database.run(lambda connection: self._closed(connection, act))

    def _closed(self, connection: Connection, act: Act[CloseTicket]) -> Receipt[ClosedTicket]:
        wanted = act.argument
        before = resolution_of(connection, wanted.ticket_id)
        result = ClosedTicket(
            ticket_id=wanted.ticket_id, resolution=before or wanted.resolution, already=before is not None
        )
        claim = Claim(act.key, act.digest, "ticket.close", result, timedelta(), act.undoes)
        entry, first = self._ledger.record(connection, claim)
        if first:
            self._ticket(connection, wanted.ticket_id)
            put_closing(connection, act.key, wanted)
        return receipt_of(entry, act.digest, ClosedTicket)

    def _ticket(self, connection: Connection, ticket_id: str) -> Ticket:
        try:
            ticket = find_ticket(connection, ticket_id)
        except ValidationError as error:
            raise ToolFailed(f"ticket {ticket_id} cannot be right: {problem_line(error)}") from None
        if ticket is None:
            raise NotFound(
                f"ticket {ticket_id} is not in the help desk ({self._database.name}): check the id, "
                "or load the sample tickets with `signoff seed`"
            )
        return ticket
