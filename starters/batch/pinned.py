"""A batch's occasion, kept until all of its rows came through.

The occasion is part of every run's id. Without it a batch that is broken off before midnight (UTC) and goes on after it
would begin all of its runs anew, and write to everybody twice.
"""

import os
from contextlib import suppress
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path

from pydantic import BaseModel, ConfigDict, ValidationError

from contracts.processes import Label, Process
from starters.failures import BAD_INPUT, Failure


class _Kept(BaseModel):
    model_config = ConfigDict(frozen=True)

    process: str
    file: str
    occasion: Label


class Pin:
    """The kept occasion of one file's batch."""

    def __init__(self, state: Path, process: Process, file: Path) -> None:
        self._kept = _Kept(process=process.name, file=str(file.resolve()), occasion=f"{datetime.now(UTC):%Y-%m-%d}")
        name = sha256(self._kept.file.encode("utf-8", "surrogateescape")).hexdigest()[:16]
        self._path = state / "batches" / f"{process.name}-{name}.json"

    def read(self) -> tuple[str, bool]:
        """(the occasion, whether an earlier batch of this file is gone on with). Raises Failure."""
        try:
            return _Kept.model_validate_json(self._path.read_bytes()).occasion, True
        except FileNotFoundError:
            return self._kept.occasion, False
        except (OSError, ValidationError):
            # A guess could start everything a second time.
            how = "give the batch's --occasion, or remove it if there was none"
            raise Failure(BAD_INPUT, f"{self._path} cannot be read: {how}") from None

    def keep(self, occasion: str) -> None:
        """Before the first run is started. Raises Failure."""
        kept = self._kept.model_copy(update={"occasion": occasion})
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            fresh = self._path.with_suffix(f".{os.getpid()}")
            fresh.write_text(kept.model_dump_json(), encoding="utf-8", errors="surrogateescape")
            fresh.replace(self._path)
        except OSError as error:
            raise Failure(BAD_INPUT, f"{self._path} cannot be written ({error.strerror}): give --occasion") from None

    def drop(self) -> None:
        """Every row came through: the next batch of this file is another one."""
        with suppress(OSError):
            self._path.unlink()
