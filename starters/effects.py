"""Effects, as the calls of tools in a history show them."""

from contracts.errors import BadInput, NotApproved, NotFound, ToolFailed
from starters.explanation import UNKNOWN
from starters.happenings import Called, CallState
from starters.words import BOOKKEEPING, dig

_NOTHING_DONE = {error.__name__ for error in (ToolFailed, NotApproved, NotFound, BadInput)}


def is_effect(call: Called) -> bool:
    """By its shape: an input with a key, a digest and an argument is an Act, whoever's it is."""
    given = call.given
    is_act = isinstance(dig(given, "key"), str) and isinstance(dig(given, "digest"), str) and "argument" in given
    return is_act and call.activity not in BOOKKEEPING


def effect_state(call: Called) -> str:
    """Only an error that says so rules out that the work was done; also one that was tried again, and then given up."""
    match call.state:
        case CallState.DONE:
            return str(dig(call.answer, "outcome") or CallState.DONE)
        case CallState.FAILED:
            return CallState.FAILED if call.error_type in _NOTHING_DONE else UNKNOWN
        case CallState.TIMED_OUT | CallState.CANCELLED:
            return UNKNOWN if call.started_at else CallState.FAILED
        case CallState.PENDING:
            return CallState.PENDING
