"""Rows made into runs: each is checked, and each business action is there once."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

from pydantic import ValidationError

from contracts.processes import Process, ProcessInput
from runtime.problems import problem_line
from starters.batch.rows import BadRow, Row
from starters.requests import typed, with_budget


@dataclass(frozen=True)
class Job:
    """One row that can start a run."""

    line: int
    request: ProcessInput
    workflow_id: str


@dataclass(frozen=True)
class Twin:
    """A row that says again what an earlier one says: nothing is lost when it is left out."""

    line: int
    first: int
    workflow_id: str


def jobs_of(
    process: Process, rows: Iterable[Row | BadRow], fixed: Mapping[str, Any], budget: Mapping[str, Any], occasion: str
) -> Iterator[Job | Twin | BadRow]:
    """`fixed` and `budget` are said for all rows, and win; `occasion` is that of rows which have none."""
    seen: dict[str, tuple[int, bytes]] = {}
    for row in rows:
        job = row if isinstance(row, BadRow) else _job(process, row, fixed, budget, occasion)
        if isinstance(job, BadRow):
            yield job
            continue
        # A digest, not the request: there may be very many.
        digest = sha256(job.request.model_dump_json().encode()).digest()
        first, said = seen.setdefault(job.workflow_id, (job.line, digest))
        if first == job.line:
            yield job
        elif said == digest:
            yield Twin(job.line, first, job.workflow_id)
        else:
            yield BadRow(job.line, f"is for the same {job.workflow_id} as line {first}, and says otherwise")


def _job(
    process: Process, row: Row, fixed: Mapping[str, Any], budget: Mapping[str, Any], occasion: str
) -> Job | BadRow:
    given = {**(with_budget(row.given, budget) if budget else row.given), **fixed}
    try:
        request = typed(process, given)
    except ValidationError as error:
        return BadRow(row.line, problem_line(error))
    if request.occasion is None:
        request = request.model_copy(update={"occasion": occasion})
    return Job(row.line, request, process.business_action(request, request.occasion or occasion))
