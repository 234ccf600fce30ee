"""What the server's description of a run adds to its history while a call is under way."""

from datetime import UTC, datetime, timedelta
from typing import Any

from temporalio.api.workflow.v1 import PendingActivityInfo

from runtime.codec import data_converter
from starters.commentary import Line, comment
from starters.events import Decoder
from starters.history import HistoryReader
from starters.under_way import UnderWay
from tests.starters.events import ASK, History, failure, payload

NOW = datetime(2026, 11, 21, 14, 2, tzinfo=UTC)


def under_way(history: History) -> UnderWay:
    """After that much of a history."""
    reader, found = HistoryReader(data_converter()), UnderWay(Decoder(data_converter()))
    for event in history.events:
        if happening := reader.read(event):
            found.note(happening)
    return found


def asking() -> History:
    history = History()
    history.scheduled("draft-email", "llm.ask", ASK)
    return history


def pending(attempt: int = 1, beat: Any = None, next_at: datetime | None = None, step: str = "draft-email") -> Any:
    found = PendingActivityInfo(activity_id=step, attempt=attempt)
    if attempt > 1:
        found.last_failure.CopyFrom(failure("anthropic is busy (429)", "ModelUnavailable"))
    if next_at:
        found.next_attempt_schedule_time.FromDatetime(next_at)
    if beat is not None:
        found.heartbeat_details.payloads.append(payload(beat))
    return found


def told(calls: UnderWay, *found: PendingActivityInfo, after: float = 0) -> list[Line]:
    news = calls.news(found, NOW + timedelta(seconds=after))
    return [line for one in news if (line := comment(one, "run"))]


def test_there_is_something_to_ask_about_only_while_a_call_is_under_way() -> None:
    assert not under_way(History())
    history = asking()
    assert under_way(history)
    history.began(2)
    history.add("ACTIVITY_TASK_COMPLETED").activity_task_completed_event_attributes.scheduled_event_id = 2
    assert not under_way(history)


def test_a_retry_is_told_once_with_its_reason_and_its_time() -> None:
    calls = under_way(asking())
    waits = pending(3, next_at=NOW + timedelta(seconds=11))
    (line,) = told(calls, waits)
    assert line.text == "draft-email: anthropic is busy (429); attempt 3 at 14:02:11 UTC"
    assert (line.step, line.facts) == (
        "draft-email",
        {"attempt": 3, "next_attempt_at": "2026-11-21T14:02:11+00:00", "error": "anthropic is busy (429)"},
    )
    assert told(calls, waits, after=2) == []
    assert told(calls, pending(3), after=12) == []
    assert [line.facts["attempt"] for line in told(calls, pending(4), after=14)] == [4]


def test_a_retry_that_has_begun_says_so() -> None:
    (line,) = told(under_way(asking()), pending(2, next_at=NOW - timedelta(seconds=1)))
    assert line.text == "draft-email: anthropic is busy (429); attempt 2 is under way"


def test_the_first_attempt_and_calls_that_history_does_not_know_are_not_told() -> None:
    assert told(under_way(asking()), pending(1), pending(7, {"characters": 5}, step="another-step")) == []


def test_how_far_a_reply_is_is_told_every_five_seconds_and_only_when_it_grew() -> None:
    calls = under_way(asking())
    (line,) = told(calls, pending(beat={"characters": 1200}))
    assert (line.text, line.facts) == ("draft-email: 1,200 characters so far", {"characters": 1200})
    assert told(calls, pending(beat={"characters": 1500}), after=4) == []
    assert [line.facts for line in told(calls, pending(beat={"characters": 1900}), after=6)] == [{"characters": 1900}]
    assert told(calls, pending(beat={"characters": 1900}), after=60) == []


def test_a_step_that_is_called_again_is_told_anew() -> None:
    history = asking()
    calls = under_way(history)
    assert told(calls, pending(2, {"characters": 10}))
    reader = HistoryReader(data_converter())
    history.timed_out("draft-email", "llm.ask", ASK, taken=True)
    history.scheduled("draft-email", "llm.ask", ASK)
    for event in history.events:
        if happening := reader.read(event):
            calls.note(happening)
    assert len(told(calls, pending(2, {"characters": 10}))) == 2


def test_heartbeats_that_say_something_else_are_passed_over() -> None:
    for beat in ({"characters": "many"}, {"rows": 7}, [1], "alive", {}):
        assert told(under_way(asking()), pending(beat=beat)) == []
