"""What a model call is charged, as history has it."""

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from starters.charges import Charge, charge_of
from starters.happenings import Called, CallState

AT = datetime(2026, 11, 21, tzinfo=UTC)
HEAD = "AAAAbbbbCCCCddddEEEEffff.2046"


def turn(answer: dict[str, Any], **given: Any) -> Called:
    """A turn of a conversation that came back."""
    return Called(
        at=AT,
        event_id=9,
        call_id=7,
        step="seek",
        activity="llm.ask",
        summary=None,
        given={"step": "seek", "head": HEAD, **given},
        state=CallState.DONE,
        answer={"duration_s": 0.1, **answer},
    )


def test_a_turn_of_a_free_model_cost_nothing() -> None:
    assert charge_of(turn({})) == Charge(Decimal(0), False)


def test_a_turn_costs_what_it_says_and_else_what_was_reserved() -> None:
    assert charge_of(turn({"cost_usd": "0.02"}, reserved_usd=0.1)) == Charge(Decimal("0.02"), False)
    assert charge_of(turn({}, reserved_usd=0.1)) == Charge(Decimal("0.1"), True)
