"""What can be spent, in whole numbers."""

from decimal import Decimal
from operator import add, le, sub

from hypothesis import strategies as st

from contracts.budgets import Limits, Spent
from workflows.steps.ledger import COUNTED

Amount = tuple[int, ...]
"""As COUNTED has it, in whole numbers, so that the reference model cannot round: money in units of 10^-40 dollars."""

SCALE = 40
NOTHING: Amount = (0, 0, 0, 0)
CRUMBS = [tuple(int(place == kind) for place in range(len(COUNTED))) for kind in range(len(COUNTED))]
"""The least that can be asked for of each kind."""


def spent(amount: Amount) -> Spent:
    """As the ledger takes it; money with no more decimals than it needs."""
    usd, model_calls, tool_calls, steps = amount
    digits = str(usd).rstrip("0") or "0"
    exact = Decimal(f"{digits}E{len(str(usd)) - len(digits) - SCALE}")
    return Spent(usd=exact, model_calls=model_calls, tool_calls=tool_calls, steps=steps)


def limits(amount: Amount) -> Limits:
    """Limits of so much."""
    return Limits(**{limit.value: getattr(spent(amount), limit) for limit in COUNTED})


def plus(one: Amount, *others: Amount) -> Amount:
    """Added, each kind for itself."""
    for other in others:
        one = tuple(map(add, one, other))
    return one


def minus(one: Amount, other: Amount) -> Amount:
    """Taken away, each kind for itself."""
    return tuple(map(sub, one, other))


def within(one: Amount, other: Amount) -> bool:
    """Whether no kind is more."""
    return all(map(le, one, other))


def least(one: Amount, other: Amount) -> Amount:
    """The smaller of each kind."""
    return tuple(map(min, one, other))


money = st.builds(lambda digits, scale: digits * 10 ** (SCALE - scale), st.integers(0, 10**6), st.integers(0, SCALE))
counts = st.integers(0, 12)
amounts: st.SearchStrategy[Amount] = st.tuples(money, counts, counts, counts)
