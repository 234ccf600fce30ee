"""How long to stay away from a provider that did not answer."""

import random
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

from temporalio import activity

LONGEST_WAIT = timedelta(minutes=10)
"""A longer wish is cut: after ten minutes it is worth asking again."""

FIRST_BACKOFF = timedelta(seconds=1)
LONGEST_BACKOFF = timedelta(minutes=1)
"""Where the provider says nothing: doubled with each attempt up to here, and then up to a half of it taken off by
chance, so that the runs which it turned away together do not come back together."""

_MOST_DOUBLINGS = 10


def wait_for(headers: Mapping[str, str]) -> timedelta:
    """What the provider asks for, within bounds; where that is nothing or nonsense, the back-off of this attempt."""
    return wanted_wait(headers) or backoff(activity.info().attempt if activity.in_activity() else 1)


def backoff(attempt: int) -> timedelta:
    """The wait after the attempt of this number; the first is 1."""
    whole = min(FIRST_BACKOFF * (1 << min(attempt - 1, _MOST_DOUBLINGS)), LONGEST_BACKOFF)
    return whole * random.uniform(0.5, 1)


def wanted_wait(headers: Mapping[str, str]) -> timedelta | None:
    """`retry-after-ms`, or Retry-After as seconds or as an HTTP date (RFC 9110, 10.2.3); None where there is none.

    A wish for no time at all, or for less, is none.
    """
    wishes = (_milliseconds(headers.get("retry-after-ms", "")), _retry_after(headers.get("retry-after", "")))
    return next((min(wish, LONGEST_WAIT) for wish in wishes if wish and wish > timedelta(0)), None)


def _milliseconds(text: str) -> timedelta | None:
    try:
        return timedelta(milliseconds=float(text))
    except (ValueError, OverflowError):  # not a number, NaN, or more than a timedelta holds
        return None


def _retry_after(text: str) -> timedelta | None:
    try:
        return timedelta(seconds=float(text))
    except OverflowError:
        return LONGEST_WAIT if not text.strip().startswith("-") else None
    except ValueError:
        return _until(text)


def _until(date: str) -> timedelta | None:
    try:
        when = parsedate_to_datetime(date)
    except (ValueError, OverflowError):
        return None
    return (when if when.tzinfo else when.replace(tzinfo=UTC)) - datetime.now(UTC)
