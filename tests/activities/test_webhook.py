"""Notices to a webhook: over real HTTP, signed, and silent about what gives access to it."""

import hashlib
import hmac
import json
import time
from datetime import timedelta

import pytest

from contracts.errors import ToolFailed, ToolUnavailable
from tests.activities.notice_desk import RUN, SECRET, Desk, notice
from tests.activities.tools.web import HANGS_UP, answer


def genuine(headers: dict[str, str], body: bytes) -> bool:
    """As a receiver checks it."""
    stamp, value = (part.partition("=")[2] for part in headers["x-signoff-signature"].split(","))
    expected = hmac.new(SECRET.encode(), f"{stamp}.".encode() + body, hashlib.sha256).hexdigest()
    return abs(time.time() - int(stamp)) < 60 and hmac.compare_digest(value, expected)


async def test_the_webhook_is_posted_signed_json_once_whoever_is_asked(desk: Desk) -> None:
    await desk.teller(desk.hook()).send(notice(signed=True))
    (asked,) = desk.web.asked
    assert (asked.method, asked.target, asked.headers["content-type"]) == (
        "POST",
        "/api/hook-token",
        "application/json",
    )
    assert genuine(asked.headers, asked.body)
    assert not genuine(asked.headers, asked.body + b" ")
    told = json.loads(asked.body)
    assert told["type"] == "signoff.notice/1"
    assert (told["kind"], told["gate"], told["workflow_id"]) == ("opened", "review-email", RUN)
    assert (told["waits_on"], told["needed"], told["deadline"]) == (["role:lead"], 2, "2026-11-23T10:00:00+00:00")
    assert told["commands"][1].endswith("--key FILE")
    assert told["text"].startswith("review-email of sales-follow-up waits for a decision, until 2026-11-23 10:00 UTC: ")
    assert told["text"].endswith(told["link"])
    assert desk.mailbox.kept == []


@pytest.mark.parametrize(
    ("said", "error", "words"),
    [
        (answer(500), ToolUnavailable, "answered 500"),
        (answer(429, more="retry-after: 7\r\n"), ToolUnavailable, "answered 429"),
        (answer(404), ToolFailed, "answered 404"),
        (answer(302, more="location: http://elsewhere.example/\r\n"), ToolFailed, "a redirect, which is not followed"),
        (HANGS_UP, ToolUnavailable, "was asked, and cut off"),
        (None, ToolUnavailable, "was asked, and cut off \\(no answer in time\\)"),
    ],
    ids=["an error", "too many", "not there", "a redirect", "hangs up", "silence"],
)
async def test_a_webhook_that_fails_is_named_without_what_gives_access(
    desk: Desk, said: bytes | None, error: type[ToolFailed | ToolUnavailable], words: str
) -> None:
    desk.web.answers = [said]
    with pytest.raises(error, match=words) as raised:
        await desk.teller(desk.hook()).send(notice())
    assert f"the webhook at localhost:{desk.web.port} " in raised.value.message
    assert "hook-token" not in raised.value.message
    assert SECRET not in raised.value.message
    assert raised.value.__cause__ is None
    assert len(desk.web.asked) == 1
    if b"retry-after" in (said or b""):
        assert raised.value.next_retry_delay == timedelta(seconds=7)


async def test_a_webhook_that_is_not_there_is_tried_again(desk: Desk) -> None:
    hook = 'webhook = "http://localhost:9/hook-token"\n'
    with pytest.raises(ToolUnavailable, match="localhost:9 was not reached") as raised:
        await desk.teller(hook).send(notice())
    assert "hook-token" not in raised.value.message
