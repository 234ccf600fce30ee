"""Replies that come whole, or break off, through each SDK over real HTTP."""

import asyncio
from decimal import Decimal

import pytest
from genai_prices import Usage as Tokens
from genai_prices import calc_price
from genai_prices.types import ModelPrice, TieredPrices

from activities.llm.service import LlmActivities
from contracts.llm import RUNGS, Answer, ModelRef, Retry, Rung, Usage, Verdict
from tests.activities.llm.conftest import FITTING, NOTES, SECRET, ask_of
from tests.support.provider_server import Break, Breaks, ProviderServer, Says, Sends
from tests.support.provider_wire import PIECE, Called, Counts


async def test_a_fitting_reply_is_recorded_with_its_value_and_its_cost(
    llm: LlmActivities, server: ProviderServer, provider: str
) -> None:
    server.will(Says(FITTING, tokens=(120, 30)))
    answer = await llm.ask(ask_of(provider))
    assert answer.verdict is Verdict.FITS
    assert answer.value == {"signals": [{"kind": "budget", "quote": "She has put aside 4,300 CHF."}]}
    assert answer.reply == FITTING
    assert (answer.usage.input_tokens, answer.usage.output_tokens) == (120, 30)
    assert (answer.response_model, answer.request_id) == (f"fake-{provider}", "req-1")
    assert answer.finish_reason in ("stop", "end_turn")
    assert [message.role for message in answer.prompt[:2]] == ["system", "user"]
    assert len(answer.prompt_version) == 12
    assert answer.cost_usd is None  # no price is known for this model
    assert answer.duration_s > 0


async def test_the_far_end_sees_the_key_the_schema_and_the_prompt(
    llm: LlmActivities, server: ProviderServer, provider: str
) -> None:
    server.will(Says(FITTING))
    await llm.ask(ask_of(provider))
    (request,) = server.requests
    assert request.headers["authorization"] == f"Bearer {SECRET}"
    assert request.body["stream"] is True
    wire = request.body.get("output_config", {}).get("format") or request.body["response_format"]["json_schema"]
    assert wire["schema"]["additionalProperties"] is False
    assert "4,300 CHF" in request.body["messages"][-1]["content"]


LISTED = {"anthropic": "claude-sonnet-5-5", "openai": "gpt-6.1-terra"}


@pytest.mark.parametrize(
    "counts",
    [
        Counts(1000, 50),
        Counts(1000, 50, cached=900),
        Counts(1000, 50, cache_write=900),
        Counts(1000, 50, cached=300, cache_write=600, reasoning=40),
    ],
)
async def test_cached_written_and_reasoning_tokens_are_recorded_and_priced_as_such(
    llm: LlmActivities, server: ProviderServer, provider: str, counts: Counts
) -> None:
    server.will(Says(FITTING, counts=counts))
    model = ModelRef(provider=provider, model=LISTED[provider])
    answer = await llm.ask(ask_of(provider).model_copy(update={"model": model}))
    assert answer.usage == Usage(
        input_tokens=1000,
        output_tokens=50,
        cached_input_tokens=counts.cached,
        cache_write_tokens=counts.cache_write,
        reasoning_tokens=counts.reasoning,
    )
    prices = calc_price(Tokens(), model.model, provider_id=provider).model.prices
    assert isinstance(prices, ModelPrice)
    per_million = [
        (1000 - counts.cached - counts.cache_write, prices.input_mtok),
        (counts.cached, prices.cache_read_mtok),
        (counts.cache_write, prices.cache_write_mtok or prices.input_mtok),
        (50, prices.output_mtok),
    ]
    usd = sum(tokens * _usual(price) for tokens, price in per_million) / 1_000_000
    assert (answer.cost_usd, answer.cost_is_worst_case) == (usd, False)


def _usual(price: Decimal | TieredPrices | None) -> Decimal:
    """Of a short prompt."""
    assert price is not None
    return price.base if isinstance(price, TieredPrices) else price


async def test_each_run_and_each_rung_begins_alike(llm: LlmActivities, server: ProviderServer, provider: str) -> None:
    server.will(Says(FITTING))
    for notes in (NOTES, "Nothing yet."):
        for rung in RUNGS:
            await llm.ask(ask_of(provider, notes=notes).model_copy(update={"rung": rung}))
    begins = {str((one.body.get("system"), one.body["messages"][:-1])) for one in server.requests}
    assert len(begins) == 1
    texts = [str(one.body["messages"][-1]["content"]) for one in server.requests]
    assert {text.partition("<notes>")[0] for text in texts} == {texts[0].partition("<notes>")[0]}


