"""Holding a claim while its effect is carried out: renewed all along, and cut off before it can be another's."""

import asyncio
from types import TracebackType

from activities.stores.entries import Entry
from activities.stores.ledger import Ledger
from contracts.errors import ToolUnavailable

RENEW_S = 2.0
SPARE_S = 1.0
"""Who is cut off needs a moment to stop."""


class Hold:
    """A claim of ours. The body of `async with` is cut off by a TimeoutError when it can no longer be renewed."""

    def __init__(self, ledger: Ledger, entry: Entry, asked_at: float, *, again: bool) -> None:
        """`asked_at`: the loop's time before the ledger was asked for the claim, so surely before the lease began.

        `again`: an earlier claimant may have done it already.
        """
        self.again = again
        self._ledger, self._entry = ledger, entry
        self._lasts = ledger.lease.total_seconds() - SPARE_S
        self._until = asked_at + self._lasts
        self.acted = False

    async def act(self) -> None:
        """For a tool to await right before the point from which on its effect may have happened.

        Asks the ledger whether the claim is still ours, and notes there that the effect may now come about. Raises
        ToolUnavailable where it is not, or where that cannot be known: nothing may be done then.
        """
        asked_at = _now()
        if not await self._ledger.renew(self._entry, acting=True):
            raise ToolUnavailable(f"{self._entry.tool} was held up, and its claim was given up: nothing was done")
        self._prolong(asked_at)
        # A process that was frozen since it asked wakes up here.
        if _now() >= self._until:
            raise ToolUnavailable(f"{self._entry.tool} was held up for too long: nothing was done")
        self.acted = True

    async def __aenter__(self) -> "Hold":
        self._cut = asyncio.timeout_at(self._until)
        await self._cut.__aenter__()
        self._renewing = asyncio.create_task(self._renew())
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._renewing.cancel()
        await self._cut.__aexit__(kind, error, trace)

    async def _renew(self) -> None:
        while True:
            # Waits for nothing: a lease is renewed at this pace.
            await asyncio.sleep(RENEW_S)
            asked_at = _now()
            try:
                ours = await self._ledger.renew(self._entry)
            except ToolUnavailable:
                continue  # there is time for another try; if there is not, the body is cut off
            if not ours:
                if not self._cut.expired():
                    self._cut.reschedule(_now())
                return
            self._prolong(asked_at)

    def _prolong(self, asked_at: float) -> None:
        self._until = max(self._until, asked_at + self._lasts)
        if not self._cut.expired():
            self._cut.reschedule(self._until)


def _now() -> float:
    return asyncio.get_running_loop().time()
