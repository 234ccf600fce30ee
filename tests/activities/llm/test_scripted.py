"""`scripted:FILE`, and what is wrong with a file."""

import asyncio
import json
import time
from collections.abc import Awaitable
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from activities.llm.service import LlmActivities
from contracts.catalogue import OUTPUTS
from contracts.errors import ModelRefused, ModelUnavailable
from contracts.llm import RUNGS, Answer, ModelRef, Rung, Usage, Verdict
from runtime.settings import Settings
from tests.activities.llm.conftest import FITTING, ask_of


@pytest.fixture
def script(tmp_path: Path) -> Path:
    """Where the script is."""
    return tmp_path / "script.json"


def answer(settings: Settings, script: Path, replies: Any, **changes: Any) -> Awaitable[Answer]:
    """The answer of a script with these replies for the one step, to an ask with these changes."""
    script.write_text(json.dumps({"summarise-signals": replies}))
    return played(settings, script, **changes)


async def played(settings: Settings, script: Path, **changes: Any) -> Answer:
    """The answer of the script as it is."""
    model = ModelRef(provider="scripted", model=str(script))
    return await LlmActivities(settings, OUTPUTS).ask(ask_of("x").model_copy(update={"model": model, **changes}))


async def test_each_call_gets_the_next_reply_and_a_repeated_one_the_same(settings: Settings, script: Path) -> None:
    replies = ["no JSON", json.loads(FITTING), "again no JSON"]
    for rung in RUNGS[:2]:  # an activity that is tried again, another worker, another rung
        first = await answer(settings, script, replies, rung=rung)
        assert (first.verdict, first.reply) == (Verdict.MISFIT, "no JSON")
    second = await answer(settings, script, replies, nth=1)
    assert (second.verdict, second.cost_usd) == (Verdict.FITS, Decimal(0))


async def test_the_last_reply_is_given_again(settings: Settings, script: Path) -> None:
    assert (await answer(settings, script, [json.loads(FITTING)], nth=99)).verdict is Verdict.FITS


async def test_four_bytes_are_a_token_unless_the_script_counts(settings: Settings, script: Path) -> None:
    told = await answer(settings, script, ["no JSON"])
    assert told.usage.output_tokens == 2
    assert told.usage.input_tokens == -(-sum(len(message.content.encode()) for message in told.prompt) // 4)
    counted = {"$usage": {"input_tokens": 900, "output_tokens": 40, "reasoning_tokens": 8}, "$reply": FITTING}
    again = await answer(settings, script, [{"$delay_s": 0, "$reply": counted}])
    assert (again.verdict, again.usage) == (
        Verdict.FITS,
        Usage(input_tokens=900, output_tokens=40, reasoning_tokens=8),
    )


async def test_each_kind_of_token_can_be_counted_also_of_calls_and_of_what_ends_at_the_limit(
    settings: Settings, script: Path
) -> None:
    counts = {"input_tokens": 900, "output_tokens": 40, "cached_input_tokens": 500, "cache_write_tokens": 300}
    for inner in ({"$calls": [{"arguments": FITTING}]}, {"$error": "length"}, {"$error": "declined"}, FITTING):
        told = await answer(settings, script, [{"$usage": counts, "$reply": inner}], rung=Rung.TOOL)
        assert told.usage == Usage.model_validate(counts)


async def test_a_script_can_call_the_tool(settings: Settings, script: Path) -> None:
    one = {"arguments": json.loads(FITTING)}
    called = await answer(settings, script, [{"$calls": [one]}], rung=Rung.TOOL)
    assert called.verdict is Verdict.FITS
    assert called.usage.output_tokens == -(-len(FITTING) // 4)
    many = [{"id": "1", "name": "reply", "arguments": "{}"}, {"id": "1", "name": "other", "arguments": "{"}]
    odd = await answer(settings, script, [{"$calls": many}], rung=Rung.TOOL)
    assert odd.verdict is Verdict.MISFIT
    assert "'other'" in odd.problems[0]


async def test_a_reply_can_end_at_the_token_limit(settings: Settings, script: Path) -> None:
    cut = await answer(settings, script, [{"$error": "length", "text": '{"sig'}])
    assert (cut.verdict, cut.reply, cut.usage.output_tokens) == (Verdict.OUT_OF_ROOM, '{"sig', 2)


async def test_a_late_reply_is_late(settings: Settings, script: Path) -> None:
    started = time.perf_counter()
    late = await answer(settings, script, [{"$delay_s": 0.05, "$reply": FITTING}])
    assert time.perf_counter() - started >= 0.05
    assert late.verdict is Verdict.FITS


async def test_each_error_is_what_a_provider_would_make_of_it(settings: Settings, script: Path) -> None:
    with pytest.raises(ModelUnavailable, match="busy") as caught:
        await answer(settings, script, [{"$error": "unavailable", "message": "busy", "wait_s": 2}])
    assert caught.value.next_retry_delay == timedelta(seconds=2)
    with pytest.raises(ModelRefused, match="as scripted"):
        await answer(settings, script, [{"$error": "refused"}])
    cut = await answer(settings, script, [{"$error": "cut", "text": '{"sig'}])
    assert (cut.verdict, cut.reply) == (Verdict.CUT, '{"sig')
    assert (await answer(settings, script, [{"$error": "declined"}])).verdict is Verdict.DECLINED


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (None, "cannot be read (No such file or directory)"),
        ("{", "is no script: the file: Invalid JSON"),
        ("[]", "is no script: the file: Input should be an object"),
        ('{"summarise-signals": {}}', "is no script: summarise-signals: Input should be a valid array"),
        ('{"summarise-signals": []}', "is no script: summarise-signals: List should have at least 1 item"),
        ('{"summarise-signals": [{"$error": "odd"}]}', "is no script: summarise-signals: $error: Input should be"),
        (
            '{"summarise-signals": [{"$usage": {"tokens": 1}, "$reply": ""}]}',
            "is no script: summarise-signals: $usage.tokens",
        ),
        (
            '{"summarise-signals": [{"$calls": [{"argument": 1}]}]}',
            "is no script: summarise-signals: $calls.0.argument",
        ),
        ('{"summarise-signals": [{"$eror": "cut"}]}', "is no script: summarise-signals: $eror: there is no such word"),
        ('{"summarise-signals": [{"$delay_s": -1, "$reply": ""}]}', "is no script: summarise-signals: $delay_s"),
        ('{"other": ["x"]}', "holds no replies for the step summarise-signals"),
    ],
)
async def test_a_wrong_script_is_refused_in_one_line(
    settings: Settings, script: Path, content: str | None, says: str
) -> None:
    if content is not None:
        await asyncio.to_thread(script.write_text, content)
    with pytest.raises(ModelRefused) as caught:
        await played(settings, script)
    assert says in caught.value.message
    assert "\n" not in caught.value.message
