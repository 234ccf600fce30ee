"""Since when: a length of time that ends now, or a date."""

from datetime import UTC, datetime, timedelta

from contracts.durations import duration
from starters.failures import BAD_INPUT, Failure

_HOW = "write 90s, 10m, 24h or 7d, or a date like 2026-11-14"


def read_since(text: str, now: datetime) -> datetime:
    """The moment that `--since` means (UTC); a date means its first moment. Raises Failure."""
    try:
        length = duration(text)
        found = now - length if isinstance(length, timedelta) else datetime.fromisoformat(text.strip())
        since = found.astimezone(UTC) if found.tzinfo else found.replace(tzinfo=UTC)
    except (ValueError, OverflowError):
        raise Failure(BAD_INPUT, f'--since: "{text}" is no time that can be taken: {_HOW}') from None
    if since > now:
        raise Failure(BAD_INPUT, f'--since: "{text}" lies in the future: {_HOW}')
    return since
