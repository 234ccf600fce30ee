"""The CRM that ships: tables in the database of the settings."""

from datetime import timedelta

from pydantic import ValidationError
from sqlalchemy import Connection
from temporalio import activity

from activities.effects import receipt_of
from activities.stores.crm import find_lead, put_follow_up
from activities.stores.database import Database
from activities.stores.ledger import Claim, Ledger
from contracts.crm import CrmPort, FollowUp, Lead, Logged, ReadLead
from contracts.errors import NotFound, ToolFailed
from contracts.tools import Act, Receipt
from runtime.problems import problem_line


class CrmActivities(CrmPort):
    """Leads and follow-ups."""

    def __init__(self, database: Database) -> None:
        """`database` keeps the ledger too, so that a row and its receipt are one transaction."""
        self._database = database
        self._ledger = Ledger(database)

    @activity.defn(name="crm.read_lead")
    async def read_lead(self, request: ReadLead) -> Lead:
        """One lead. Raises NotFound, ToolFailed (a row that cannot be right), ToolUnavailable."""
        return await self._database.run(lambda connection: self._lead(connection, request.lead_id))

    @activity.defn(name="crm.log_follow_up")
    async def log_follow_up(self, act: Act[FollowUp]) -> Receipt[Logged]:
        """Note that a follow-up went out; the same key writes one row. Raises NotFound, ToolUnavailable."""
        follow_up = act.argument
        logged = Logged(lead_id=follow_up.lead_id, message_id=follow_up.message_id)
        claim = Claim(act.key, act.digest, "crm.log_follow_up", logged, timedelta(), act.undoes)

        def write(connection: Connection) -> Receipt[Logged]:
            entry, first = self._ledger.record(connection, claim)
            if first:
                self._lead(connection, follow_up.lead_id)
                put_follow_up(connection, act.key, follow_up)
            return receipt_of(entry, act.digest, Logged)

        await self._ledger.ready(act.key)
        return await self._database.run(write)

    def _lead(self, connection: Connection, lead_id: str) -> Lead:
        try:
            lead = find_lead(connection, lead_id)
        except ValidationError as error:
            raise ToolFailed(f"lead {lead_id} in the CRM cannot be right: {problem_line(error)}") from None
        if lead is None:
            raise NotFound(
                f"lead {lead_id} is not in the CRM ({self._database.name}): check the id, "
                "or load the sample leads with `signoff seed`"
            )
        return lead
