"""What a call is quoted at before it is made, and what is charged for it after."""

import asyncio
import threading
from collections.abc import AsyncIterator
from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from temporalio.activity import ActivityCancellationDetails
from temporalio.common import RetryPolicy
from temporalio.testing import ActivityEnvironment

from activities.llm import service
from activities.llm.calling import most_input_tokens
from activities.llm.ceilings import Ceilings, Wait
from activities.llm.prices import Prices
from activities.llm.service import LlmActivities
from activities.providers.base import Call, Completion
from contracts.catalogue import OUTPUTS
from contracts.errors import BadInput, ModelRefused, ModelUnavailable
from contracts.llm import RUNGS, Answer, Ask, Message, ModelRef, QuoteRequest, Retry, Rung, Verdict
from contracts.sales_follow_up import BUYER_SIGNALS, BuyerSignals
from runtime.limits import Price
from runtime.settings import Settings
from tests.activities.llm.conftest import FITTING, SECRET, ask_of, providers_at
from tests.support.provider_server import Break, Breaks, Fails, ProviderServer, Says
from tests.support.provider_wire import Called

PRICES = Prices(dict.fromkeys(["anthropic", "openai"], Price(input=Decimal(3), output=Decimal(15))))
RESERVED = Decimal("0.25")
KEY = "run/summarise-signals"


class Recorded(Ceilings):
    """Remembers what was entered and settled; `wait` is what entering answers."""

    def __init__(self, wait: Wait | None = None) -> None:
        self.wait = wait
        self.entered: list[tuple[str, str, str | None, Decimal]] = []
        self.settled: list[tuple[str, Decimal]] = []

    async def enter(self, key: str, process: str, tenant: str | None, usd: Decimal) -> Wait | None:
        self.entered.append((key, process, tenant, usd))
        return self.wait

    async def settle(self, key: str, usd: Decimal) -> None:
        self.settled.append((key, usd))


@pytest.fixture
def ceilings() -> Recorded:
    return Recorded()


@pytest.fixture
async def llm(server: ProviderServer, settings: Settings, ceilings: Recorded) -> AsyncIterator[LlmActivities]:
    """Model calls that have a price and a record of ceilings."""
    providers = providers_at(server.anthropic_url, server.openai_url)
    activities = LlmActivities(settings, OUTPUTS, providers, prices=PRICES, ceilings=ceilings)
    yield activities
    await activities.close()


def priced(provider: str, **changes: Any) -> Ask:
    return ask_of(provider).model_copy(update={"reserved_usd": RESERVED, "spend_key": KEY, **changes})


def quoted(ask: Ask) -> QuoteRequest:
    return QuoteRequest(ask=ask, process="sales-follow-up", tenant="acme")


@pytest.mark.parametrize("rung", RUNGS)
async def test_no_request_holds_more_bytes_of_prompt_and_schema_than_it_was_quoted_at(
    llm: LlmActivities, server: ProviderServer, ceilings: Recorded, provider: str, rung: Rung
) -> None:
    server.will(Says(FITTING))
    ask = priced(provider, rung=rung, scratchpad=True, retry=Retry(reply="{}", problems=("signals: Field required",)))
    quote = await llm.quote(quoted(ask))
    await llm.ask(ask)
    (request,) = server.requests
    assert len(str(request.body).encode()) < quote.input_tokens
    assert quote.usd == (3 * quote.input_tokens + 15 * 1000) / Decimal(1_000_000)
    assert (quote.max_tokens, quote.most_tokens, quote.wait_s) == (1000, 32_000, None)
    assert ceilings.entered == [(KEY, "sales-follow-up", "acme", quote.usd)]


@given(st.text(), st.sampled_from(["", "\ufdfa", "\u3300", "\U0001d15e"]))
def test_a_token_is_never_less_than_a_byte_of_the_prompt(text: str, longer_in_its_compatibility_form: str) -> None:
    call = Call(ModelRef(provider="openai", model="m"), (), BuyerSignals.model_json_schema(), 1, "step")
    said = Message(role="user", content=text + longer_in_its_compatibility_form * 50)
    more = most_input_tokens(replace(call, messages=(said,))) - most_input_tokens(call)
    assert more >= len(said.content.encode("utf-8", "replace"))


