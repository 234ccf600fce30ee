"""The owner's calendar: a slot in the guest's working hours, and the invitation for it."""

from datetime import datetime, tzinfo
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from icalendar import Calendar, Event, vCalAddress
from temporalio import activity

from activities.stores.crm import busy_times
from activities.stores.database import Database
from activities.tools.mail_message import ascii_address, made_from
from activities.tools.working_hours import MEETING, first_free, next_working_time
from contracts.calendar import CalendarPort, ProposeSlot, Slot, WorkingTime
from contracts.crm import Person
from contracts.errors import BadInput, ToolFailed


class CalendarActivities(CalendarPort):
    """Calendars in the database of the settings."""

    def __init__(self, database: Database) -> None:
        """`database` knows when owners are busy."""
        self._database = database

    @activity.defn(name="calendar.propose_slot")
    async def propose_slot(self, request: ProposeSlot) -> Slot:
        """The owner's first free slot. Raises ToolUnavailable, BadInput (unknown time zone), ToolFailed (none free)."""
        zone = _zone(request.timezone)
        owner = request.owner.email
        busy = await self._database.run(lambda connection: busy_times(connection, owner))
        starts = first_free(request.not_before, zone, busy)
        if starts is None:
            raise ToolFailed(f"{owner} has no free half hour within 90 days: look at the table meetings")
        return Slot(
            starts=starts,
            ends=starts + MEETING,
            timezone=request.timezone,
            spoken=_spoken(starts, zone, request.timezone),
            ics=_invitation(request, starts),
        )

    @activity.defn(name="calendar.next_working_time")
    async def next_working_time(self, request: WorkingTime) -> datetime:
        """`not_before` where it lies in working hours, else the start of the next ones. Raises BadInput."""
        return next_working_time(request.not_before, _zone(request.timezone))


def _zone(name: str) -> tzinfo:
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise BadInput(f"timezone: {name!r} is not an IANA time zone, like Europe/Berlin") from None


def _spoken(starts: datetime, zone: tzinfo, name: str) -> str:
    start, end = starts.astimezone(zone), (starts + MEETING).astimezone(zone)
    return f"{start:%A}, {start.day} {start:%B %Y}, {start:%H:%M} to {end:%H:%M} ({name})"


def _invitation(request: ProposeSlot, starts: datetime) -> str:
    """The same request makes the same text, or an approval of it would not hold when it is made again."""
    event = Event()
    event.add("uid", made_from(request.key, request.owner.email))
    event.add("dtstamp", request.not_before)
    event.add("dtstart", starts)
    event.add("dtend", starts + MEETING)
    event.add("summary", request.topic)
    event.add("organizer", _address(request.owner))
    event.add("attendee", _address(request.guest, ROLE="REQ-PARTICIPANT", PARTSTAT="NEEDS-ACTION", RSVP="TRUE"))
    calendar = Calendar()
    calendar.add("prodid", "-//Signoff//EN")
    calendar.add("version", "2.0")
    calendar.add("method", "REQUEST")
    calendar.add_component(event)
    text: bytes = calendar.to_ical()
    return text.decode()


def _address(person: Person, **parameters: str) -> vCalAddress:
    address = vCalAddress(f"mailto:{ascii_address(person.email)}")
    address.params.update(CN=person.name, **parameters)
    return address
