"""A model that answers when the test lets it, and costs what the test says."""

import asyncio
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta

from activities.providers.base import Call, Completion, Finish
from contracts.errors import ModelUnavailable
from contracts.llm import Usage
from tests.support.waiting import eventually

PRICES = "[prices.desk]\ninput = 0\noutput = 100\n"
"""Ten thousand tokens a dollar: a call that may write 1,000 tokens is reserved 0.10 USD."""

NO_SIGNALS = json.dumps({"signals": []})


@dataclass(eq=False)
class Asked:
    """A call that waits for its reply."""

    call: Call
    reply: asyncio.Future[Completion] = field(default_factory=lambda: asyncio.get_running_loop().create_future())
    given_up: asyncio.Event = field(default_factory=asyncio.Event)
    """Set when nobody waits for the reply any more."""

    def answer(self, tokens: int = 200, text: str = NO_SIGNALS) -> None:
        """Reply; by default for 0.02 USD, and so that it fits."""
        usage = Usage(output_tokens=tokens)
        self.reply.set_result(Completion(text, Finish.COMPLETE, reason="stop", response_model="desk", usage=usage))

    def turn_away(self, wait: timedelta | None = None) -> None:
        """Busy: come back later."""
        self.reply.set_exception(ModelUnavailable("the desk is busy", wait=wait))


class Desk:
    """A provider. Runs are told apart by their key, which stands in the prompt."""

    def __init__(self) -> None:
        self.calls: list[Asked] = []
        self.usual: Mapping[str, int] = {}
        """Runs whose calls are answered at once, for so many tokens."""
        self.away: Mapping[str, timedelta] = {}
        """Runs whose calls are turned away at once, to come back after so long."""

    async def complete(self, call: Call) -> Completion:
        """What the test says."""
        asked = Asked(call)
        self.calls.append(asked)
        for tokens in (tokens for key, tokens in self.usual.items() if _of(call, key)):
            asked.answer(tokens)
        for wait in (wait for key, wait in self.away.items() if _of(call, key)):
            asked.turn_away(wait)
        try:
            return await asked.reply
        finally:
            asked.given_up.set()

    async def close(self) -> None:
        """Nothing is open."""

    def waiting(self, key: str) -> list[Asked]:
        """A run's calls that have no reply."""
        return [asked for asked in self.calls if _of(asked.call, key) and not asked.reply.done()]

    async def any_of(self, key: str) -> Asked:
        """A run's call, once there is one that waits."""

        async def look() -> Asked | None:
            return next(iter(self.waiting(key)), None)

        return await eventually(look, f"a call of {key}")

    async def asked(self, key: str, step: str = "branch-1") -> Asked:
        """A run's call at a step, once it waits."""

        async def look() -> Asked | None:
            return next((asked for asked in self.waiting(key) if asked.call.step == step), None)

        return await eventually(look, f"a call of {key} at {step}")


def _of(call: Call, key: str) -> bool:
    return any(f"\n{key}\n" in message.content for message in call.messages)