async def test_the_local_model_gets_bounds_and_no_more_than_400_tokens(
    llm: LlmActivities, server: ProviderServer
) -> None:
    server.will(Says(FITTING))
    answer = await llm.ask(ask_of("local"))
    (request,) = server.requests
    assert request.body["max_tokens"] == 400
    assert request.body["temperature"] == 0
    assert '"maxItems": 4' in str(request.body["response_format"]).replace("'", '"')
    assert answer.cost_usd == Decimal(0)


@pytest.mark.parametrize(
    "reply",
    [
        f"```json\n{FITTING}\n```",
        f"Here is what I found:\n{FITTING}\nI hope that it helps.",
        f"<thinking>A draft: {{}}. Better: one signal.</thinking>\n{FITTING}",
    ],
    ids=["fence", "prose", "thinking"],
)
async def test_what_surrounds_the_json_is_overlooked_and_kept_in_the_record(
    llm: LlmActivities, server: ProviderServer, provider: str, reply: str
) -> None:
    server.will(Says(reply))
    answer = await llm.ask(ask_of(provider))
    assert answer.verdict is Verdict.FITS
    assert answer.reply == reply


async def test_a_misfit_is_shown_to_the_model_with_its_problems(
    llm: LlmActivities, server: ProviderServer, provider: str
) -> None:
    wrong = '<thinking>hm</thinking>{"signals": [{"kind": "budget", "quote": "She has 9,000 CHF."}]}'
    server.will(Says(wrong), Says(FITTING))
    first = await llm.ask(ask_of(provider))
    assert first.verdict is Verdict.MISFIT
    assert "9,000 CHF" in first.problems[0]
    again = await llm.ask(ask_of(provider, Retry(reply=first.reply, problems=first.problems)))
    assert again.verdict is Verdict.FITS
    *_, shown, problems = server.requests[1].body["messages"]
    assert (shown["role"], problems["role"]) == ("assistant", "user")
    assert shown["content"].startswith('{"signals"')  # the scratchpad stays behind
    assert first.problems[0] in problems["content"]
    assert again.prompt_version == first.prompt_version


async def test_a_refusal_and_a_content_filter_are_declined(
    llm: LlmActivities, server: ProviderServer, provider: str
) -> None:
    server.will(Says("", finish="refusal", refusal="I would rather not"), Says("", finish="refusal"))
    told = await llm.ask(ask_of(provider))
    untold = await llm.ask(ask_of(provider))
    assert (told.verdict, untold.verdict) == (Verdict.DECLINED, Verdict.DECLINED)
    assert "I would rather not" in told.problems[0]


async def test_a_reply_at_the_token_limit_is_out_of_room(
    llm: LlmActivities, server: ProviderServer, provider: str
) -> None:
    server.will(Says(FITTING[:30], finish="length"))
    answer = await llm.ask(ask_of(provider))
    assert answer.verdict is Verdict.OUT_OF_ROOM
    assert "token limit" in answer.problems[0]
    assert answer.usage.output_tokens == 7


@pytest.mark.parametrize("how", list(Break), ids=lambda how: how.name)
async def test_a_reply_that_breaks_off_is_cut_and_what_came_is_kept(
    llm: LlmActivities, server: ProviderServer, provider: str, how: Break
) -> None:
    server.will(Breaks(how, FITTING[:32]))
    answer = await llm.ask(ask_of(provider))
    assert answer.verdict is Verdict.CUT
    assert answer.cost_usd is None  # it may have been billed, and nobody said how much
    assert answer.problems
    if how is not Break.RESET:  # a reset may overtake what was sent before it
        assert answer.reply == FITTING[:32]


@pytest.mark.parametrize("how", [Break.RESET, Break.SILENCE], ids=lambda how: how.name)
async def test_silence_after_the_request_went_out_may_have_been_billed(
    llm: LlmActivities, server: ProviderServer, provider: str, how: Break
) -> None:
    server.will(Breaks(how))
    answer = await llm.ask(ask_of(provider))
    assert answer.verdict is Verdict.CUT
    assert answer.reply == ""


@pytest.mark.parametrize(
    "junk",
    [
        b"<html>502</html>\n\n",
        b"event: message_start\ndata: {broken\n\n",
        b"data: 5\n\n",
        b'event: message_start\ndata: {"type": "message_start", "choices": 5, "message": 5}\n\n',
        b"event: message_start\ndata: " + b'{"a":' * 20_000 + b"\n\n",
        b"\xff\xfe\x00",
        b"",
    ],
)
async def test_junk_in_a_200_is_a_cut_reply(
    llm: LlmActivities, server: ProviderServer, provider: str, junk: bytes
) -> None:
    server.will(Sends(junk))
    assert (await llm.ask(ask_of(provider))).verdict is Verdict.CUT


