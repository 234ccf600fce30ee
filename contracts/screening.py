"""Screening: the table of rules, and how like a name is to those of a watchlist."""

from datetime import date
from enum import StrEnum

from pydantic import BaseModel, ConfigDict, Field
from temporalio import activity

from contracts.crm import Line
from contracts.kyc import KycTable, Percent
from contracts.processes import Label
from contracts.tools import ReadTool


class ReadKycRules(BaseModel):
    """The table that is in force."""

    model_config = ConfigDict(frozen=True)


class ScreenName(BaseModel):
    """Who is looked for: under the name that was applied with, and under that of the document."""

    model_config = ConfigDict(frozen=True)

    name: Line
    document_name: str
    born: date


class BirthDate(StrEnum):
    """A listed person's date of birth beside the applicant's."""

    SAME = "same"
    """The day, or where the list has only a year, the year."""
    OTHER = "other"
    UNKNOWN = "unknown"


class ListedPerson(BaseModel):
    """Somebody on the list who has a like name."""

    model_config = ConfigDict(frozen=True)

    entry: Label
    name: str = Field(description="the listed name, or alias, that is the most alike")
    score: Percent
    birth_date: BirthDate


class Screened(BaseModel):
    """What the list says, and how like the two names of the applicant are to each other."""

    model_config = ConfigDict(frozen=True)

    alike: tuple[ListedPerson, ...] = Field(description="the likest first, at most five")
    score: Percent = Field(description="the best of all")
    same_birth_score: Percent = Field(description="the best of those with the same date or year of birth")
    name_similarity: Percent
    entries: int = Field(description="of the list")
    digest: str = Field(description="SHA-256 (hex) of the list")


class ScreeningPort:
    """The compliance department's two files."""

    @activity.defn(name="kyc.rules")
    async def rules(self, request: ReadKycRules) -> KycTable:
        """The table, as it is now. Raises ToolFailed (missing, unreadable, empty, or it cannot be right)."""
        raise NotImplementedError

    @activity.defn(name="kyc.screen")
    async def screen(self, request: ScreenName) -> Screened:
        """Hold a name against the watchlist, as it is now. Raises ToolFailed, as `rules` does."""
        raise NotImplementedError


READ_RULES = ReadTool(ScreeningPort.rules, at_most=1)
SCREEN_NAME = ReadTool(ScreeningPort.screen, at_most=1)
