"""Single-use links: one file for each in the state folder, which whoever may read the folder can make.

The file is named by the link's hash, so that the folder holds no link that works.
"""

import hashlib
import json
import os
import re
import secrets
import time
from contextlib import suppress
from pathlib import Path

VALID_S = 15 * 60
"""Seconds that a link lets somebody in."""

_TOKEN = re.compile(r"[A-Za-z0-9_-]{43}")


class Links:
    """The links of one folder."""

    def __init__(self, state: Path) -> None:
        """`state`: the settings' state folder."""
        self._folder = state / "inbox" / "links"

    def make(self, by: str) -> str:
        """A new link's token, which lets `by` in once. Raises OSError."""
        for folder in reversed((self._folder, *self._folder.parents[:2])):
            folder.mkdir(mode=0o700, exist_ok=True)
        self._clear()
        token = secrets.token_urlsafe(32)
        opened = os.open(self._file(token), os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(opened, "w") as file:
            json.dump({"by": by, "until": time.time() + VALID_S}, file)
        return token

    def look(self, token: str) -> str | None:
        """Whom the link would let in; None where it was used, is too old, or never was."""
        if not _TOKEN.fullmatch(token):
            return None
        return _read(self._file(token))

    def use(self, token: str) -> str | None:
        """Whom the link lets in, now and never again."""
        by = self.look(token)
        if by is None:
            return None
        try:
            # Of two who use it at once, one removes the file.
            self._file(token).unlink()
        except FileNotFoundError:
            return None
        return by

    def _file(self, token: str) -> Path:
        return self._folder / hashlib.sha256(token.encode()).hexdigest()

    def _clear(self) -> None:
        for file in self._folder.iterdir():
            if _read(file) is None:
                with suppress(FileNotFoundError):
                    file.unlink()


def _read(file: Path) -> str | None:
    try:
        found = json.loads(file.read_bytes())
        return str(found["by"]) if time.time() < found["until"] else None
    except (OSError, ValueError, KeyError, TypeError):
        return None
