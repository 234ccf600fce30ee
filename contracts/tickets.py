"""The help desk's tickets: read, and closed."""

from datetime import datetime
from enum import StrEnum
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, StringConstraints
from temporalio import activity

from contracts.crm import LeadId, Line, Person
from contracts.http import SystemName
from contracts.tools import Act, ReadTool, Receipt, WriteTool

TicketId = LeadId
"""Part of workflow ids and effect keys, as a lead's id is."""

LONGEST_LOG = 10_000_000
"""Characters. It stays in the database: what runs see of it, `log.parse` tells."""


class Ticket(BaseModel):
    """What a customer wrote, and what is known of it. All of it is free text, not to be trusted."""

    model_config = ConfigDict(frozen=True)

    ticket_id: TicketId
    customer: Person
    company: Line
    opened_at: datetime
    subject: Line
    body: str = Field(max_length=20_000, description="any language")
    systems: tuple[SystemName, ...] = Field(
        default=(), max_length=10, description="the customer's own systems, by their names in SIGNOFF_SYSTEMS"
    )
    log_characters: int = Field(default=0, description="length of the log that came with it")
    closed: bool = False


class FiledTicket(Ticket):
    """One line of `samples/tickets.jsonl`: a ticket with its log."""

    log: str = Field(default="", max_length=LONGEST_LOG)


class ReadTicket(BaseModel):
    """Which ticket."""

    model_config = ConfigDict(frozen=True)

    ticket_id: TicketId


class Resolution(StrEnum):
    """Why a ticket is closed."""

    SOLVED = "solved"
    """With a fix from the knowledge base."""
    ANSWERED = "answered"
    """By a person, after it was escalated."""
    UNANSWERED = "unanswered"
    """The customer was asked, and did not answer."""


class CloseTicket(BaseModel):
    """How a ticket is closed, and what its customer is told."""

    model_config = ConfigDict(frozen=True)

    ticket_id: TicketId
    resolution: Resolution
    message: Annotated[str, StringConstraints(min_length=1, max_length=50_000)]
    sources: tuple[str, ...] = Field(default=(), max_length=10, description="articles that the message rests on")


class ClosedTicket(BaseModel):
    """How a ticket was closed: the first time, if it was closed before."""

    model_config = ConfigDict(frozen=True)

    ticket_id: TicketId
    resolution: Resolution
    already: bool = Field(description="whether another action had closed it before; nothing was done then")


class TicketsPort:
    """The help desk's doors."""

    @activity.defn(name="ticket.read")
    async def read(self, request: ReadTicket) -> Ticket:
        """One ticket. Raises NotFound, ToolFailed, ToolUnavailable."""
        raise NotImplementedError

    @activity.defn(name="ticket.close")
    async def close(self, act: Act[CloseTicket]) -> Receipt[ClosedTicket]:
        """Close a ticket; the same key closes it once. Raises NotFound, ToolUnavailable."""
        raise NotImplementedError


READ_TICKET = ReadTool(TicketsPort.read, at_most=1, fast=True)
CLOSE_TICKET = WriteTool(TicketsPort.close, at_most=1)
