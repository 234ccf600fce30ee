"""The credit bureau that ships: a table in the database of the settings."""

from pydantic import ValidationError
from temporalio import activity

from activities.stores.credit import find_credit
from activities.stores.database import Database
from contracts.credit import CreditPort, CreditReport, ReadCredit
from contracts.errors import ToolFailed


class CreditActivities(CreditPort):
    """Credit files."""

    def __init__(self, database: Database) -> None:
        self._database = database

    @activity.defn(name="credit.read")
    async def read(self, request: ReadCredit) -> CreditReport:
        """What is known of a person. Raises ToolFailed (a row that cannot be right), ToolUnavailable."""
        try:
            file = await self._database.run(lambda connection: find_credit(connection, request.name, request.born))
        except ValidationError:
            # Without the row's own words: they are about a person.
            raise ToolFailed("the credit bureau's file of this person cannot be right: look at it there") from None
        return CreditReport(found=True, score=file.score, defaults=file.defaults) if file else CreditReport(found=False)
