"""Working hours, 9 to 17 from Monday to Friday in somebody's zone, and what is free in them. Pure: no clock of its own.

Times are compared in UTC: two aware times of the same zone are compared by their wall clocks, which lie on the days
when the clock is changed.
"""

from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime, time, timedelta, tzinfo

from activities.stores.crm import Busy

MEETING = timedelta(minutes=30)
OPENS, CLOSES = time(9), time(17)
_FRIDAY = 4
_WEEK = timedelta(days=7)
_DAYS_AHEAD = 90


def first_free(not_before: datetime, zone: tzinfo, busy: Sequence[Busy]) -> datetime | None:
    """Start (UTC) of the first half hour, on the full or half hour, with nothing in `busy`; None: 90 full days."""
    for starts in _half_hours(not_before, zone):
        if not any(_overlaps(starts, each) for each in busy):
            return starts
    return None


def next_working_time(not_before: datetime, zone: tzinfo) -> datetime:
    """`not_before` where it lies in working hours, else the start of the next ones; in UTC."""
    asked = not_before.astimezone(UTC)
    for day in _working_days(asked, zone):
        opens, closes = _utc(datetime.combine(day, OPENS), zone), _utc(datetime.combine(day, CLOSES), zone)
        if asked < closes:
            return max(asked, opens)
    raise AssertionError("a week without a working day")


def _working_days(asked: datetime, zone: tzinfo) -> Iterator[date]:
    first = asked.astimezone(zone).date()
    days = (first + timedelta(days=ahead) for ahead in range(_DAYS_AHEAD))
    # A zone that moves across the date line leaves a day out.
    return (day for day in days if day.weekday() <= _FRIDAY and _exists(datetime.combine(day, OPENS), zone))


def _half_hours(not_before: datetime, zone: tzinfo) -> Iterator[datetime]:
    asked = not_before.astimezone(UTC)
    for day in _working_days(asked, zone):
        start = datetime.combine(day, OPENS)
        while start + MEETING <= datetime.combine(day, CLOSES):
            starts = _utc(start, zone)
            if starts >= asked and _lasts_half_an_hour(start, zone):
                yield starts
            start += MEETING


def _lasts_half_an_hour(start: datetime, zone: tzinfo) -> bool:
    """Not where the clock is changed meanwhile: `start` may not exist, or what people read would be longer."""
    return _exists(start, zone) and _wall(_utc(start, zone) + MEETING, zone) == start + MEETING


def _exists(wall: datetime, zone: tzinfo) -> bool:
    return _wall(_utc(wall, zone), zone) == wall


def _utc(wall: datetime, zone: tzinfo) -> datetime:
    return wall.replace(tzinfo=zone).astimezone(UTC)


def _wall(moment: datetime, zone: tzinfo) -> datetime:
    return moment.astimezone(zone).replace(tzinfo=None)


def _overlaps(starts: datetime, busy: Busy) -> bool:
    # Of a weekly one, the last time that it begins before the half hour is over.
    weeks = max((starts + MEETING - busy.starts) // _WEEK, 0) if busy.weekly else 0
    began, ended = busy.starts + weeks * _WEEK, busy.ends + weeks * _WEEK
    return began < starts + MEETING and ended > starts
