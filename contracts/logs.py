"""Logs: what a ticket's log says, counted and cut to a size that a model can read."""

from enum import StrEnum
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, StringConstraints
from temporalio import activity

from contracts.tickets import TicketId
from contracts.tools import ReadTool


class Level(StrEnum):
    """How bad a line is, whatever its format calls that. Worst last."""

    DEBUG = "debug"
    INFO = "info"
    WARNING = "warning"
    ERROR = "error"
    CRITICAL = "critical"


class ParseLog(BaseModel):
    """Whose log, and what to look for in it."""

    model_config = ConfigDict(frozen=True)

    ticket_id: TicketId
    contains: Annotated[str, StringConstraints(max_length=200)] = Field(
        default="", description="lines with these letters are shown, too; upper and lower case are the same"
    )


class LogLine(BaseModel):
    """One line, cut where it is long."""

    model_config = ConfigDict(frozen=True)

    number: int = Field(description="counted from 1")
    text: str


class LogProblem(BaseModel):
    """Lines that say the same, but for their numbers: how many there are, and the first of them."""

    model_config = ConfigDict(frozen=True)

    level: Level
    count: int
    first: LogLine


class LogException(BaseModel):
    """A Python traceback: what was raised, and where."""

    model_config = ConfigDict(frozen=True)

    count: int
    first: LogLine = Field(description="the line that names the exception")
    raised_at: str = Field(default="", description="the innermost place, as the traceback has it")


class LogReport(BaseModel):
    """What a log says."""

    model_config = ConfigDict(frozen=True)

    lines: int
    skipped: int = Field(description="lines in the middle of a long log that were not read")
    formats: dict[str, int] = Field(default_factory=dict, description="lines of each known format")
    levels: dict[Level, int] = Field(default_factory=dict, description="lines of each level")
    first_time: str | None = Field(default=None, description="as the first line that has one writes it")
    last_time: str | None = Field(default=None, description="as the last line that has one writes it")
    problems: tuple[LogProblem, ...] = Field(default=(), description="warnings and worse; the worst first")
    exceptions: tuple[LogException, ...] = ()
    found: tuple[LogLine, ...] = Field(default=(), description="lines with what was looked for")
    last_lines: tuple[LogLine, ...] = Field(default=(), description="the log's end")


class LogsPort:
    """The way to logs."""

    @activity.defn(name="log.parse")
    async def parse(self, request: ParseLog) -> LogReport:
        """What the ticket's log says. Raises NotFound, ToolUnavailable."""
        raise NotImplementedError


PARSE_LOG = ReadTool(LogsPort.parse, at_most=20, fast=True)
