"""Ceilings of the fleet, its processes and its tenants: a call that none of them has room for waits."""

import logging
import math
import random
from collections.abc import Callable
from datetime import datetime, timedelta
from decimal import ROUND_CEILING, Decimal
from typing import NamedTuple

from activities.stores.database import Database
from activities.stores.room import NANO, Met
from activities.stores.spending import Entry, Spending
from contracts.errors import ModelRefused, ToolUnavailable
from runtime.limits import Ceiling, Of
from runtime.settings import Settings

_LOG = logging.getLogger(__name__)

LEAST_WAIT_S = 10.0
"""Many may wait for the same moment; each look costs the run an event or two, and the database a sum."""


class Wait(NamedTuple):
    """A ceiling is met: nothing was entered; look again after so long."""

    seconds: float
    why: str


class Ceilings:
    """What SIGNOFF_LIMITS says of the whole fleet. Where it says nothing of a call, no database is touched."""

    def __init__(
        self,
        settings: Settings,
        database: Database,
        now: Callable[[], datetime] | None = None,
        chance: Callable[[], float] = random.random,
    ) -> None:
        """`now`: a clock in place of the database's; `chance`: from 0 to 1."""
        self._limits = settings.limits
        self._spending = Spending(database, now)
        self._chance = chance

    async def enter(self, key: str, process: str, tenant: str | None, usd: Decimal) -> Wait | None:
        """Enter a call that may cost `usd`, under its key; the same key again is the same call.

        Raises ModelRefused where the call alone is more than a ceiling, ToolUnavailable without a database.
        """
        ceilings = self._limits.ceilings_for(process, tenant)
        for ceiling in ceilings:
            _refuse_alone(ceiling, usd)
        if not ceilings:
            return None
        met = await self._spending.enter(Entry(key, process, tenant, _nano(usd)), ceilings)
        return Wait(self._seconds(met), _in_words(met)) if met else None

    async def settle(self, key: str, usd: Decimal) -> None:
        """Enter what the call did cost, once no further attempt of it can follow. Never raises."""
        if not self._limits.has_ceilings:
            return
        try:
            await self._spending.settle(key, _nano(usd))
        except ToolUnavailable as error:
            # The call was made and paid for: its answer matters more than a worst case that stands for an hour.
            _LOG.warning("the cost of %s was not entered, its worst case stands: %s", key, error.message)

    def _seconds(self, met: Met) -> float:
        """Until there is room. Not all at once: a tenth of it, at most ten seconds, by chance."""
        wait = max(_until_room(met).total_seconds(), LEAST_WAIT_S)
        return round(wait + min(wait, 10 * LEAST_WAIT_S) * 0.1 * self._chance(), 1)


def _until_room(met: Met) -> timedelta:
    """A call under way is settled soon, or lost: the longer the newest has taken, the later is it worth a look."""
    if met.youngest is None:
        return met.latest - met.now
    return max(met.earliest - met.now, min(met.latest - met.now, met.now - met.youngest))


def _refuse_alone(ceiling: Ceiling, usd: Decimal) -> None:
    amount = usd if ceiling.of is Of.USD else Decimal(1)
    if amount > ceiling.amount:
        what = f"may cost {_dollars(_nano(usd))} USD" if ceiling.of is Of.USD else "is one"
        raise ModelRefused(
            f"this call {what}, and {ceiling} is lower: raise it in the file that SIGNOFF_LIMITS names, "
            f"or name a cheaper model in SIGNOFF_MODELS"
        )


def _in_words(met: Met) -> str:
    if met.ceiling.of is Of.MODEL_CALLS:
        return f"{met.ceiling} is met"
    return f"{met.ceiling} is met ({_dollars(met.counted)} spent or reserved)"


def _nano(usd: Decimal) -> int:
    """Billionths of a dollar, rounded up."""
    return math.ceil(usd * NANO)


def _dollars(nano: int) -> str:
    """Rounded up to a hundredth of a cent."""
    shown = (Decimal(nano) / NANO).quantize(Decimal("0.0001"), ROUND_CEILING)
    return f"{shown.normalize():f}"
