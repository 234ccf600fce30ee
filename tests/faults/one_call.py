"""One call of one model at a far end that misbehaves, and what must be true of whatever comes of it."""

import asyncio
import contextlib
import socket
import traceback
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from email.utils import format_datetime
from pathlib import Path

import pytest
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from activities.llm.prices import Prices
from activities.llm.service import LlmActivities
from activities.providers.streaming import Patience
from contracts.catalogue import OUTPUTS
from contracts.errors import ModelUnavailable, SignoffError
from contracts.llm import Answer, Verdict
from runtime.limits import Price
from runtime.settings import load_settings
from tests.activities.llm.conftest import SECRET, ask_of, providers_at
from tests.faults.fault import IN_90_S, Fault, Where
from tests.support.provider_http import Received
from tests.support.provider_server import Fails, ProviderServer, Turn
from tests.support.provider_wire import ANTHROPIC, OPENAI

KEYS = {"anthropic": "ANTHROPIC_API_KEY", "openai": "OPENAI_API_KEY"}
DIALECTS = {"anthropic": ANTHROPIC, "openai": OPENAI}

PRICE = Price(input=Decimal(3), output=Decimal(15))
COUNTED = (11 * PRICE.input + 7 * PRICE.output) / 1_000_000
"""Of the tokens that the far end counts."""
RESERVED = Decimal("0.5")
HURRIED = Patience(silence=0.5, wordless=1.0)
HASTY = Patience(connect=0.3)
HANGS_S = 60
"""The patience of these tests is a second: a call that takes so long would never end."""


@dataclass(frozen=True)
class FarEnd:
    """A far end, and model calls that reach it; one for all tests, since each client takes a while to make."""

    server: ProviderServer
    llm: LlmActivities
    spans: InMemorySpanExporter
    tracers: TracerProvider


@contextlib.asynccontextmanager
async def far_end(folder: Path) -> AsyncIterator[FarEnd]:
    """Of its own, for as long as it is entered."""
    spans, tracers = InMemorySpanExporter(), TracerProvider()
    tracers.add_span_processor(SimpleSpanProcessor(spans))
    async with ProviderServer() as server, _calls_to(server.anthropic_url, folder) as llm:
        yield FarEnd(server, llm, spans, tracers)


@contextlib.asynccontextmanager
async def _calls_to(address: str, folder: Path, patience: Patience = HURRIED) -> AsyncIterator[LlmActivities]:
    settings = load_settings(dict.fromkeys(KEYS.values(), SECRET) | {"SIGNOFF_CAPTURE_CONTENT": "true"}, folder)
    prices = Prices(dict.fromkeys(KEYS, PRICE))
    llm = LlmActivities(settings, OUTPUTS, providers_at(address, f"{address}/v1", patience), prices=prices)
    yield llm
    await llm.close()


async def check(fault: Fault, provider: str, there: FarEnd, folder: Path, caplog: pytest.LogCaptureFixture) -> None:
    """Call once; what comes of it is what the table says, and no key is to be seen anywhere."""
    caplog.set_level("DEBUG")
    there.server.requests.clear()
    there.spans.clear()
    there.server.will(*[_turn(turn, provider) for turn in fault.turns])
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("activities.llm.spans.get_tracer", there.tracers.get_tracer)
        async with asyncio.timeout(HANGS_S):
            came = await _come_of(fault, provider, there, folder)
    assert SECRET not in caplog.text + "".join(span.to_json() for span in there.spans.get_finished_spans())
    assert len(there.spans.get_finished_spans()) == max(1, fault.requests)
    _check_requests(fault, there.server.requests)
    says = fault.says.format(provider=provider, key=KEYS[provider])
    if isinstance(came, Answer):
        _check_answer(came, fault, says)
    else:
        _check_error(came, fault, says)


async def _come_of(fault: Fault, provider: str, there: FarEnd, folder: Path) -> Answer | SignoffError:
    if fault.where is Where.HERE:
        return await _asked(fault, provider, there.llm)
    with address(fault.where, there.server) as url:
        async with _calls_to(url, folder, HASTY) as llm:
            return await _asked(fault, provider, llm)


async def _asked(fault: Fault, provider: str, llm: LlmActivities) -> Answer | SignoffError:
    try:
        return await llm.ask(ask_of(provider).model_copy(update={"rung": fault.rung, "reserved_usd": RESERVED}))
    except SignoffError as error:
        return error


def _check_requests(fault: Fault, requests: list[Received]) -> None:
    """As many as there should be; where one follows another, it is shorter, never the same again."""
    lengths = [len(str(request.body)) for request in requests]
    assert len(lengths) == fault.requests
    assert lengths == sorted(set(lengths), reverse=True)


def _check_answer(answer: Answer, fault: Fault, says: str) -> None:
    assert answer.verdict is fault.gives, answer.problems
    assert says in "; ".join(answer.problems)
    assert bool(answer.problems) is (answer.verdict is not Verdict.FITS)
    assert SECRET not in answer.model_dump_json()
    assert len(answer.model_dump_json()) < 1_000_000  # what history takes is 2 MB
    # What was not read to its end was counted by nobody.
    uncounted = answer.verdict is Verdict.CUT or "far too long" in says or not fault.counted
    assert answer.cost_usd == (RESERVED if uncounted else COUNTED)
    assert answer.cost_is_worst_case is uncounted


def _check_error(error: SignoffError, fault: Fault, says: str) -> None:
    assert type(error) is fault.gives, error.message
    assert says in error.message
    assert error.message.isprintable()  # one line, and nothing in it that a terminal would obey
    assert SECRET not in error.message + "".join(traceback.format_exception(error))
    assert error.__cause__ is None  # a cause goes into history, with what the provider echoed
    assert error.non_retryable is not isinstance(error, ModelUnavailable)
    if fault.waits:
        assert error.next_retry_delay is not None
        least, most = fault.waits
        assert least <= error.next_retry_delay.total_seconds() <= most


def _turn(turn: object, provider: str) -> Turn:
    """As it is played now, in the provider's dialect."""
    if callable(turn):
        played: Turn = turn(DIALECTS[provider])
        return played
    if isinstance(turn, Fails) and IN_90_S in turn.headers.values():
        date = format_datetime(datetime.now(UTC) + timedelta(seconds=90), usegmt=True)
        return replace(turn, headers={"retry-after": date})
    return turn  # type: ignore[return-value]


@contextlib.contextmanager
def address(where: Where, server: ProviderServer) -> Iterator[str]:
    """The provider's, for as long as it is entered."""
    match where:
        case Where.HERE:
            yield server.anthropic_url
        case Where.NO_TLS:
            yield server.anthropic_url.replace("http:", "https:")
        case Where.NOWHERE:
            with socket.socket() as free:
                free.bind(("127.0.0.1", 0))
                yield _url(free)
        case Where.DEAF:
            with _deaf() as port:
                yield _url(port)


@contextlib.contextmanager
def _deaf() -> Iterator[socket.socket]:
    """A port whose queue is full, so that the system answers no further connection."""
    with contextlib.ExitStack() as stack:
        port = stack.enter_context(socket.socket())
        port.bind(("127.0.0.1", 0))
        port.listen(0)
        for _ in range(2):
            waiting = stack.enter_context(socket.socket())
            waiting.setblocking(False)
            waiting.connect_ex(port.getsockname())
        yield port


def _url(port: socket.socket) -> str:
    return f"http://127.0.0.1:{port.getsockname()[1]}"
