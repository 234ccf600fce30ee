"""What a call can cost at most, before it is made, and what it did cost, after it.

Prices come from the file of limits, and for what it leaves out from `genai-prices`, which is imported only where
something is paid: it takes 0.2 s. Both answers use the same price line, so that no cost passes the worst case that was
set aside for it.
"""

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from decimal import Decimal
from typing import TYPE_CHECKING

from activities.providers.base import Completion, Finish
from contracts.errors import ModelRefused
from contracts.llm import ModelRef, Usage
from runtime.limits import Price

if TYPE_CHECKING:
    from genai_prices.types import ConditionalPrice, ModelPrice

FREE = frozenset({"local", "scripted"})
"""Providers that nobody pays, unless the file of limits gives them a price."""

_UNCOUNTED = (Finish.BROKEN, Finish.OVERLONG)
"""Replies that were not read to their end, where the count stands."""

_MILLION = 1_000_000


class Prices:
    """US dollars, exact. `own`: prices of the file of limits, by model (`vllm:qwen3`) or by provider (`scripted`)."""

    def __init__(self, own: Mapping[str, Price]) -> None:
        self._own = own

    def worst_usd(self, model: ModelRef, input_tokens: int, max_tokens: int) -> Decimal:
        """The dearest way in which these tokens can be billed, now or later. Raises ModelRefused: no price is known."""
        own = self._own_price(model)
        if own is not None:
            dearest = max(own.input, _or(own.cached_input, own.input), _or(own.cache_write, own.input))
            return (dearest * input_tokens + own.output * max_tokens) / _MILLION
        if model.provider in FREE:
            return Decimal(0)
        return max(_dearest(line, input_tokens, max_tokens) for line in _lines(model))

    def cost_usd(self, model: ModelRef, reply: Completion) -> Decimal | None:
        """What a reply cost; None where the provider did not say what it used, or contradicts itself."""
        own = self._own_price(model)
        if own is None and model.provider in FREE:
            return Decimal(0)
        if reply.usage is None or reply.finish in _UNCOUNTED:
            return None
        return _listed_cost(model, reply.usage) if own is None else _own_cost(own, reply.usage)

    def _own_price(self, model: ModelRef) -> Price | None:
        return self._own.get(str(model)) or self._own.get(model.provider)


def _or(price: Decimal | None, otherwise: Decimal) -> Decimal:
    return otherwise if price is None else price


def _own_cost(price: Price, usage: Usage) -> Decimal | None:
    cached, written = usage.cached_input_tokens, usage.cache_write_tokens
    plain = usage.input_tokens - cached - written
    if min(plain, cached, written, usage.output_tokens) < 0:
        return None
    read = cached * _or(price.cached_input, price.input) + written * _or(price.cache_write, price.input)
    return (plain * price.input + read + usage.output_tokens * price.output) / _MILLION


def _listed_cost(model: ModelRef, usage: Usage) -> Decimal | None:
    from genai_prices import Usage as Tokens
    from genai_prices import calc_price

    try:
        tokens = Tokens(
            input_tokens=usage.input_tokens,
            cache_read_tokens=usage.cached_input_tokens,
            cache_write_tokens=usage.cache_write_tokens,
            output_tokens=usage.output_tokens,
            output_reasoning_tokens=usage.reasoning_tokens,
        )
        return calc_price(tokens, model.model, provider_id=model.provider).total_price
    except (LookupError, ValueError):  # an unknown name, or token counts that contradict each other
        return None


def _lines(model: ModelRef) -> "list[ModelPrice]":
    """The model's prices that hold now or may hold once the reply comes."""
    from genai_prices import Usage as Tokens
    from genai_prices import calc_price

    try:
        found = calc_price(Tokens(), model.model, provider_id=model.provider).model.prices
    except (LookupError, ValueError):
        found = []
    lines = list(_from_now_on(found)) if isinstance(found, list) else [found]
    # A line without one of the two is a model's that writes no text, or one that is free for a while.
    if not lines or any(line.input_mtok is None or line.output_mtok is None for line in lines):
        raise ModelRefused(
            f'no price is known for {model}: give it one in the file that SIGNOFF_LIMITS names, as [prices."{model}"] '
            f"with input and output, in US dollars per million tokens"
        )
    return lines


def _from_now_on(conditional: "list[ConditionalPrice]") -> "Iterator[ModelPrice]":
    """The last line whose condition holds is the one that counts. One that began stays: those before it are history."""
    from genai_prices.types import StartDateConstraint

    now = datetime.now(UTC)
    for one in reversed(conditional):
        yield one.prices
        if one.constraint is None or (isinstance(one.constraint, StartDateConstraint) and one.constraint.active(now)):
            return


def _dearest(line: "ModelPrice", input_tokens: int, max_tokens: int) -> Decimal:
    """Between the starts of two tiers a cost grows evenly with each kind of token, so the dearest is at a corner."""
    from genai_prices import Usage as Tokens
    from genai_prices.types import TieredPrices

    starts = {tier.start for price in vars(line).values() if isinstance(price, TieredPrices) for tier in price.tiers}
    corners = (
        Tokens(
            input_tokens=size,
            cache_read_tokens=read,
            cache_write_tokens=written,
            output_tokens=max_tokens,
            output_reasoning_tokens=reasoning,
        )
        for size in {input_tokens, *(start for start in starts if start < input_tokens)}
        for read, written in ((0, 0), (size, 0), (0, size))
        for reasoning in (0, max_tokens)
    )
    return max(line.calc_price(corner)["total_price"] for corner in corners)
