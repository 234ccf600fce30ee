"""What a call cost, where a price is known."""

from decimal import Decimal

from contracts.llm import ModelRef, Usage

FREE = frozenset({"local", "scripted"})
"""Providers that nobody pays."""


def cost_usd(model: ModelRef, answered_by: str | None, usage: Usage | None) -> Decimal | None:
    """US dollars; None where the model has no known price, or the provider did not say what it used."""
    if model.provider in FREE:
        return Decimal(0)
    if usage is None:
        return None
    from genai_prices import Usage as Tokens  # only where something is paid: it takes 0.2 s
    from genai_prices import calc_price

    tokens = Tokens(
        input_tokens=usage.input_tokens,
        output_tokens=usage.output_tokens,
        cache_read_tokens=usage.cached_input_tokens,
    )
    for name in filter(None, (answered_by, model.model)):
        try:
            return calc_price(tokens, model_ref=name, provider_id=model.provider).total_price
        except (LookupError, ValueError):  # an unknown name, or token counts that contradict each other
            continue
    return None
