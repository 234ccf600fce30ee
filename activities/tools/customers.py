"""Customers in the database of the settings: each entered once, with the decision that made them one."""

from datetime import timedelta

from sqlalchemy import Connection
from temporalio import activity

from activities.effects import receipt_of
from activities.stores.credit import is_customer, put_customer
from activities.stores.database import Database
from activities.stores.ledger import Claim, Ledger
from contracts.customers import CustomersPort, EnteredCustomer, NewCustomer, customer_id
from contracts.tools import Act, Receipt


class CustomerActivities(CustomersPort):
    """The CRM's customers."""

    def __init__(self, database: Database) -> None:
        """`database` keeps the ledger too, so that a row and its receipt are one transaction."""
        self._database = database
        self._ledger = Ledger(database)

    @activity.defn(name="customer.create")
    async def create(self, act: Act[NewCustomer]) -> Receipt[EnteredCustomer]:
        """Enter a customer, once for an application. Raises ToolFailed, ToolUnavailable."""
        await self._ledger.ready(act.key)
        return await self._database.run(lambda connection: self._created(connection, act))

    def _created(self, connection: Connection, act: Act[NewCustomer]) -> Receipt[EnteredCustomer]:
        application = act.argument.application_id
        result = EnteredCustomer(
            application_id=application,
            customer_id=customer_id(application),
            already=is_customer(connection, application),
        )
        claim = Claim(act.key, act.digest, "customer.create", result, timedelta(), act.undoes)
        entry, first = self._ledger.record(connection, claim)
        if first:
            put_customer(connection, act.key, result.customer_id, act.argument)
        return receipt_of(entry, act.digest, EnteredCustomer)
