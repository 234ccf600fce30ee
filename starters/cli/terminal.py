"""Asking for words at a terminal."""

import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from rich.text import Text

from starters.cli.output import console, say

# The shell knows the user's editor; it may be several words, like `code --wait`, which only a shell takes apart.
_HAS_EDITOR = 'test -n "${VISUAL:-$EDITOR}"'
_EDIT = 'exec ${VISUAL:-$EDITOR} "$1"'


def can_ask() -> bool:
    """Whether somebody sits here."""
    return sys.stdin.isatty() and sys.stdout.isatty()


def ask(question: str) -> str:
    """One line, trimmed. Raises EOFError (Ctrl-D), KeyboardInterrupt."""
    console().print(Text(question, style="bold"), end=" ")
    with _interruptible():
        return input().strip()


def edit(name: str, text: str) -> str:
    """`text` as the user wants it: a single line here, more in their editor, or typed anew up to a line with a dot."""
    if "\n" not in text:
        return ask(f"{name} (Enter keeps it):") or text
    if subprocess.run(["sh", "-c", _HAS_EDITOR], check=False).returncode == 0:
        return _edit_in_editor(name, text)
    say(f"{name}: type it anew, and end with a line that holds a single dot; a dot alone keeps it")
    lines = list(_lines_up_to_dot())
    return "\n".join(lines) + "\n" if lines else text


def _edit_in_editor(name: str, text: str) -> str:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / f"{name}.txt"
        path.write_text(text, encoding="utf-8")
        if subprocess.run(["sh", "-c", _EDIT, "sh", str(path)], check=False).returncode:
            say("the editor ended with an error; nothing was changed")
            return text
        return path.read_text(encoding="utf-8", errors="replace")


def _lines_up_to_dot() -> Iterator[str]:
    with _interruptible():
        while (line := input()) != ".":
            yield line


@contextmanager
def _interruptible() -> Iterator[None]:
    """Under asyncio a first Ctrl-C only asks the loop to end, which waits for this very line."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)
