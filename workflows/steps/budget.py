"""The run's budget: what may still be spent, and for how long the run may still work or wait."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta

from temporalio import workflow

from contracts.budgets import Account, Limit, Limits, Spent
from workflows.steps.ended import Ended, Ending
from workflows.steps.ledger import Amounts, Ledger, OverLimit, WorkingTime, limit_in_words


class RunBudget:
    """One run's budget, shared by its parallel branches. Each method that finds a limit reached raises Ended."""

    def __init__(self, account: Account) -> None:
        self._ledger = Ledger(account)
        self._worked = WorkingTime(account.spent.working_time)
        self._busy: list[datetime] = []
        self._progress_at = workflow.now()

    @property
    def limits(self) -> Limits:
        """What may be spent."""
        return self._ledger.limits

    @property
    def spent(self) -> Spent:
        """What has been spent; reservations are not in it."""
        return self._ledger.spent.model_copy(update={"working_time": self._worked.total})

    def count(self, most: Amounts) -> None:
        """Spend something whose amount is known: a step, a use of a tool."""
        with _ends_the_run():
            self._ledger.settle(self._ledger.reserve(most), most)

    async def reserve(self, most: Amounts) -> int:
        """Set the worst case aside. Waits while it fits only if other branches turn out to spend less than reserved."""
        while not self._ledger.fits(most) and self._ledger.may_fit(most):
            await workflow.wait_condition(lambda: self._ledger.fits(most) or not self._ledger.may_fit(most))
        with _ends_the_run():
            return self._ledger.reserve(most)

    def settle(self, number: int, really: Amounts) -> None:
        """Charge what it was."""
        self._ledger.settle(number, really)

    def release(self, number: int) -> None:
        """Nothing was spent."""
        self._ledger.release(number)

    def lose(self, number: int) -> None:
        """Nobody knows what was spent: charge all of it."""
        self._ledger.lose(number)

    def affords(self, most: Amounts) -> bool:
        """Whether that much is free now."""
        return self._ledger.fits(most)

    def lease(self, share: Amounts) -> tuple[int, Account]:
        """A share for a child workflow: its number here, and the child's account. See `Ledger.lease`."""
        with _ends_the_run():
            return self._ledger.lease(share, self.working_left())

    def go_on_from(self, spent: Spent) -> None:
        """Counts and money as they stood. Working time goes on."""
        self._ledger.spent = spent

    def account(self) -> Account:
        """To go on with after continue-as-new."""
        found = self._ledger.account()
        spent = found.spent.model_copy(update={"working_time": self._worked.total})
        return found.model_copy(update={"spent": spent})

    @contextmanager
    def busy(self) -> Iterator[None]:
        """Around a call: what is added to the working time by then may reach back to its beginning."""
        began = workflow.now()
        self._busy.append(began)
        try:
            yield
        finally:
            self._busy.remove(began)
            # Without the clock: a run that its worker forgets is closed where there is none.
            if self._busy:
                self._worked.forget_before(min(self._busy))
            else:
                self._worked = WorkingTime(self._worked.total)

    def worked(self, length: timedelta) -> None:
        """A step has run for so long, until now."""
        now = workflow.now()
        self._worked.add(now - max(length, timedelta(0)), now)

    def working_left(self) -> timedelta:
        """How long a step may run; more than nothing."""
        left = self.limits.working_time - self._worked.total
        if left <= timedelta(0):
            raise at_limit(Limit.WORKING_TIME, self.limits)
        return left

    def progressed(self) -> None:
        """Something came of the waiting: the idle time begins anew."""
        self._progress_at = workflow.now()

    def idle_left(self) -> timedelta:
        """How long the run may go on without progress; more than nothing."""
        left = self._progress_at + self.limits.idle_time - workflow.now()
        if left <= timedelta(0):
            raise at_limit(Limit.IDLE_TIME, self.limits)
        return left


def at_limit(limit: Limit, limits: Limits) -> Ended:
    """The ending of a run that has come to a limit."""
    allowed = limit_in_words(limit, getattr(limits, limit))
    return Ended(Ending.STOPPED, f"the limit of {allowed} is reached", limit)


@contextmanager
def _ends_the_run() -> Iterator[None]:
    try:
        yield
    except OverLimit as over:
        raise Ended(Ending.STOPPED, str(over), over.limit) from None
