"""Lengths of time as people write them."""

import re
from datetime import timedelta
from typing import Annotated, Any

from pydantic import BeforeValidator

_SHORT = re.compile(r"(\d+(?:\.\d+)?)\s*([smhd])")
_UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days"}


def duration(value: Any) -> Any:
    """`90s`, `10m`, `24h` and `7d` as a timedelta; anything else as it is, for pydantic to read or refuse."""
    found = _SHORT.fullmatch(value.strip()) if isinstance(value, str) else None
    try:
        return timedelta(**{_UNITS[found[2]]: float(found[1])}) if found else value
    except OverflowError:
        raise ValueError("is too long") from None


Duration = Annotated[timedelta, BeforeValidator(duration)]
"""A length of time: seconds as a number, `10m` and the like, or ISO 8601 (`PT10M`)."""
