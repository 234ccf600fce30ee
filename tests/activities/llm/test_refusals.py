"""What each SDK's errors become, over real HTTP: retried, given up, and never with a key in it."""

import traceback
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from activities.llm.service import LlmActivities
from activities.llm.waiting import FIRST_BACKOFF, LONGEST_BACKOFF, LONGEST_WAIT, backoff, wanted_wait
from contracts.catalogue import OUTPUTS
from contracts.errors import BadInput, ModelRefused, ModelUnavailable, SignoffError
from contracts.llm import ModelRef, Verdict
from runtime.settings import Settings
from tests.activities.llm.conftest import FITTING, SECRET, ask_of, providers_at
from tests.support.provider_server import Fails, ProviderServer, Says

KEYS = {"anthropic": "ANTHROPIC_API_KEY", "openai": "OPENAI_API_KEY"}


async def refused(llm: LlmActivities, provider: str) -> SignoffError:
    """The error of one ask; everything that history and logs would hold of it is free of the key."""
    with pytest.raises(SignoffError) as caught:
        await llm.ask(ask_of(provider))
    error = caught.value
    assert "\n" not in error.message
    assert error.__cause__ is None  # a cause goes into history, with what the provider echoed
    assert error.__suppress_context__ or error.__context__ is None
    assert SECRET not in error.message + "".join(traceback.format_exception(error))
    return error


@pytest.mark.parametrize("status", [408, 409, 429, 500, 502, 503, 504, 529])
async def test_what_was_surely_not_billed_is_tried_again(
    llm: LlmActivities, server: ProviderServer, provider: str, status: int
) -> None:
    server.will(Fails(status))
    error = await refused(llm, provider)
    assert isinstance(error, ModelUnavailable)
    assert str(status) in error.message
    assert not error.non_retryable
    assert error.next_retry_delay is not None
    assert FIRST_BACKOFF / 2 <= error.next_retry_delay <= FIRST_BACKOFF
    assert len(server.requests) == 1  # the SDK did not try again by itself


async def test_retry_after_is_obeyed_in_seconds_and_as_a_date(
    llm: LlmActivities, server: ProviderServer, provider: str
) -> None:
    date = format_datetime(datetime.now(UTC) + timedelta(seconds=90), usegmt=True)
    server.will(Fails(429, {"retry-after": "7"}), Fails(529, {"retry-after": date}))
    seconds, until = await refused(llm, provider), await refused(llm, provider)
    assert seconds.next_retry_delay == timedelta(seconds=7)
    assert until.next_retry_delay is not None
    assert timedelta(seconds=80) < until.next_retry_delay <= timedelta(seconds=90)


@pytest.mark.parametrize(
    ("headers", "wait"),
    [
        ({"retry-after": "2.5"}, timedelta(seconds=2.5)),
        ({"retry-after-ms": "300", "retry-after": "9"}, timedelta(milliseconds=300)),
        ({"retry-after": "99999999999999"}, LONGEST_WAIT),
        ({"retry-after": "Fri, 31 Dec 2999 23:59:59 GMT"}, LONGEST_WAIT),
        ({"retry-after": "Fri, 31 Dec 1999 23:59:59 GMT"}, None),
        ({"retry-after": "-3"}, None),
        ({"retry-after": "0"}, None),
        ({"retry-after": "-inf"}, None),
        ({"retry-after-ms": "-1", "retry-after": "9"}, timedelta(seconds=9)),
        ({"retry-after-ms": "soon", "retry-after": "9"}, timedelta(seconds=9)),
        ({"retry-after-ms": "1e999", "retry-after": "inf"}, LONGEST_WAIT),
        ({"retry-after": "864000"}, LONGEST_WAIT),
        ({"retry-after": "nan"}, None),
        ({"retry-after": "soon"}, None),
        ({}, None),
    ],
)
def test_a_wait_is_bounded_and_nonsense_is_no_wait(headers: dict[str, str], wait: timedelta | None) -> None:
    assert wanted_wait(headers) == wait


