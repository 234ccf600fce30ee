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
from contracts.llm import Answer, ModelRef, Retry, Verdict
from runtime.settings import Settings
from tests.activities.llm.conftest import FITTING, ask_of

AGAIN = Retry(reply="x", problems=("y",))


@pytest.fixture
def script(tmp_path: Path) -> Path:
    """Where the script is."""
    return tmp_path / "script.json"


def answer(settings: Settings, script: Path, replies: Any, retry: Retry | None = None) -> Awaitable[Answer]:
    """The answer of a script with these replies for the one step."""
    script.write_text(json.dumps({"summarise-signals": replies}))
    return played(settings, script, retry)


async def played(settings: Settings, script: Path, retry: Retry | None = None) -> Answer:
    """The answer of the script as it is."""
    model = ModelRef(provider="scripted", model=str(script))
    return await LlmActivities(settings, OUTPUTS).ask(ask_of("x", retry).model_copy(update={"model": model}))


async def test_the_re_ask_gets_the_second_reply_and_a_repeated_call_the_same_one(
    settings: Settings, script: Path
) -> None:
    replies = ["no JSON", json.loads(FITTING)]
    for _ in range(2):  # an activity that is tried again, or another worker
        first = await answer(settings, script, replies)
        assert (first.verdict, first.reply) == (Verdict.MISFIT, "no JSON")
    second = await answer(settings, script, replies, AGAIN)
    assert (second.verdict, second.cost_usd) == (Verdict.FITS, Decimal(0))


async def test_the_last_reply_is_given_again(settings: Settings, script: Path) -> None:
    assert (await answer(settings, script, [json.loads(FITTING)], AGAIN)).verdict is Verdict.FITS


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
