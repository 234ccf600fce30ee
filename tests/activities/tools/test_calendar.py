"""The calendar: a slot that can be said in a mail, and an invitation that calendars can read."""

from datetime import UTC, datetime, timedelta

import pytest
from icalendar import Calendar, Event

from activities.stores.crm import Busy, put_meeting
from activities.stores.database import Database
from activities.tools.calendar import CalendarActivities
from contracts.calendar import ProposeSlot, WorkingTime
from contracts.crm import Person
from contracts.errors import BadInput, ToolFailed

OWNER = Person(name="Ann Lee", email="ann@signoff.example")
REQUEST = ProposeSlot(
    key="sales-follow-up/lead-001/2026-11-21",
    guest=Person(name='Groß; "Jürgen", von', email="j@bücher.example"),
    owner=OWNER,
    topic="Lager, Bestand; mehr\nEND:VCALENDAR",
    timezone="Europe/Berlin",
    not_before=datetime(2026, 11, 26, 8, 40, 12, 345678, tzinfo=UTC),
)


@pytest.fixture
def calendar(database: Database) -> CalendarActivities:
    """The calendars of a database."""
    return CalendarActivities(database)


def event_of(ics: str) -> Event:
    """The only event of an invitation."""
    (event,) = Calendar.from_ical(ics).walk("VEVENT")
    assert isinstance(event, Event)
    return event


async def test_a_slot_is_said_in_the_guests_own_time(calendar: CalendarActivities) -> None:
    slot = await calendar.propose_slot(REQUEST)
    assert slot.spoken == "Thursday, 26 November 2026, 10:00 to 10:30 (Europe/Berlin)"
    assert (slot.starts, slot.ends) == (
        datetime(2026, 11, 26, 9, tzinfo=UTC),
        datetime(2026, 11, 26, 9, 30, tzinfo=UTC),
    )
    assert slot.timezone == "Europe/Berlin"


async def test_the_invitation_says_what_the_slot_says(calendar: CalendarActivities) -> None:
    slot = await calendar.propose_slot(REQUEST)
    whole, event = Calendar.from_ical(slot.ics), event_of(slot.ics)
    assert (whole["method"], whole["version"]) == ("REQUEST", "2.0")
    assert (slot.starts, slot.ends) == (event.DTSTART, event.DTEND)
    assert "DTSTART:20261126T090000Z\r\n" in slot.ics
    assert REQUEST.not_before.replace(microsecond=0) == event.DTSTAMP
    assert str(event["summary"]) == REQUEST.topic
    assert str(event["organizer"]) == "mailto:ann@signoff.example"
    attendee = event["attendee"]
    assert str(attendee) == "mailto:j@xn--bcher-kva.example"
    assert (attendee.params["RSVP"], attendee.params["PARTSTAT"]) == ("TRUE", "NEEDS-ACTION")
    assert attendee.params["CN"] == REQUEST.guest.name
    assert "\n" not in slot.ics.replace("\r\n", "")
    assert all(len(line.encode()) <= 75 for line in slot.ics.split("\r\n"))


async def test_the_same_request_makes_the_same_invitation(calendar: CalendarActivities) -> None:
    assert await calendar.propose_slot(REQUEST) == await calendar.propose_slot(REQUEST)


async def test_the_uid_names_the_meeting_without_telling_its_key(calendar: CalendarActivities) -> None:
    first = await calendar.propose_slot(REQUEST)
    later = await calendar.propose_slot(REQUEST.model_copy(update={"not_before": first.ends}))
    other = await calendar.propose_slot(REQUEST.model_copy(update={"key": "other"}))
    uids = [str(event_of(slot.ics)["uid"]) for slot in (first, later, other)]
    assert uids[0] == uids[1] != uids[2]
    assert uids[0].endswith("@signoff.example")
    assert "lead-001" not in first.ics


async def test_only_the_owners_own_meetings_are_in_the_way(calendar: CalendarActivities, database: Database) -> None:
    nine = datetime(2026, 11, 26, 9, tzinfo=UTC)
    weekly = Busy(nine - timedelta(weeks=40), nine - timedelta(weeks=40) + timedelta(hours=1), weekly=True)
    once = Busy(nine, nine + timedelta(hours=8), weekly=False)
    database.transact(lambda connection: put_meeting(connection, "1", OWNER.email, weekly))
    database.transact(lambda connection: put_meeting(connection, "2", "bob@signoff.example", once))
    slot = await calendar.propose_slot(REQUEST)
    assert slot.spoken == "Thursday, 26 November 2026, 11:00 to 11:30 (Europe/Berlin)"


async def test_an_owner_without_a_free_half_hour_is_named(calendar: CalendarActivities, database: Database) -> None:
    start = datetime(2026, 11, 1, tzinfo=UTC)
    always = Busy(start, start + timedelta(days=200), weekly=False)
    database.transact(lambda connection: put_meeting(connection, "1", OWNER.email, always))
    with pytest.raises(ToolFailed, match=r"ann@signoff\.example has no free half hour"):
        await calendar.propose_slot(REQUEST)


@pytest.mark.parametrize("name", ["Mars/Olympus", "", "../etc/passwd", "/etc/passwd", "Europe", "a\x00b", "x" * 5000])
async def test_an_unknown_time_zone_is_named(calendar: CalendarActivities, name: str) -> None:
    with pytest.raises(BadInput, match=r"timezone: .* is not an IANA time zone") as caught:
        await calendar.propose_slot(REQUEST.model_copy(update={"timezone": name}))
    assert "\n" not in caught.value.message
    with pytest.raises(BadInput, match="timezone"):
        await calendar.next_working_time(WorkingTime(timezone=name, not_before=REQUEST.not_before))


async def test_the_next_working_time_is_now_or_the_next_morning(calendar: CalendarActivities) -> None:
    friday_noon = datetime(2026, 11, 27, 12, tzinfo=UTC)
    at_work = WorkingTime(timezone="Europe/Berlin", not_before=friday_noon)
    assert await calendar.next_working_time(at_work) == friday_noon
    after = WorkingTime(timezone="Asia/Tokyo", not_before=friday_noon)
    assert await calendar.next_working_time(after) == datetime(2026, 11, 30, 0, tzinfo=UTC)
