"""How long a provider asks us to stay away."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

LONGEST_WAIT = timedelta(minutes=10)
"""A longer wish is cut: after ten minutes it is worth asking again."""


def wanted_wait(headers: Mapping[str, str]) -> timedelta | None:
    """`retry-after-ms`, or Retry-After as seconds or as an HTTP date (RFC 9110, 10.2.3); None where there is none."""
    wait = _milliseconds(headers.get("retry-after-ms", "")) or _retry_after(headers.get("retry-after", ""))
    return min(wait, LONGEST_WAIT) if wait and wait > timedelta(0) else None


def _milliseconds(text: str) -> timedelta | None:
    try:
        return timedelta(milliseconds=float(text))
    except (ValueError, OverflowError):  # not a number, NaN, or more than a timedelta holds
        return None


def _retry_after(text: str) -> timedelta | None:
    try:
        return timedelta(seconds=float(text))
    except OverflowError:
        return LONGEST_WAIT
    except ValueError:
        return _until(text)


def _until(date: str) -> timedelta | None:
    try:
        when = parsedate_to_datetime(date)
    except ValueError:
        return None
    return (when if when.tzinfo else when.replace(tzinfo=UTC)) - datetime.now(UTC)
