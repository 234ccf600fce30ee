"""One span a call, as the GenAI semantic conventions have it; content only when the settings ask for it."""

import json
from collections.abc import Callable

import pytest
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.trace import SpanKind, StatusCode

from activities.llm.service import LlmActivities
from contracts.catalogue import OUTPUTS
from contracts.errors import ModelRefused
from contracts.llm import Rung
from runtime.settings import Settings
from tests.activities.llm.conftest import FITTING, SECRET, ask_of, providers_at
from tests.support.provider_server import Break, Breaks, Fails, ProviderServer, Says
from tests.support.provider_wire import Called

OneSpan = Callable[[], ReadableSpan]


@pytest.fixture
def span(monkeypatch: pytest.MonkeyPatch) -> OneSpan:
    """The one span that was made."""
    exporter, provider = InMemorySpanExporter(), TracerProvider()
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    monkeypatch.setattr("activities.llm.spans.get_tracer", provider.get_tracer)

    def one() -> ReadableSpan:
        (found,) = exporter.get_finished_spans()
        return found

    return one


async def test_a_call_is_one_client_span_with_names_and_counts_and_no_content(
    llm: LlmActivities, server: ProviderServer, provider: str, span: OneSpan
) -> None:
    server.will(Says(FITTING, tokens=(120, 30)))
    await llm.ask(ask_of(provider))
    told = span()
    assert (told.name, told.kind, told.status.status_code) == ("chat fake-model", SpanKind.CLIENT, StatusCode.UNSET)
    expected = {
        "gen_ai.operation.name": "chat",
        "gen_ai.provider.name": provider,
        "gen_ai.request.model": "fake-model",
        "gen_ai.request.max_tokens": 1000,
        "gen_ai.output.type": "json",
        "signoff.rung": "native",
        "gen_ai.response.model": f"fake-{provider}",
        "gen_ai.response.id": {"openai": "chatcmpl-1", "anthropic": "msg_1"}[provider],
        "gen_ai.response.finish_reasons": ({"openai": "stop", "anthropic": "end_turn"}[provider],),
        "gen_ai.usage.input_tokens": 120,
        "gen_ai.usage.output_tokens": 30,
        "gen_ai.usage.cache_read.input_tokens": 0,
        "gen_ai.usage.cache_creation.input_tokens": 0,
    }
    assert dict(told.attributes or {}) == expected
    assert told.events == ()


async def test_content_is_captured_when_the_settings_ask_for_it(
    server: ProviderServer, settings: Settings, provider: str, span: OneSpan
) -> None:
    curious = settings.model_copy(update={"capture_content": True})
    llm = LlmActivities(curious, OUTPUTS, providers_at(server.anthropic_url, server.openai_url))
    server.will(Says(FITTING))
    await llm.ask(ask_of(provider))
    await llm.close()
    attributes = span().attributes or {}
    asked = json.loads(str(attributes["gen_ai.input.messages"]))
    (said,) = json.loads(str(attributes["gen_ai.output.messages"]))
    assert asked[0]["role"] == "system"
    assert "4,300 CHF" in asked[-1]["parts"][0]["content"]
    assert said["parts"] == [{"type": "text", "content": FITTING}]


async def test_a_failed_call_is_named_and_its_message_stays_out(
    llm: LlmActivities, server: ProviderServer, provider: str, span: OneSpan
) -> None:
    server.will(Fails(400, message=f"bad {SECRET}"))
    with pytest.raises(ModelRefused):
        await llm.ask(ask_of(provider))
    told = span()
    assert (told.attributes or {})["error.type"] == "ModelRefused"
    assert told.status.status_code is StatusCode.ERROR
    assert SECRET not in told.to_json()


async def test_a_cut_reply_is_an_error_of_the_call(
    llm: LlmActivities, server: ProviderServer, provider: str, span: OneSpan
) -> None:
    server.will(Breaks(Break.END, "{"))
    await llm.ask(ask_of(provider))
    assert (span().attributes or {})["error.type"] == "cut"


async def test_tool_calls_and_reasoning_are_captured_as_such(
    server: ProviderServer, settings: Settings, span: OneSpan
) -> None:
    curious = settings.model_copy(update={"capture_content": True})
    llm = LlmActivities(curious, OUTPUTS, providers_at(server.anthropic_url, server.openai_url))
    server.will(Says("", "tool_calls", reasoning="Money first.", calls=(Called(FITTING),)))
    await llm.ask(ask_of("anthropic").model_copy(update={"rung": Rung.TOOL}))
    await llm.close()
    (said,) = json.loads(str((span().attributes or {})["gen_ai.output.messages"]))
    call = {"type": "tool_call", "id": "call_1", "name": "reply", "arguments": FITTING}
    assert said["parts"] == [{"type": "reasoning", "content": "Money first."}, call]
