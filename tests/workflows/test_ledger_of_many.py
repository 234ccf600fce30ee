"""Whatever happens to a budget, in whatever order: never a cent above the limit, never a cent lost or hidden."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from typing import TypeVar

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from contracts.budgets import Account, Spent
from tests.workflows.amounts import CRUMBS, NOTHING, Amount, amounts, least, limits, minus, plus, spent, within
from workflows.steps.ledger import COUNTED, Ledger, OverLimit

T = TypeVar("T")

MOST_RUNS = 8

picks = st.integers(0, 1000)
WISHES: dict[str, Callable[[Amount, Amount], Amount]] = {
    "as drawn": lambda drawn, room: drawn,
    "what fits": least,
    "all that is left": lambda drawn, room: room,
    "a crumb more than is left": lambda drawn, room: plus(room, CRUMBS[sum(drawn) % len(CRUMBS)]),
}
wishes = st.sampled_from(sorted(WISHES))


@dataclass(eq=False)
class Run:
    """One run: its ledger, and beside it what really happened."""

    ledger: Ledger
    limits: Amount
    spent: Amount = NOTHING
    calls: dict[int, Amount] = field(default_factory=dict)
    leases: dict[int, "Run"] = field(default_factory=dict)
    """The children; what each was leased is its limits."""

    @property
    def open(self) -> Amount:
        """What is reserved."""
        return plus(NOTHING, *self.calls.values(), *(child.limits for child in self.leases.values()))

    @property
    def room(self) -> Amount:
        """What can still be reserved."""
        return minus(self.limits, plus(self.spent, self.open))

    def family(self) -> list["Run"]:
        """It and all that live on its leases."""
        return [self, *(run for child in self.leases.values() for run in child.family())]


class Budgets(RuleBasedStateMachine):
    """A tree of runs on one budget, against sums in whole numbers."""

    @initialize(most=amounts)
    def begin(self, most: Amount) -> None:
        """A run without a parent."""
        self.most = most
        self.paid = NOTHING
        """What providers were really paid, whoever knows of it."""
        self.runs = [Run(Ledger(Account(limits=limits(most))), most)]

    def one(self, pick: int) -> Run:
        """Some run."""
        return self.runs[pick % len(self.runs)]

    def reserved(self, run: Run, drawn: Amount, wish: str, how: Callable[[Spent], T]) -> tuple[Amount, T] | None:
        """Reserve by `how`, which must work exactly where the sums say so."""
        most = WISHES[wish](drawn, run.room)
        if within(most, run.room):
            assert run.ledger.fits(spent(most))
            return most, how(spent(most))
        assert not run.ledger.fits(spent(most))
        with pytest.raises(OverLimit) as over:
            how(spent(most))
        broken = [kind for kind, left, asked in zip(COUNTED, run.room, most, strict=True) if asked > left]
        assert over.value.limit in broken
        return None

    @rule(pick=picks, most=amounts, wish=wishes)
    def reserve(self, pick: int, most: Amount, wish: str) -> None:
        """A call is about to be made."""
        run = self.one(pick)
        if made := self.reserved(run, most, wish, run.ledger.reserve):
            run.calls[made[1]] = made[0]

    @rule(pick=picks, asked=st.lists(st.tuples(amounts, wishes), min_size=2, max_size=8))
    def fan_out(self, pick: int, asked: list[tuple[Amount, str]]) -> None:
        """Branches that reserve before any of them settles."""
        for most, wish in asked:
            self.reserve(pick, most, wish)

    def some_call(self, pick: int) -> tuple[Run, int] | None:
        """A call under way."""
        calls = [(run, number) for run in self.runs for number in run.calls]
        return calls[pick % len(calls)] if calls else None

    @rule(pick=picks, drawn=amounts)
    def settle(self, pick: int, drawn: Amount) -> None:
        """A call cost what it was reserved for, or less."""
        if found := self.some_call(pick):
            run, number = found
            really = least(drawn, run.calls.pop(number))
            run.ledger.settle(number, spent(really))
            self.pay(run, really)

    @rule(pick=picks)
    def lose(self, pick: int) -> None:
        """Nobody knows what a call cost."""
        if found := self.some_call(pick):
            run, number = found
            run.ledger.lose(number)
            self.pay(run, run.calls.pop(number))

    @rule(pick=picks)
    def release(self, pick: int) -> None:
        """A call was not billed."""
        if found := self.some_call(pick):
            run, number = found
            run.ledger.release(number)
            del run.calls[number]

    def pay(self, run: Run, really: Amount) -> None:
        """The provider's bill."""
        run.spent = plus(run.spent, really)
        self.paid = plus(self.paid, really)

    @precondition(lambda self: len(self.runs) < MOST_RUNS)
    @rule(pick=picks, share=amounts, wish=wishes)
    def lease(self, pick: int, share: Amount, wish: str) -> None:
        """A child workflow begins."""
        run = self.one(pick)
        if made := self.reserved(run, share, wish, lambda most: run.ledger.lease(most, timedelta(minutes=3))):
            most, (number, account) = made
            assert account.limits == limits(most).model_copy(update={"working_time": timedelta(minutes=3)})
            assert account.spent == Spent()
            run.leases[number] = child = Run(Ledger(account), most)
            self.runs.append(child)

    def some_child(self, pick: int) -> tuple[Run, int] | None:
        """A child whose parent waits for it."""
        leases = [(run, number) for run in self.runs for number in run.leases]
        return leases[pick % len(leases)] if leases else None

    @rule(pick=picks)
    def give_back(self, pick: int) -> None:
        """A child ends; what it had under way is charged, and so are its own children."""
        if found := self.some_child(pick):
            run, number = found
            child = run.leases[number]
            self.charge_open(child)
            run.ledger.settle(number, child.ledger.account().spent)
            run.spent = plus(run.spent, child.spent)
            self.buried(run, number)

    @rule(pick=picks)
    def lose_child(self, pick: int) -> None:
        """A child is terminated: nobody hears what it spent."""
        if found := self.some_child(pick):
            run, number = found
            run.ledger.lose(number)
            run.spent = plus(run.spent, run.leases[number].limits)
            self.buried(run, number)

    def buried(self, run: Run, number: int) -> None:
        """The child is no more, nor are those that lived on its leases."""
        gone = run.leases.pop(number).family()
        self.runs = [run for run in self.runs if run not in gone]

    @rule(pick=picks)
    def continue_as_new(self, pick: int) -> None:
        """The next run of a chain knows nobody's reservation; children that are open go on without a parent."""
        run = self.one(pick)
        self.charge_open(run)
        run.ledger = Ledger(run.ledger.account())

    def charge_open(self, run: Run) -> None:
        """What is open counts as spent: calls as paid, children by what they were leased."""
        self.paid = plus(self.paid, *run.calls.values())
        run.spent = plus(run.spent, run.open)
        run.calls, run.leases = {}, {}

    @invariant()
    def no_run_is_above_its_limits(self) -> None:
        for run in self.runs:
            assert within(plus(run.spent, run.open), run.limits)

    @invariant()
    def nothing_is_lost_or_hidden(self) -> None:
        for run in self.runs:
            assert run.ledger.spent == spent(run.spent)
            assert run.ledger.account() == Account(limits=run.ledger.limits, spent=spent(plus(run.spent, run.open)))

    @invariant()
    def what_is_left_can_be_had_and_not_a_crumb_more(self) -> None:
        for run in self.runs:
            assert run.ledger.fits(spent(run.room))
            assert run.ledger.may_fit(spent(minus(run.limits, run.spent)))
            for crumb in CRUMBS:
                assert not run.ledger.fits(spent(plus(run.room, crumb)))
                assert not run.ledger.may_fit(spent(plus(minus(run.limits, run.spent), crumb)))

    @invariant()
    def the_whole_family_paid_no_more_than_the_limits(self) -> None:
        assert within(self.paid, self.most)


Budgets.TestCase.settings = settings(max_examples=100, stateful_step_count=50, deadline=None)
TestBudgets = Budgets.TestCase
