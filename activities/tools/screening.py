"""Screening by two files that compliance officers keep: `rules.toml` and `watchlist.jsonl`.

It fails closed: a file that is missing, empty or cannot be right in any line is no ground to decide on.
"""

import asyncio
import hashlib
from collections.abc import Iterator
from datetime import date
from functools import partial
from pathlib import Path
from typing import Annotated

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, TypeAdapter, ValidationError
from temporalio import activity

from activities.tools.names import similarity
from contracts.crm import Line
from contracts.errors import ToolFailed
from contracts.kyc import KycRule, KycTable
from contracts.processes import Label
from contracts.screening import BirthDate, ListedPerson, ReadKycRules, Screened, ScreeningPort, ScreenName
from runtime.problems import problem_line
from runtime.settings import Settings
from runtime.toml_file import Table, read_toml, whole_number

MOST_SHOWN = 5
_LEAST_SHOWN = 50
"""Below this, a name is shown to nobody."""

_Number = Annotated[int | None, BeforeValidator(whole_number)]


class RuleLine(Table, KycRule):
    """A line of `rules`."""

    at_least: _Number = None
    at_most: _Number = None


class RulesFile(Table):
    """`rules.toml`."""

    version: Line
    rules: tuple[RuleLine, ...] = Field(min_length=1)


class ListEntry(BaseModel):
    """A line of `watchlist.jsonl`. `born`: YYYY-MM-DD, or the year."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    entry: Label
    name: Line
    aliases: tuple[Line, ...] = ()
    born: Annotated[str, Field(pattern=r"^\d{4}(-\d\d-\d\d)?$")] | None = None

    def birth_date(self, born: date) -> BirthDate:
        """Theirs beside the applicant's."""
        if self.born is None:
            return BirthDate.UNKNOWN
        return BirthDate.SAME if born.isoformat().startswith(self.born) else BirthDate.OTHER

    def likest(self, names: tuple[str, ...]) -> tuple[int, str]:
        """The best score of their names beside any of these, and which name it is."""
        return max((round(similarity(name, listed)), listed) for listed in (self.name, *self.aliases) for name in names)


class ScreeningActivities(ScreeningPort):
    """Reads the files anew each time: what officers change holds from the next application on."""

    def __init__(self, settings: Settings) -> None:
        self._folder = settings.kyc

    @activity.defn(name="kyc.rules")
    async def rules(self, request: ReadKycRules) -> KycTable:
        """The table, as it is now. Raises ToolFailed (missing, unreadable, empty, or it cannot be right)."""
        return await asyncio.to_thread(lambda: read_rules(self._file("rules.toml")))

    @activity.defn(name="kyc.screen")
    async def screen(self, request: ScreenName) -> Screened:
        """Hold a name against the watchlist, as it is now. Raises ToolFailed, as `rules` does."""
        return await asyncio.to_thread(partial(self._screened, request))

    def _screened(self, request: ScreenName) -> Screened:
        file = self._file("watchlist.jsonl")
        listed, digest = read_watchlist(file), _digest(file)
        names = tuple(name for name in (request.name, request.document_name) if name)
        found = sorted((_beside(entry, names, request.born) for entry in listed), key=lambda one: -one.score)
        same = [one.score for one in found if one.birth_date is BirthDate.SAME]
        return Screened(
            alike=tuple(one for one in found[:MOST_SHOWN] if one.score >= _LEAST_SHOWN),
            score=found[0].score,
            same_birth_score=max(same, default=0),
            name_similarity=round(similarity(request.name, request.document_name)),
            entries=len(listed),
            digest=digest,
        )

    def _file(self, name: str) -> Path:
        if self._folder is None:
            raise ToolFailed("SIGNOFF_KYC is not set: name the folder with rules.toml and watchlist.jsonl")
        return self._folder / name


def read_rules(file: Path) -> KycTable:
    """The table of a TOML file. Raises ToolFailed."""
    try:
        read = read_toml(file, TypeAdapter(RulesFile))
    except ValueError as problem:
        raise ToolFailed(f"SIGNOFF_KYC {problem}; nobody is decided on by it") from None
    rules = tuple(KycRule.model_validate(line.model_dump()) for line in read.rules)
    if twice := sorted({one.id for one in rules if [two.id for two in rules].count(one.id) > 1}):
        raise ToolFailed(f"{file} has two rules {twice[0]}: give each an id of its own")
    return KycTable(version=read.version, digest=_digest(file), rules=rules)


def read_watchlist(file: Path) -> list[ListEntry]:
    """The entries of a JSON-lines file, at least one. Raises ToolFailed."""
    try:
        entries = list(_entries(file))
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is not UTF-8"
        raise ToolFailed(f"{file} cannot be read ({reason}): nobody is screened without it") from None
    if not entries:
        raise ToolFailed(f"{file} is empty: nobody is screened by it")
    return entries


def _entries(file: Path) -> Iterator[ListEntry]:
    for number, line in enumerate(file.read_text(encoding="utf-8").split("\n"), start=1):
        if not line.strip():
            continue
        try:
            yield ListEntry.model_validate_json(line)
        except ValidationError as error:
            raise ToolFailed(f"{file}, line {number}: {problem_line(error)}") from None


def _beside(entry: ListEntry, names: tuple[str, ...], born: date) -> ListedPerson:
    score, name = entry.likest(names)
    return ListedPerson(entry=entry.entry, name=name, score=score, birth_date=entry.birth_date(born))


def _digest(file: Path) -> str:
    return hashlib.sha256(file.read_bytes()).hexdigest()
