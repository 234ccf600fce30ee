"""Rows that become runs; duplicates; the occasion that a batch keeps."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from contracts.sales_follow_up import SALES_FOLLOW_UP, FollowUpRequest
from starters.batch.jobs import Job, Twin, jobs_of
from starters.batch.pinned import Pin
from starters.batch.rows import BadRow, Row, read_rows
from starters.failures import BAD_INPUT, Failure

MESSY = Path(__file__).parents[3] / "samples" / "sales-follow-up" / "leads-messy.csv"


def jobs(rows: Sequence[dict[str, Any]], budget: dict[str, Any] | None = None, **fixed: Any) -> list[Any]:
    numbered = [Row(n, row) for n, row in enumerate(rows, 1)]
    return list(jobs_of(SALES_FOLLOW_UP, numbered, fixed, budget or {}, "today"))


def test_flags_win_over_rows_and_a_rows_occasion_over_the_batchs() -> None:
    rows: list[dict[str, Any]] = [
        {"lead_id": "a", "by": "x", "budget": {"usd": 1, "steps": 9}},
        {"lead_id": "b", "occasion": "own"},
    ]
    first, second = jobs(rows, {"usd": 2}, by="ann")
    assert first.request.model_dump(exclude_none=True, mode="json") == {
        "lead_id": "a",
        "by": "ann",
        "budget": {"usd": 2.0, "steps": 9},
        "occasion": "today",
        "send": "now",
    }
    assert [job.workflow_id for job in (first, second)] == ["sales-follow-up/a/today", "sales-follow-up/b/own"]
    (third,) = jobs(rows[1:], occasion="given")
    assert third.workflow_id == "sales-follow-up/b/given"


def test_a_row_that_says_the_same_again_is_left_out_and_one_that_says_otherwise_is_bad() -> None:
    rows = [{"lead_id": "a"}, {"lead_id": "a", "send": "now"}, {"lead_id": "a", "send": "working-hours"}]
    first, twin, other = jobs(rows)
    assert first == Job(1, FollowUpRequest(lead_id="a", occasion="today"), "sales-follow-up/a/today")
    assert twin == Twin(2, 1, "sales-follow-up/a/today")
    assert other == BadRow(3, "is for the same sales-follow-up/a/today as line 1, and says otherwise")


def test_a_row_that_the_input_refuses_is_bad_and_its_values_are_not_told() -> None:
    (bad,) = jobs([{"lead_id": "a", "send": "s3cret"}])
    assert bad.problem.startswith("send: ")
    assert "s3cret" not in bad.problem
    assert jobs([{"lead_id": "a", "budget": {"usd": "0.4 EUR"}}])[0].problem.startswith("budget.usd: ")
    assert jobs([{"lead_id": "a", "budget": {"eur": 1}}])[0].problem.startswith("budget.eur: Extra inputs")


def test_the_messy_samples_bad_rows_are_named_by_line() -> None:
    found = list(jobs_of(SALES_FOLLOW_UP, read_rows(MESSY, SALES_FOLLOW_UP), {}, {}, "today"))
    assert {job.line: job.workflow_id for job in found if isinstance(job, Job)} == {
        line: f"sales-follow-up/lead-{lead}/today" for line, lead in ((8, "005"), (12, "007"), (17, "010"))
    }
    assert [twin.line for twin in found if isinstance(twin, Twin)] == [10]
    assert {row.line: row.problem.split(" ")[0] for row in found if isinstance(row, BadRow)} == {
        2: "by:",
        5: "budget.usd:",
        6: "send:",
        7: "budget.usd:",
        9: "has",
        11: "is",
        13: "lead_id:",
        14: "budget.usd:",
        16: "lead_id:",
    }


def pin(folder: Path, name: str = "leads.csv") -> Pin:
    return Pin(folder / ".signoff", SALES_FOLLOW_UP, folder / name)


def test_a_batch_keeps_its_occasion_until_every_row_came_through(tmp_path: Path) -> None:
    today, goes_on = pin(tmp_path).read()
    assert not goes_on
    pin(tmp_path).keep("yesterday")
    assert pin(tmp_path).read() == ("yesterday", True)
    assert pin(tmp_path, "others.csv").read() == (today, False)
    pin(tmp_path).drop()
    assert pin(tmp_path).read() == (today, False)
    assert list((tmp_path / ".signoff" / "batches").iterdir()) == []


def test_an_occasion_that_cannot_be_read_is_not_guessed(tmp_path: Path) -> None:
    pin(tmp_path).keep("yesterday")
    (file,) = (tmp_path / ".signoff" / "batches").iterdir()
    for text in ("", "{}", '{"process": "p", "file": "f", "occasion": "a b"}'):
        file.write_text(text)
        with pytest.raises(Failure, match=r"cannot be read: give the batch's --occasion") as raised:
            pin(tmp_path).read()
        assert raised.value.code == BAD_INPUT


def test_where_nothing_can_be_kept_nothing_is_begun(tmp_path: Path) -> None:
    (tmp_path / ".signoff").write_text("a file in its place")
    with pytest.raises(Failure, match=r"cannot be (read|written).*--occasion"):
        pin(tmp_path).keep("today")
