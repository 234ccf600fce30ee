"""What `signoff batch` says while it goes on, and when it is over."""

from decimal import Decimal

import pytest

from contracts.sales_follow_up import SALES_FOLLOW_UP
from starters.batch.rows import BadRow
from starters.batch.tally import Failed, Pace, Tally
from starters.cli.batch_words import View, doubts, progress_words, summary, worst_case


def test_the_rate_is_that_of_the_last_minute_and_tells_the_time_left() -> None:
    pace = Pace()
    assert pace.rate(0.0, 0) == 0
    assert pace.rate(10.0, 50) == 5
    assert pace.rate(65.0, 105) == 1  # since the tenth second: what came before is forgotten
    tally = Tally(rows=800, started=150, waiting=100)
    assert progress_words(tally, 2.0) == "2.0 rows/s, 6 min left; 50 in flight, 100 wait for a person"
    assert progress_words(tally, 0.05).startswith("3.0 rows/min, 3.9 h left; ")
    assert progress_words(tally, 0.0).startswith("0.0 rows/min; ")


def test_a_row_that_failed_or_was_bad_is_not_through_and_the_words_say_what_to_do() -> None:
    done = Tally(rows=2, started=2, waiting=1, succeeded=1, cost_usd=Decimal("0.0123"))
    assert done.came_through
    assert doubts(done, pinned=True) is None
    assert "  0.0123 USD so far" in summary(SALES_FOLLOW_UP, "today", done)
    left = Tally(rows=2, started=2, waiting=1, failed=[Failed(3, "a", "failed: no")], bad=[BadRow(4, "no")])
    assert not left.came_through
    told = doubts(left, pinned=False)
    assert told is not None
    assert told.startswith("bad rows: 1, failed runs: 1; mend the rows")
    assert "with the same --occasion" in told


def test_the_worst_case_is_said_in_money() -> None:
    tally = Tally(rows=800, worst_case_usd=Decimal(4000))
    assert worst_case(SALES_FOLLOW_UP, tally) == (
        "sales-follow-up: 800 runs, at most 4,000.00 USD (5.00 each on average; --budget sets it)"
    )


def test_where_there_is_no_terminal_a_line_comes_every_ten_seconds(capsys: pytest.CaptureFixture[str]) -> None:
    tally = Tally(rows=4, started=2, waiting=1)
    view = View(tally, as_json=False)
    view.open()
    began = view._told_at
    for later in (0.0, 5.0, 11.0, 12.0, 22.0):
        view._tell(began + later)
    view.close()
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == 2
    assert lines[0].startswith("1 of 4 rows, ")
