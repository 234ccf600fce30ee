"""One ledger: a reservation ends once, a bill counts whole, and a limit can be said."""

from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contracts.budgets import Account, Limit, Limits, Spent
from tests.workflows.amounts import NOTHING, Amount, amounts, limits, plus, spent
from workflows.steps.ledger import Ledger, OverLimit, limit_in_words


@given(most=amounts, reserved=amounts, billed=amounts)
def test_a_bill_above_what_was_reserved_is_recorded_and_nothing_more_is_reserved(
    most: Amount, reserved: Amount, billed: Amount
) -> None:
    ledger = Ledger(Account(limits=limits(plus(most, reserved))))
    number, other = ledger.reserve(spent(reserved)), ledger.reserve(spent(most))
    ledger.settle(number, spent(plus(reserved, billed)))
    assert ledger.spent == spent(plus(reserved, billed))
    if billed != NOTHING:
        with pytest.raises(OverLimit):
            ledger.reserve(Spent())
    ledger.settle(other, spent(most))
    assert ledger.spent == spent(plus(reserved, billed, most))


@pytest.mark.parametrize("end", [Ledger.lose, Ledger.release, lambda ledger, number: ledger.settle(number, Spent())])
def test_a_reservation_ends_once(end: Callable[[Ledger, int], None]) -> None:
    ledger = Ledger(Account(limits=Limits()))
    number = ledger.reserve(Spent(usd=Decimal(1)))
    end(ledger, number)
    with pytest.raises(KeyError):
        end(ledger, number)


nano_dollars = st.integers(0, 10**15 - 1).map(lambda count: Decimal(f"{count}E-9"))


@given(most=nano_dollars, usd=nano_dollars)
def test_an_account_of_nano_dollars_goes_through_json_to_the_last_of_them(most: Decimal, usd: Decimal) -> None:
    account = Account(limits=Limits(usd=most), spent=Spent(usd=usd, steps=3, working_time=timedelta(seconds=1.5)))
    assert Account.model_validate_json(account.model_dump_json()) == account


@pytest.mark.parametrize(
    ("limit", "amount", "words"),
    [
        (Limit.USD, Decimal("5.00"), "5 USD"),
        (Limit.USD, Decimal("1E+2"), "100 USD"),
        (Limit.STEPS, 1, "1 step"),
        (Limit.TOOL_CALLS, 20, "20 tool calls"),
        (Limit.WORKING_TIME, timedelta(minutes=10), "10 minutes of working time"),
        (Limit.WORKING_TIME, timedelta(seconds=1.5), "1.5 seconds of working time"),
        (Limit.IDLE_TIME, timedelta(hours=24), "24 hours of idle time"),
    ],
)
def test_a_limit_is_said_in_words(limit: Limit, amount: object, words: str) -> None:
    assert limit_in_words(limit, amount) == words