@given(st.dictionaries(st.sampled_from(["retry-after", "retry-after-ms"]), st.text() | st.floats().map(str)))
def test_no_header_breaks_the_waiting(headers: dict[str, str]) -> None:
    wait = wanted_wait(headers)
    assert wait is None or timedelta(0) < wait <= LONGEST_WAIT


def test_the_backoff_doubles_with_each_attempt_up_to_a_minute_and_is_never_the_same() -> None:
    waits = {attempt: {backoff(attempt) for _ in range(50)} for attempt in range(1, 2000, 7)}
    assert all(FIRST_BACKOFF / 2 <= wait <= FIRST_BACKOFF for wait in waits[1])
    assert all(LONGEST_BACKOFF / 2 <= wait <= LONGEST_BACKOFF for wait in waits[8] | waits[1996])
    assert all(len(some) > 10 for some in waits.values())


@pytest.mark.parametrize(
    ("status", "says"),
    [
        (400, "refused the request to {provider}:fake-model (400): no such thing"),
        (401, "{key} was refused by the provider (401): set a valid key"),
        (402, "wants payment"),
        (403, "{key} may not use {provider}:fake-model"),
        (404, "does not know {provider}:fake-model (404): correct SIGNOFF_MODELS"),
        (413, "too long"),
        (422, "refused the request"),
        (501, "refused the request"),
    ],
)
async def test_what_no_second_attempt_changes_is_refused_with_what_to_do(
    llm: LlmActivities, server: ProviderServer, provider: str, status: int, says: str
) -> None:
    server.will(Fails(status, message=f"no such thing\nfor key {SECRET}"))
    error = await refused(llm, provider)
    assert isinstance(error, ModelRefused)
    assert error.non_retryable
    assert error.type == "ModelRefused"
    assert says.format(provider=provider, key=KEYS[provider]) in error.message


async def test_the_providers_own_word_goes_before_the_status(
    llm: LlmActivities, server: ProviderServer, provider: str
) -> None:
    server.will(Fails(503, {"x-should-retry": "false"}), Fails(400, {"x-should-retry": "true"}))
    assert isinstance(await refused(llm, provider), ModelRefused)
    assert isinstance(await refused(llm, provider), ModelUnavailable)


async def test_a_spent_account_is_not_a_busy_one(llm: LlmActivities, server: ProviderServer, provider: str) -> None:
    codes = {"openai": "insufficient_quota", "anthropic": "enforced_spend_limit_reached"}
    server.will(Fails(429, code=codes[provider]))
    error = await refused(llm, provider)
    assert isinstance(error, ModelRefused)
    assert "add credit" in error.message


async def test_a_prompt_that_proves_too_long_is_cut_and_sent_again(
    llm: LlmActivities, server: ProviderServer, provider: str
) -> None:
    notes = "She has put aside 4,300 CHF. " * 50
    long = Fails(400, message="prompt is too long: 9 tokens > 8", code="context_length_exceeded")
    server.will(long, long, Says(FITTING))
    answer = await llm.ask(ask_of(provider, notes=notes))
    assert answer.verdict is Verdict.FITS
    sent = [request.body["messages"][-1]["content"] for request in server.requests]
    assert len(sent[0]) > 1.5 * len(sent[1]) > 2 * len(sent[2])
    assert "[notes shortened]" in sent[2]
    server.will(long)
    error = await refused(llm, provider)
    assert isinstance(error, ModelRefused)
    assert "too long" in error.message


@pytest.mark.parametrize(
    "told",
    [
        "This model's maximum context length is 4096 tokens. However, you requested 9000 tokens.",
        "input length and `max_tokens` exceed context limit: 199000 + 21333 > 200000",
        "Please reduce the length of the messages or completion.",
    ],
)
async def test_a_prompt_that_cannot_be_shortened_is_not_sent_twice(
    llm: LlmActivities, server: ProviderServer, provider: str, told: str
) -> None:
    server.will(Fails(400, message=told))
    with pytest.raises(ModelRefused, match="too long") as caught:
        await llm.ask(ask_of(provider, notes=""))
    assert type(caught.value) is ModelRefused
    assert len(server.requests) == len({str(request.body) for request in server.requests})


