"""Text and times as a page shows them. What people and models wrote is only text."""

from datetime import datetime, timedelta

from markupsafe import Markup, escape

_JOINERS = "\u200c\u200d"
"""Invisible, and part of how some languages are spelt."""


def visible(text: str) -> str:
    """Characters that nobody sees, or that turn the direction of those around them, spelt out."""
    if text.isprintable():
        return text
    return "".join(c if _harmless(c) else f"[U+{ord(c):04X}]" for c in text.replace("\r\n", "\n"))


def shown(value: object) -> object:
    """What a template puts on a page for a value: text is made visible first. Markup is the templates' own."""
    return visible(value) if isinstance(value, str) and not isinstance(value, Markup) else value


def as_typed(text: str) -> Markup:
    """Text for a form's field, unchanged but for escaping: what comes back from there is what would be sent."""
    return escape(text.encode("utf-8", "replace").decode())


def with_code(text: str) -> Markup:
    """A sentence of ours; what stands between backticks is for typing."""
    parts = (escape(visible(part)) for part in text.split("`"))
    return Markup("").join(Markup("<code>{}</code>").format(part) if n % 2 else part for n, part in enumerate(parts))


def lines(text: str) -> str:
    """Line breaks as one character. Browsers send two."""
    return text.replace("\r\n", "\n").replace("\r", "\n")


def minute(moment: datetime) -> str:
    """A time in UTC, as the record has it."""
    return f"{moment:%Y-%m-%d %H:%M} UTC"


def relative(moment: datetime, now: datetime) -> str:
    """`in 23 h`, `5 min ago`."""
    words = _length(abs(moment - now))
    return f"in {words}" if moment > now else f"{words} ago"


def _length(time: timedelta) -> str:
    minutes = time.total_seconds() / 60
    if minutes < 1:
        return "less than a minute"
    if minutes < 59.5:
        return f"{minutes:.0f} min"
    return f"{minutes / 60:.0f} h" if minutes <= 48 * 60 else f"{minutes / 1440:.0f} days"


def _harmless(c: str) -> bool:
    return c.isprintable() or c in "\n\t\xa0\u202f\u3000" or c in _JOINERS
