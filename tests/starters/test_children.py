"""The workers of a run stand in its story, each with what it spent."""

from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal

import pytest

from runtime.codec import data_converter
from starters.charges import Charge
from starters.children import CHILD, child_charge
from starters.explain import explain
from starters.happenings import Called, CallState
from tests.replay.test_replay import HISTORIES, load

BEGUN = Called(
    at=datetime(2026, 11, 22, tzinfo=UTC),
    event_id=7,
    call_id=7,
    step="inquiries",
    activity=CHILD,
    summary=None,
    given={"account": {"limits": {"usd": "0.40"}}},
)


def test_a_run_with_workers_tells_of_each() -> None:
    (path,) = [path for path in HISTORIES if path.stem == "research.answered"]
    found = explain("run", load(path).events, data_converter())
    workers = [one for one in found.decisions if one.step == "inquiries"]
    assert [(one.by, one.outcome, one.cost_usd) for one in workers] == [("code", "done", 0.0)] * 2
    assert all(one.duration_s and one.input and one.output for one in workers)


@pytest.mark.parametrize(
    ("child", "over", "charge"),
    [
        (BEGUN, False, None),
        (BEGUN, True, Charge(Decimal("0.40"), True)),
        (replace(BEGUN, state=CallState.FAILED), False, Charge(Decimal("0.40"), True)),
        (replace(BEGUN, state=CallState.CANCELLED), True, Charge(Decimal("0.40"), True)),
        (replace(BEGUN, state=CallState.DONE, answer={"spent": {"usd": "0.03"}}), True, Charge(Decimal("0.03"), False)),
        (replace(BEGUN, state=CallState.DONE, answer="well done"), True, None),
    ],
    ids=["under way", "never heard of again", "lost", "called off", "reported", "of another kind"],
)
def test_a_worker_is_charged_what_it_reports_and_else_all_of_its_share(
    child: Called, over: bool, charge: Charge | None
) -> None:
    assert child_charge(child, over=over) == charge
