"""What a model call is charged, as history has it: its answer's cost, else the worst case that was reserved for it."""

from decimal import Decimal
from typing import NamedTuple

from pydantic import TypeAdapter, ValidationError

from contracts.errors import ModelRefused, ModelUnavailable
from contracts.llm import Answer
from contracts.money import Usd
from starters.events import lenient
from starters.happenings import Called, CallState

_USD: TypeAdapter[Decimal] = TypeAdapter(Usd)
_NOT_BILLED = {error.__name__ for error in (ModelUnavailable, ModelRefused)}


class Charge(NamedTuple):
    """US dollars. `is_worst_case`: nobody can say what it did cost, so it is the most that it can have cost."""

    usd: Decimal
    is_worst_case: bool


def charge_of(call: Called, *, over: bool = False) -> Charge | None:
    """The charge of a call of `llm.ask`; None where it surely cost nothing, where its price is not known, and where it
    is still under way. `over`: the run has ended, so a call that is still open will never be heard of."""
    answer = lenient(Answer, call.answer)
    if answer and answer.cost_usd is not None:
        return Charge(answer.cost_usd, answer.cost_is_worst_case)
    given = call.given if isinstance(call.given, dict) else {}
    if answer and given.get("head") and given.get("reserved_usd") is None:
        return Charge(Decimal(0), False)  # a turn does not say of a free model that it cost nothing
    return _worst_case(call) if _may_be_billed(call, over) else None


def _may_be_billed(call: Called, over: bool) -> bool:
    match call.state:
        case CallState.DONE:
            return True
        case CallState.FAILED:
            return call.error_type not in _NOT_BILLED
        case CallState.TIMED_OUT:
            # Without a start no worker had taken it.
            return call.started_at is not None
        case CallState.CANCELLED:
            # The run did not wait to hear whether a worker had taken it, and charged it.
            return True
        case CallState.PENDING:
            return over


def _worst_case(call: Called) -> Charge | None:
    reserved = call.given.get("reserved_usd") if isinstance(call.given, dict) else None
    try:
        return Charge(_USD.validate_python(reserved), True)
    except ValidationError:  # a run that began before budgets
        return None
