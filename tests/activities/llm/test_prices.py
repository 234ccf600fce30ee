"""Prices: no reply costs more than the worst case that was set aside for it, whatever the table says of its model."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from genai_prices import Usage as Tokens
from genai_prices import calc_price
from genai_prices.data import providers
from hypothesis import given, settings
from hypothesis import strategies as st

from activities.llm.prices import Prices
from activities.providers.base import Completion, Finish
from contracts.errors import ModelRefused
from contracts.llm import ModelRef, Usage
from runtime.limits import Price

NONE = Prices({})
CHEAP_CACHE = Price.model_validate({"input": Decimal("0.2"), "output": Decimal("0.6"), "cached_input": Decimal("0.02")})
DEAR_CACHE = Price.model_validate({"input": Decimal(3), "output": Decimal(15), "cache_write": Decimal("3.75")})


def is_priced(model: ModelRef) -> bool:
    """Whether the table knows what its tokens cost."""
    try:
        NONE.worst_usd(model, 1, 1)
    except ModelRefused:
        return False
    return True


LISTED = [ModelRef(provider=provider.id, model=model.id) for provider in providers for model in provider.models]
VENDORS = [model for model in LISTED if model.provider in ("anthropic", "openai") and is_priced(model)]
ELSEWHERE = [model for model in LISTED if model.provider in ("deepseek", "groq", "openrouter", "perplexity", "x-ai")]

TOKENS = st.one_of(
    st.integers(0, 2_000), st.integers(0, 2_000_000), st.sampled_from([199_999, 200_000, 200_001, 272_001])
)


@st.composite
def calls(draw: st.DrawFn) -> tuple[int, int, Usage]:
    """Limits of a call, and a usage within them, split in any way."""
    most_in, most_out = draw(TOKENS), draw(TOKENS)
    used = draw(st.integers(0, most_in))
    cached = draw(st.integers(0, used))
    out = draw(st.integers(0, most_out))
    usage = Usage(
        input_tokens=used,
        output_tokens=out,
        cached_input_tokens=cached,
        cache_write_tokens=draw(st.integers(0, used - cached)),
        reasoning_tokens=draw(st.integers(0, out)),
    )
    return most_in, most_out, usage


def replied(usage: Usage | None, finish: Finish = Finish.COMPLETE) -> Completion:
    """A reply that used so much."""
    return Completion(text="{}", finish=finish, usage=usage)


def cost(prices: Prices, model: ModelRef, usage: Usage) -> Decimal:
    """What it cost, which is known."""
    found = prices.cost_usd(model, replied(usage))
    assert found is not None
    return found


def test_the_table_prices_nearly_all_of_both_vendors_models() -> None:
    names = {str(model) for model in VENDORS}
    assert len(names) > 100
    assert {"anthropic:claude-sonnet-5-5", "openai:gpt-6.1-terra", "openai:o3"} <= names


@pytest.mark.parametrize("model", VENDORS, ids=str)
@settings(max_examples=20, deadline=None)
@given(call=calls())
def test_no_reply_costs_more_than_its_worst_case(model: ModelRef, call: tuple[int, int, Usage]) -> None:
    most_in, most_out, usage = call
    assert cost(NONE, model, usage) <= NONE.worst_usd(model, most_in, most_out)


@settings(max_examples=600, deadline=None)
@given(
    model=st.sampled_from(VENDORS + [model for model in ELSEWHERE if is_priced(model)]),
    call=calls(),
    later=st.timedeltas(timedelta(0), timedelta(days=800)),
)
def test_nor_at_another_hour_or_after_a_change_of_price(
    model: ModelRef, call: tuple[int, int, Usage], later: timedelta
) -> None:
    most_in, most_out, usage = call
    tokens = Tokens(
        input_tokens=usage.input_tokens,
        cache_read_tokens=usage.cached_input_tokens,
        cache_write_tokens=usage.cache_write_tokens,
        output_tokens=usage.output_tokens,
        output_reasoning_tokens=usage.reasoning_tokens,
    )
    billed = calc_price(
        tokens, model.model, provider_id=model.provider, genai_request_timestamp=datetime.now(UTC) + later
    ).total_price
    assert billed <= NONE.worst_usd(model, most_in, most_out)


@settings(max_examples=300, deadline=None)
@given(call=calls(), price=st.sampled_from([CHEAP_CACHE, DEAR_CACHE]))
def test_nor_at_a_price_of_the_settings(call: tuple[int, int, Usage], price: Price) -> None:
    most_in, most_out, usage = call
    prices = Prices({"far": price})
    assert cost(prices, ModelRef(provider="far", model="x"), usage) <= prices.worst_usd(
        ModelRef(provider="far", model="x"), most_in, most_out
    )


def test_a_price_that_has_fallen_is_not_feared_any_more() -> None:
    assert NONE.worst_usd(ModelRef(provider="openai", model="o3"), 0, 1_000_000) == 8


def test_the_worst_case_of_a_long_prompt_is_at_the_long_prompts_price() -> None:
    model = ModelRef(provider="openai", model="gpt-6.1-sol")
    short, long = NONE.worst_usd(model, 272_000, 1000), NONE.worst_usd(model, 272_001, 1000)
    assert long > short * Decimal("1.5")


def test_cached_tokens_cache_writes_and_reasoning_are_priced_as_such() -> None:
    model = ModelRef(provider="anthropic", model="claude-sonnet-5-5")
    plain = cost(NONE, model, Usage(input_tokens=1000, output_tokens=10))
    read = cost(NONE, model, Usage(input_tokens=1000, output_tokens=10, cached_input_tokens=900))
    written = cost(NONE, model, Usage(input_tokens=1000, output_tokens=10, cache_write_tokens=900))
    assert read < plain < written
    far = Prices({"far:x": CHEAP_CACHE})
    usage = Usage(input_tokens=1000, output_tokens=10, cached_input_tokens=900, reasoning_tokens=8)
    assert cost(far, ModelRef(provider="far", model="x"), usage) == Decimal("0.000044")


@pytest.mark.parametrize(
    "model",
    [
        ModelRef(provider="openai", model="gpt-99"),
        ModelRef(provider="openai", model="whisper-1"),  # priced by the hour
        ModelRef(provider="openai", model="text-embedding-3-small"),  # writes nothing
        ModelRef(provider="vllm", model="qwen3"),
    ],
    ids=str,
)
def test_a_model_without_a_price_is_refused_with_what_to_do(model: ModelRef) -> None:
    with pytest.raises(ModelRefused) as refused:
        NONE.worst_usd(model, 10, 10)
    assert f'[prices."{model}"]' in refused.value.message
    assert "SIGNOFF_LIMITS" in refused.value.message
    assert "\n" not in refused.value.message


def test_an_endpoint_that_the_table_knows_by_name_has_its_prices() -> None:
    assert NONE.worst_usd(ModelRef(provider="groq", model="llama-3.3-70b-versatile"), 1000, 1000) > 0
    assert NONE.worst_usd(ModelRef(provider="openrouter", model="anthropic/claude-sonnet-4.5"), 1000, 1000) > 0


@pytest.mark.parametrize("model", [ModelRef(provider="local"), ModelRef(provider="scripted", model="/a.json")], ids=str)
def test_what_nobody_pays_is_free_even_where_nothing_was_counted(model: ModelRef) -> None:
    assert NONE.worst_usd(model, 10**6, 10**6) == 0
    assert NONE.cost_usd(model, replied(None, Finish.BROKEN)) == 0


def test_a_price_of_the_settings_goes_before_the_table_and_before_free() -> None:
    sonnet, script = (
        ModelRef(provider="anthropic", model="claude-sonnet-5-5"),
        ModelRef(provider="scripted", model="/a.json"),
    )
    prices = Prices({str(sonnet): CHEAP_CACHE, "scripted": DEAR_CACHE, "scripted:/b.json": CHEAP_CACHE})
    assert prices.worst_usd(sonnet, 1_000_000, 1_000_000) == Decimal("0.8")
    assert prices.worst_usd(script, 1_000_000, 1_000_000) == Decimal("18.75")
    assert prices.worst_usd(ModelRef(provider="scripted", model="/b.json"), 0, 1_000_000) == Decimal("0.6")


@pytest.mark.parametrize(
    "reply",
    [
        replied(None),
        replied(Usage(input_tokens=5), Finish.BROKEN),
        replied(Usage(input_tokens=5), Finish.OVERLONG),
        replied(Usage(input_tokens=5, cached_input_tokens=6)),
        replied(Usage(input_tokens=5, cache_write_tokens=3, cached_input_tokens=3)),
        replied(Usage(input_tokens=5, output_tokens=-1)),
    ],
)
@pytest.mark.parametrize("prices", [NONE, Prices({"anthropic": CHEAP_CACHE})], ids=["listed", "own"])
def test_what_was_not_counted_or_contradicts_itself_has_no_cost(prices: Prices, reply: Completion) -> None:
    assert prices.cost_usd(ModelRef(provider="anthropic", model="claude-sonnet-5-5"), reply) is None
