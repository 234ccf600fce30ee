"""What a model yielded on a rung: counts, tokens and money of its calls."""

from dataclasses import dataclass, fields
from decimal import Decimal
from typing import assert_never

from contracts.llm import Answer, Verdict
from starters.charges import charge_of
from starters.events import lenient
from starters.happenings import Called, CallState


@dataclass
class Calls:
    """Calls by what came of them: each call is one of fits, misfit, out_of_room, declined, cut, failed."""

    calls: int = 0
    fits: int = 0
    repaired: int = 0
    """Of those that fit: mended without a call."""
    misfit: int = 0
    out_of_room: int = 0
    declined: int = 0
    cut: int = 0
    """The reply broke off, or was lost with its worker, or given up: nobody has all of it."""
    failed: int = 0
    """The model refused or could not be reached: no reply at all."""
    input_tokens: int = 0
    output_tokens: int = 0
    cost_usd: Decimal = Decimal(0)

    def add(self, other: "Calls") -> None:
        """The calls of both."""
        for one in fields(self):
            setattr(self, one.name, getattr(self, one.name) + getattr(other, one.name))


def counted(call: Called, *, over: bool = False) -> Calls | None:
    """One call of `llm.ask`; None where it never reached its model, or is under way. `over`: its run has ended."""
    charge = charge_of(call, over=over)
    found = Calls(calls=1, cost_usd=charge.usd if charge else Decimal(0))
    match call.state:
        case CallState.DONE:
            _read(lenient(Answer, call.answer), found)
        case CallState.FAILED:
            found.failed = 1
        case CallState.TIMED_OUT if call.started_at is None:
            found.failed = 1
        case CallState.CANCELLED if call.started_at is None:
            return None
        case CallState.PENDING if not over:
            return None
        case CallState.TIMED_OUT | CallState.CANCELLED | CallState.PENDING:
            found.cut = 1
    return found


def _read(answer: Answer | None, found: Calls) -> None:
    if answer is None:  # of another version
        found.failed = 1
        return
    found.input_tokens, found.output_tokens = answer.usage.input_tokens, answer.usage.output_tokens
    match answer.verdict:
        case Verdict.FITS:
            found.fits, found.repaired = 1, int(answer.repaired)
        case Verdict.MISFIT:
            found.misfit = 1
        case Verdict.OUT_OF_ROOM:
            found.out_of_room = 1
        case Verdict.DECLINED:
            found.declined = 1
        case Verdict.CUT:
            found.cut = 1
        case _:
            assert_never(answer.verdict)
