"""The time that a run works: steps at the same time count once, whatever is forgotten of them."""

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from workflows.steps.ledger import WorkingTime

NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)


seconds = st.integers(0, 30)


def moment(second: int) -> datetime:
    """So many seconds after noon."""
    return NOON + timedelta(seconds=second)


@given(spans=st.lists(st.tuples(seconds, seconds), max_size=12), before=seconds)
def test_parallel_steps_count_once(spans: list[tuple[int, int]], before: int) -> None:
    worked = WorkingTime(timedelta(seconds=before))
    for start, length in spans:
        worked.add(moment(start), moment(start + length))
    union = {second for start, length in spans for second in range(start, start + length)}
    assert worked.total == timedelta(seconds=before + len(union))


@given(st.lists(st.tuples(seconds, seconds, seconds | st.none()), max_size=20))
def test_forgetting_what_nothing_new_can_reach_changes_no_total(steps: list[tuple[int, int, int | None]]) -> None:
    worked, union, earliest = WorkingTime(), set[int](), 0
    for begins, length, passes in steps:
        start = earliest + begins
        worked.add(moment(start), moment(start + length))
        union |= set(range(start, start + length))
        if passes is not None:
            earliest += passes
            worked.forget_before(moment(earliest))
        assert worked.total == timedelta(seconds=len(union))
