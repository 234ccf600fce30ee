"""The calendar: a free slot, and the invitation that goes with it."""

from datetime import datetime

from pydantic import AwareDatetime, BaseModel, ConfigDict
from temporalio import activity

from contracts.crm import Person
from contracts.tools import ReadTool


class ProposeSlot(BaseModel):
    """Half an hour that starts no earlier than `not_before`, in the working hours of `timezone` (IANA name)."""

    model_config = ConfigDict(frozen=True)

    key: str
    """Names the meeting: its iCalendar UID is made from it, so the same action proposes the same meeting."""
    guest: Person
    owner: Person
    topic: str
    timezone: str
    not_before: AwareDatetime


class Slot(BaseModel):
    """A free half hour.

    `spoken` is how a mail says it, in the guest's time; `ics` is an iCalendar REQUEST (RFC 5545, RFC 5546).
    """

    model_config = ConfigDict(frozen=True)

    starts: AwareDatetime
    ends: AwareDatetime
    timezone: str
    spoken: str
    ics: str


class WorkingTime(BaseModel):
    """When may somebody in `timezone` (IANA name) be written to, from `not_before` on?"""

    model_config = ConfigDict(frozen=True)

    timezone: str
    not_before: AwareDatetime


class CalendarPort:
    """The owner's calendar."""

    @activity.defn(name="calendar.propose_slot")
    async def propose_slot(self, request: ProposeSlot) -> Slot:
        """The owner's first free slot. Raises ToolUnavailable, BadInput (unknown time zone)."""
        raise NotImplementedError

    @activity.defn(name="calendar.next_working_time")
    async def next_working_time(self, request: WorkingTime) -> datetime:
        """`not_before` where it lies in working hours, else the start of the next ones. Raises BadInput."""
        raise NotImplementedError


NEXT_WORKING_TIME = ReadTool(CalendarPort.next_working_time, at_most=1)
PROPOSE_SLOT = ReadTool(CalendarPort.propose_slot, at_most=1)
