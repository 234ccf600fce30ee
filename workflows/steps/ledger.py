"""The arithmetic of a budget: reserve the worst case, then settle what it really was.

Pure: no clock, no awaiting, so that tests can drive it through any interleaving.
"""

from datetime import datetime, timedelta
from decimal import MAX_EMAX, MAX_PREC, MIN_EMIN, Context, Decimal, localcontext

from contracts.budgets import Account, Limit, Spent

COUNTED = (Limit.USD, Limit.MODEL_CALLS, Limit.TOOL_CALLS, Limit.STEPS)
"""What is reserved and settled. Time is measured instead."""

Amounts = Spent
"""What a reservation holds; its working time is not looked at."""


class OverLimit(Exception):
    """The budget does not allow it."""

    def __init__(self, limit: Limit, allowed: object) -> None:
        super().__init__(f"the limit of {limit_in_words(limit, allowed)} is reached")
        self.limit = limit


def limit_in_words(limit: Limit, amount: object) -> str:
    """`5 USD`, `20 tool calls`, `10 minutes of working time`."""
    match limit:
        case Limit.USD:
            return f"{Decimal(str(amount)).normalize():f} USD"
        case Limit.WORKING_TIME | Limit.IDLE_TIME:
            assert isinstance(amount, timedelta)
            return f"{_length(amount)} of {limit.value.replace('_', ' ')}"
        case _:
            return _number(amount, limit.value.replace("_", " "))


def _length(time: timedelta) -> str:
    for unit in ("hours", "minutes", "seconds"):
        if not time % (one := timedelta(**{unit: 1})):
            return _number(time // one, unit)
    return f"{time.total_seconds()} seconds"


def _number(count: object, of: str) -> str:
    return f"{count} {of.removesuffix('s') if str(count) == '1' else of}"


class Ledger:
    """One run's account. What is spent and what is reserved together never pass a limit."""

    def __init__(self, account: Account) -> None:
        self.limits = account.limits
        self.spent = account.spent
        self._open: dict[int, Amounts] = {}
        self._next = 0

    def fits(self, most: Amounts) -> bool:
        """Whether `most` can be reserved now."""
        return self._broken(most, *self._open.values()) is None

    def may_fit(self, most: Amounts) -> bool:
        """Whether `most` would fit if all that is reserved turned out to cost nothing."""
        return self._broken(most) is None

    def reserve(self, most: Amounts) -> int:
        """Set the worst case aside; answers the reservation's number. Raises OverLimit."""
        limit = self._broken(most, *self._open.values())
        if limit is not None:
            raise OverLimit(limit, getattr(self.limits, limit))
        self._next += 1
        self._open[self._next] = most
        return self._next

    def settle(self, number: int, really: Amounts) -> None:
        """What it was in the end; the rest of the reservation is free again."""
        del self._open[number]
        self.spent = _sum(self.spent, really)

    def release(self, number: int) -> None:
        """It surely cost nothing."""
        del self._open[number]

    def lose(self, number: int) -> None:
        """It may have cost all of it, and nobody will ever know: charge the worst case."""
        self.settle(number, self._open[number])

    def lease(self, share: Amounts, working_time: timedelta) -> tuple[int, Account]:
        """Set a share aside for a child, which spends within it. Raises OverLimit.

        Give it back by `settle` with what the child says that it spent; a child that was lost by `lose`.
        """
        number = self.reserve(share)
        counted = {limit.value: getattr(share, limit) for limit in COUNTED}
        return number, Account(limits=self.limits.model_copy(update={**counted, "working_time": working_time}))

    def account(self) -> Account:
        """To go on with in the next run of a chain. What is still reserved is charged: nobody there will settle it."""
        return Account(limits=self.limits, spent=_sum(self.spent, *self._open.values()))

    def _broken(self, *besides: Amounts) -> Limit | None:
        total = _sum(self.spent, *besides)
        return next((limit for limit in COUNTED if getattr(total, limit) > getattr(self.limits, limit)), None)


class WorkingTime:
    """How long steps have been running: the union of their times, so that parallel ones count once."""

    def __init__(self, before: timedelta = timedelta(0)) -> None:
        self._before = before
        self._spans: list[tuple[datetime, datetime]] = []

    @property
    def total(self) -> timedelta:
        """Of all that was added."""
        return sum((end - start for start, end in self._spans), self._before)

    def add(self, start: datetime, end: datetime) -> None:
        """A step ran from `start` to `end`."""
        apart = [span for span in self._spans if span[1] < start or end < span[0]]
        joined = [span for span in self._spans if span not in apart]
        whole = (min([start, *(span[0] for span in joined)]), max([end, *(span[1] for span in joined)]))
        self._spans = [*apart, whole]

    def forget_before(self, moment: datetime) -> None:
        """Nothing that is still to be added began before `moment`: older spans need not be kept apart."""
        old = [span for span in self._spans if span[1] < moment]
        self._before += sum((end - start for start, end in old), timedelta(0))
        self._spans = [span for span in self._spans if span[1] >= moment]


_EXACT = Context(prec=MAX_PREC, Emax=MAX_EMAX, Emin=MIN_EMIN)
"""Python's own context rounds a sum to 28 digits: money beyond them would go unseen."""


def _sum(*amounts: Amounts) -> Amounts:
    """Counts and money added; the working time is the first one's."""
    with localcontext(_EXACT):
        added = {limit.value: sum(getattr(one, limit) for one in amounts) for limit in COUNTED}
    return amounts[0].model_copy(update=added)
