"""Reading a ticket's log: it stays in the database, and what it says comes back."""

import asyncio

from temporalio import activity

from activities.stores.database import Database
from activities.stores.tickets import find_log
from activities.tools.log_report import report
from contracts.errors import NotFound
from contracts.logs import LogReport, LogsPort, ParseLog


class LogActivities(LogsPort):
    """The logs of tickets."""

    def __init__(self, database: Database) -> None:
        """`database` holds the tickets."""
        self._database = database

    @activity.defn(name="log.parse")
    async def parse(self, request: ParseLog) -> LogReport:
        """What the ticket's log says. Raises NotFound, ToolUnavailable."""
        log = await self._database.run(lambda connection: find_log(connection, request.ticket_id))
        if log is None:
            raise NotFound(f"ticket {request.ticket_id} is not in the help desk: check the id")
        # A large one takes a second or two, in which the worker has others to serve.
        return await asyncio.to_thread(report, log, request.contains)