async def test_what_a_model_takes_bounds_what_is_quoted(llm: LlmActivities) -> None:
    local = await llm.quote(quoted(priced("local", max_tokens=5_000)))
    hosted = await llm.quote(quoted(priced("openai", max_tokens=1_000_000)))
    assert (local.max_tokens, local.most_tokens, local.usd) == (400, 400, Decimal(0))
    assert (hosted.max_tokens, hosted.most_tokens) == (32_000, 32_000)


async def test_a_ceiling_that_is_met_makes_the_run_wait(llm: LlmActivities, ceilings: Recorded) -> None:
    ceilings.wait = Wait(90, "the fleet's ceiling is met")
    quote = await llm.quote(quoted(priced("openai")))
    assert (quote.wait_s, quote.why) == (90, "the fleet's ceiling is met")


async def test_nothing_is_entered_without_a_key_or_for_an_ask_that_cannot_be_right(
    llm: LlmActivities, ceilings: Recorded
) -> None:
    await llm.quote(quoted(priced("openai", spend_key=None)))
    with pytest.raises(BadInput):
        await llm.quote(quoted(priced("openai", contract="no.such")))
    with pytest.raises(ModelRefused, match="no price is known"):
        await llm.quote(quoted(priced("openai", model=ModelRef(provider="vllm", model="x"))))
    assert ceilings.entered == []


async def test_what_the_provider_counted_is_charged_and_entered(
    llm: LlmActivities, server: ProviderServer, ceilings: Recorded, provider: str
) -> None:
    server.will(Says(FITTING, tokens=(1000, 100)))
    answer = await llm.ask(priced(provider))
    assert (answer.cost_usd, answer.cost_is_worst_case) == (Decimal("0.0045"), False)
    assert ceilings.settled == [(KEY, Decimal("0.0045"))]


async def test_a_broken_reply_is_charged_at_its_worst_case_whatever_was_counted_before(
    llm: LlmActivities, server: ProviderServer, ceilings: Recorded, provider: str
) -> None:
    server.will(Breaks(Break.END, FITTING[:32]))
    answer = await llm.ask(priced(provider))
    assert (answer.verdict, answer.cost_usd, answer.cost_is_worst_case) == (Verdict.CUT, RESERVED, True)
    assert answer.usage.input_tokens == {"anthropic": 11, "openai": 0}[provider]
    assert ceilings.settled == [(KEY, RESERVED)]


class Unforeseen:
    """A provider that fails in a way which nobody thought of."""

    async def complete(self, call: Call) -> Completion:
        raise TypeError(f"unhashable, {SECRET}")

    async def close(self) -> None: ...


async def test_a_failure_that_nobody_thought_of_is_charged_at_its_worst_case_and_not_tried_again_in_silence(
    settings: Settings, ceilings: Recorded
) -> None:
    llm = LlmActivities(settings, OUTPUTS, {"openai": Unforeseen()}, prices=PRICES, ceilings=ceilings)
    answer = await llm.ask(priced("openai"))
    assert (answer.verdict, answer.cost_usd, answer.cost_is_worst_case) == (Verdict.CUT, RESERVED, True)
    assert answer.problems == ("the call failed here (TypeError)",)
    assert ceilings.settled == [(KEY, RESERVED)]


async def test_what_was_surely_not_billed_is_entered_as_nothing(
    llm: LlmActivities, server: ProviderServer, ceilings: Recorded, provider: str
) -> None:
    server.will(Fails(401), Fails(503))
    with pytest.raises(ModelRefused):
        await llm.ask(priced(provider))
    with pytest.raises(ModelUnavailable):
        await llm.ask(priced(provider))
    assert ceilings.settled == [(KEY, Decimal(0))] * 2


@pytest.mark.parametrize(("attempt", "settled"), [(1, []), (5, []), (6, [(KEY, Decimal(0))])])
async def test_an_entry_stands_for_as_long_as_another_attempt_may_follow(
    llm: LlmActivities, server: ProviderServer, ceilings: Recorded, attempt: int, settled: list[object]
) -> None:
    server.will(Fails(503))
    with pytest.raises(ModelUnavailable) as caught:
        await activity_environment(attempt).run(llm.ask, priced("openai"))
    assert ceilings.settled == settled
    wait = caught.value.next_retry_delay
    assert wait is not None
    assert 2 ** (attempt - 2) <= wait.total_seconds() <= 2 ** (attempt - 1)


