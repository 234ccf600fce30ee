"""What a run has spent and may spend, in words."""

from collections.abc import Iterator

from contracts.budgets import Limit, Limits, Partial, Spent
from starters.words import length, money

_COUNTED = (Limit.MODEL_CALLS, Limit.TOOL_CALLS, Limit.STEPS)


def spent_words(spent: Spent, limits: Limits) -> str:
    """All that a run has spent, each against its limit."""
    counts = (f"{getattr(spent, name)} of {getattr(limits, name)} {_plain(name)}" for name in _COUNTED)
    time = f"{length(spent.working_time)} of {length(limits.working_time)} working time"
    return ", ".join((f"{money(spent.usd).removesuffix(' USD')} of {money(limits.usd)}", *counts, time))


def partial_lines(partial: Partial) -> Iterator[tuple[str, str]]:
    """What a run that was stopped left behind: (name, value) of each line. How to go on is a command of its own."""
    if partial.limit:
        yield "limit", f"{_plain(partial.limit)}: {_amount(partial.limit, partial.limits)}"
    yield "spent", spent_words(partial.spent, partial.limits)
    yield "done", ", ".join(partial.done) or "nothing"


def _amount(limit: Limit, limits: Limits) -> str:
    match limit:
        case Limit.USD:
            return money(limits.usd)
        case Limit.WORKING_TIME | Limit.IDLE_TIME:
            return length(getattr(limits, limit))
        case _:
            return str(getattr(limits, limit))


def _plain(limit: Limit) -> str:
    return "money" if limit is Limit.USD else limit.replace("_", " ")