async def test_an_endless_reply_is_left_unread_and_stored_in_part(
    llm: LlmActivities, server: ProviderServer, provider: str
) -> None:
    server.will(Says("x" * 250_000))
    answer = await llm.ask(ask_of(provider))
    assert answer.verdict is Verdict.MISFIT
    assert len(answer.reply) == 10_000


async def test_half_a_character_in_a_reply_can_still_be_recorded(
    llm: LlmActivities, server: ProviderServer, provider: str
) -> None:
    server.will(Says("a" * (PIECE - 1) + "\ud83d\ude42" + "b\ud83d"))  # a pair in two events, then a half alone
    answer = await llm.ask(ask_of(provider))
    assert "a\N{SLIGHTLY SMILING FACE}b\N{REPLACEMENT CHARACTER}" in answer.reply
    assert Answer.model_validate_json(answer.model_dump_json()) == answer


async def test_a_cancelled_call_lets_go_of_its_connection(
    llm: LlmActivities, server: ProviderServer, provider: str
) -> None:
    server.will(Breaks(Break.SILENCE, FITTING[:20]))
    call = asyncio.create_task(llm.ask(ask_of(provider)))
    await server.asked.wait()
    call.cancel()
    await asyncio.wait_for(server.left.wait(), 60)
    with pytest.raises(asyncio.CancelledError):
        await call


AS_XML = "<reply><signals><item><kind>budget</kind><quote>She has put aside 4,300 CHF.</quote></item></signals></reply>"
REPLIES = {
    Rung.NATIVE: Says(FITTING),
    Rung.TOOL: Says(calls=(Called(FITTING),), finish="tool_calls"),
    Rung.REASK: Says(FITTING),
    Rung.SCHEMA: Says(FITTING),
    Rung.XML: Says(AS_XML),
}


@pytest.mark.parametrize("rung", RUNGS)
async def test_a_fitting_reply_fits_on_every_rung(
    llm: LlmActivities, server: ProviderServer, provider: str, rung: Rung
) -> None:
    server.will(REPLIES[rung])
    answer = await llm.ask(ask_of(provider).model_copy(update={"rung": rung}))
    assert (answer.verdict, answer.problems, answer.rung) == (Verdict.FITS, (), rung)
    assert answer.value == {"signals": [{"kind": "budget", "quote": "She has put aside 4,300 CHF."}]}
    assert answer.reply == (AS_XML if rung is Rung.XML else FITTING)


async def test_calls_that_do_not_fit_are_recorded_and_shown_again(
    llm: LlmActivities, server: ProviderServer, provider: str
) -> None:
    wrong = (Called(FITTING, name="save"), Called("{", id="call_2"))
    server.will(Says("I call.", calls=wrong, finish="tool_calls"), REPLIES[Rung.TOOL])
    ask = ask_of(provider).model_copy(update={"rung": Rung.TOOL})
    first = await llm.ask(ask)
    assert first.verdict is Verdict.MISFIT
    assert first.reply == f"I call.\nsave({FITTING})\nreply({{)"
    again = await llm.ask(ask.model_copy(update={"retry": Retry(reply=first.reply, problems=first.problems)}))
    assert again.verdict is Verdict.FITS
    *_, shown, asked = server.requests[1].body["messages"]
    assert shown["content"] == first.reply
    assert "'save'" in asked["content"]


@pytest.mark.parametrize("rung", RUNGS)
async def test_a_scratchpad_stays_in_the_record_and_goes_no_further(
    llm: LlmActivities, server: ProviderServer, provider: str, rung: Rung
) -> None:
    thought = "She may pay. Is it 9,000?"
    in_a_field = f'{{"reasoning": "{thought}", "signals": [{{"kind": "budget", "quote": "nothing"}}]}}'
    in_tags = f"<thinking>{thought}</thinking>" + FITTING.replace("She has put", "She put")
    structured = Says(calls=(Called(in_a_field),)) if rung is Rung.TOOL else Says(in_a_field)
    server.will(Says(in_tags) if rung in (Rung.SCHEMA, Rung.XML) else structured)
    ask = ask_of(provider).model_copy(update={"rung": rung, "scratchpad": True})
    first = await llm.ask(ask)
    assert (first.verdict, first.form_fits, first.reasoning) == (Verdict.MISFIT, True, thought)
    assert thought in first.reply
    assert thought not in str(first.problems)
    await llm.ask(ask.model_copy(update={"retry": Retry(reply=first.reply, problems=first.problems)}))
    assert thought not in str(server.requests[1].body["messages"])