def activity_environment(attempt: int = 1) -> ActivityEnvironment:
    env = ActivityEnvironment()
    env.info = replace(env.info, attempt=attempt, retry_policy=RetryPolicy(maximum_attempts=6))
    return env


async def test_a_reply_that_is_there_is_handed_over_by_a_worker_that_is_told_to_end(
    settings: Settings, server: ProviderServer, ceilings: Recorded, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(service, "QUICKLY_JUDGED", 0)  # a reply that takes long to check
    checking, go_on = asyncio.Event(), threading.Event()
    loop = asyncio.get_running_loop()

    def check(value: object, facts: object) -> list[str]:
        loop.call_soon_threadsafe(checking.set)
        assert go_on.wait(10)
        return []

    outputs = {BUYER_SIGNALS.name: replace(BUYER_SIGNALS, check=check)}
    llm = LlmActivities(
        settings, outputs, providers_at(server.anthropic_url, server.openai_url), prices=PRICES, ceilings=ceilings
    )
    server.will(Says(FITTING))
    env = activity_environment()
    call = asyncio.create_task(env.run(llm.ask, priced("openai")))
    await checking.wait()
    env.cancel(cancellation_details=ActivityCancellationDetails(worker_shutdown=True))
    go_on.set()
    answer: Answer = await call
    assert answer.verdict is Verdict.FITS
    assert len(ceilings.settled) == 1
    await llm.close()


async def test_a_call_whose_worker_ends_comes_back_cut_and_one_whose_run_ends_does_not_come_back(
    llm: LlmActivities, server: ProviderServer, ceilings: Recorded, provider: str
) -> None:
    server.will(Breaks(Break.SILENCE))
    for details, cut in (
        (ActivityCancellationDetails(worker_shutdown=True), True),
        (ActivityCancellationDetails(cancel_requested=True), False),
    ):
        env = activity_environment()
        call = asyncio.create_task(env.run(llm.ask, priced(provider)))
        await server.asked.wait()
        server.asked.clear()
        env.cancel(cancellation_details=details)
        if cut:
            answer: Answer = await call
            assert (answer.verdict, answer.cost_usd) == (Verdict.CUT, RESERVED)
            assert "told to end" in answer.problems[0]
        else:
            with pytest.raises(asyncio.CancelledError):
                await call
        await asyncio.wait_for(server.left.wait(), 60)
        server.left.clear()
    assert ceilings.settled == [(KEY, RESERVED)]  # the cancelled one's worst case stands


async def test_no_key_of_an_address_is_told(
    settings: Settings, provider: str, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("DEBUG")
    async with ProviderServer() as server:
        server.will(Fails(500), Fails(404))
        there = server.anthropic_url.replace("//", f"//user:{SECRET}@")
        llm = LlmActivities(settings, OUTPUTS, providers_at(there, f"{there}/v1?key={SECRET}"), prices=PRICES)
        for kind in (ModelUnavailable, ModelRefused):
            with pytest.raises(kind) as caught:
                await llm.ask(priced(provider))
            assert SECRET not in caught.value.message
    with pytest.raises(ModelUnavailable) as caught:
        await llm.ask(priced(provider))
    assert SECRET not in caught.value.message + caplog.text
    await llm.close()


async def test_what_is_recorded_of_tool_calls_is_what_the_model_said(
    llm: LlmActivities, server: ProviderServer, provider: str
) -> None:
    one = Says("", "tool_calls", calls=(Called(FITTING),))
    two = Says("Here:", "tool_calls", calls=(Called("{}", name="send"), Called("5", id="call_2")))
    server.will(one, two)
    assert (await llm.ask(priced(provider, rung=Rung.TOOL))).reply == FITTING
    assert (await llm.ask(priced(provider, rung=Rung.TOOL))).reply == "Here:\nsend({})\nreply(5)"
