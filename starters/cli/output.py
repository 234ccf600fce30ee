"""What people and programs read on stdout."""

import json
import re
import sys
import unicodedata
from collections.abc import Mapping
from datetime import UTC, datetime
from functools import cache
from typing import Any

from rich.console import Console
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

_TERMINAL_SEQUENCE = re.compile(r"\x1b(?:\[[0-?]*[ -/]*[@-~]|[\]PX^_][^\x07\x1b]*(?:\x07|\x1b\\)?|[ -/]*[0-~])")
_JOINERS = "\u200c\u200d"
"""Invisible, and part of how some languages are spelt."""


class _Console(Console):
    def on_broken_pipe(self) -> None:
        """Raised on, so that the program ends as the others do."""
        raise BrokenPipeError


@cache
def console() -> Console:
    """Stdout. Piped, it is plain and as wide as its lines. Text is shown as it is: nothing in it is markup."""
    width = None if sys.stdout.isatty() else 100_000
    return _Console(markup=False, highlight=False, emoji=False, width=width)


def emit(value: Mapping[str, Any]) -> None:
    """One JSON object on one line. ASCII only: no letter in it can steer a terminal or fail to be printed."""
    print(json.dumps(value), flush=True)


def clean(text: str) -> str:
    """Text of people and models as it may be shown: terminal sequences dropped, control characters spelt out."""
    text = _TERMINAL_SEQUENCE.sub("", text.replace("\r\n", "\n"))
    return "".join(c if _harmless(c) else c.encode("unicode_escape").decode() for c in text)


def clean_line(text: Any) -> str:
    """`clean`, on one line."""
    return " ".join(clean(str(text)).split())


def say(text: str, style: str = "") -> None:
    """A line, whole: the terminal wraps it, so that links and commands can still be clicked and copied."""
    console().print(Text(text, style=style), soft_wrap=True)


def block(title: str, text: str) -> None:
    """A text of several lines under a title."""
    if console().is_terminal:
        console().print(Panel(Text(text), title=Text(title), title_align="left", padding=(1, 2)))
    else:
        say("\n".join((title, "", *(f"    {line}".rstrip() for line in text.splitlines()), "")))


def table(*columns: str) -> Table:
    """An empty table; `add_row` takes strings and Text."""
    made = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="bold")
    for column in columns:
        made.add_column(column, overflow="fold")
    return made


def minute(moment: datetime) -> str:
    """A time in UTC, as the record and the `temporal` command have it; the column says so."""
    return f"{moment.astimezone(UTC):%Y-%m-%d %H:%M}"


def _harmless(c: str) -> bool:
    return c.isprintable() or c in "\n\t" or c in _JOINERS or unicodedata.category(c) == "Zs"
