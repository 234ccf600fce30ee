"""What a call cost, where a price is known."""

from decimal import Decimal

from activities.providers.base import Completion, Finish
from contracts.llm import ModelRef

FREE = frozenset({"local", "scripted"})
"""Providers that nobody pays."""


_UNCOUNTED = (Finish.BROKEN, Finish.OVERLONG)
"""Replies that were not read to their end, where the count stands."""


def cost_usd(model: ModelRef, reply: Completion) -> Decimal | None:
    """US dollars; None where the model has no known price, or the provider did not say what it used."""
    if model.provider in FREE:
        return Decimal(0)
    usage = reply.usage
    if usage is None or reply.finish in _UNCOUNTED:
        return None
    from genai_prices import Usage as Tokens  # only where something is paid: it takes 0.2 s
    from genai_prices import calc_price

    tokens = Tokens(
        input_tokens=usage.input_tokens,
        output_tokens=usage.output_tokens,
        cache_read_tokens=usage.cached_input_tokens,
    )
    for name in filter(None, (reply.response_model, model.model)):
        try:
            return calc_price(tokens, model_ref=name, provider_id=model.provider).total_price
        except (LookupError, ValueError):  # an unknown name, or token counts that contradict each other
            continue
    return None
