"""The credit bureau: what it knows of a person."""

from datetime import date

from pydantic import BaseModel, ConfigDict, Field
from temporalio import activity

from contracts.crm import Line
from contracts.tools import ReadTool


class ReadCredit(BaseModel):
    """Whose file."""

    model_config = ConfigDict(frozen=True)

    name: Line
    born: date


class CreditFile(BaseModel):
    """One line of `samples/credit.jsonl`: what the bureau knows of somebody."""

    model_config = ConfigDict(frozen=True)

    name: Line
    born: date
    score: int = Field(ge=0, le=1000, description="0 (bad) to 1000")
    defaults: int = Field(ge=0, description="unpaid debts")


class CreditReport(BaseModel):
    """What it answers; without a file nothing else is known."""

    model_config = ConfigDict(frozen=True)

    found: bool
    score: int | None = None
    defaults: int | None = None


class CreditPort:
    """The bureau's door."""

    @activity.defn(name="credit.read")
    async def read(self, request: ReadCredit) -> CreditReport:
        """What is known of a person, by name and date of birth. Raises ToolFailed, ToolUnavailable."""
        raise NotImplementedError


READ_CREDIT = ReadTool(CreditPort.read, at_most=1)