async def test_a_refused_connection_is_an_outage(settings: Settings, provider: str) -> None:
    async with ProviderServer() as gone:
        providers = providers_at(gone.anthropic_url, gone.openai_url)
    llm = LlmActivities(settings, OUTPUTS, providers)
    error = await refused(llm, provider)
    assert isinstance(error, ModelUnavailable)
    assert "127.0.0.1" in error.message
    await llm.close()


@pytest.mark.parametrize("address", ["ftp://127.0.0.1", "127.0.0.1:1", "http://[::1", "http://\u2603.example"])
async def test_an_address_that_is_none_is_refused(settings: Settings, provider: str, address: str) -> None:
    llm = LlmActivities(settings, OUTPUTS, providers_at(address, address))
    error = await refused(llm, provider)
    assert isinstance(error, ModelRefused)
    assert f"{provider} cannot be called" in error.message
    assert f"{provider.upper()}_BASE_URL" in error.message
    await llm.close()


@pytest.mark.parametrize(
    ("setting", "value"),
    [
        ("HTTPS_PROXY", "nonsense://x"),
        ("HTTPS_PROXY", "http://127.0.0.1:abc"),
        ("ALL_PROXY", "socks5://127.0.0.1:9"),
        ("SSL_CERT_FILE", "/no/such/file"),
        ("SSL_CERT_FILE", __file__),
    ],
)
async def test_a_proxy_or_a_certificate_that_is_none_is_refused_before_anything_is_sent(
    settings: Settings, provider: str, setting: str, value: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(setting, value)
    llm = LlmActivities(settings, OUTPUTS, providers_at("https://127.0.0.1:1", "https://127.0.0.1:1"))
    error = await refused(llm, provider)
    assert isinstance(error, ModelRefused)
    assert setting in error.message


@pytest.mark.parametrize("key", ["sk-with\na-line-end", "sk-abcdef\r\nx-evil: 1", "sk-with-a-blank ", "sk-\x00-abcdef"])
async def test_a_key_that_no_header_takes_is_refused_and_not_told(
    settings: Settings, server: ProviderServer, provider: str, key: str, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("DEBUG")
    llm = LlmActivities(settings, OUTPUTS, providers_at(server.anthropic_url, server.openai_url, key=key))
    error = await refused(llm, provider)
    assert isinstance(error, ModelRefused)
    assert KEYS[provider] in error.message
    assert key not in error.message + caplog.text + "".join(traceback.format_exception(error))
    assert server.requests == []
    await llm.close()


async def test_a_missing_key_names_its_setting(settings: Settings, provider: str) -> None:
    keyless = settings.model_copy(update={"anthropic_api_key": None, "openai_api_key": None})
    error = await refused(LlmActivities(keyless, OUTPUTS), provider)
    assert isinstance(error, ModelRefused)
    assert error.message.startswith(f"{KEYS[provider]} is not set")


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"contract": "no.such"}, "no output contract no.such"),
        ({"facts": {"nothing": 1}}, "facts of the step summarise-signals cannot be right: notes"),
        ({"prompt": "../secrets"}, "no prompt ../secrets"),
        ({"variables": {}}, "lacks notes"),
        ({"variables": {"notes": "", "more": ""}}, "has no more"),
    ],
)
async def test_an_ask_that_cannot_be_right_costs_nothing(
    llm: LlmActivities, server: ProviderServer, change: dict[str, object], says: str
) -> None:
    with pytest.raises(BadInput, match=says):
        await llm.ask(ask_of("openai").model_copy(update=change))
    assert server.requests == []


async def test_an_unknown_provider_is_refused(llm: LlmActivities) -> None:
    with pytest.raises(ModelRefused, match="no provider nowhere: add it to SIGNOFF_ENDPOINTS"):
        await llm.ask(ask_of("openai").model_copy(update={"model": ModelRef(provider="nowhere", model="x")}))
