"""`signoff report`: histories in, figures out."""

import json
from dataclasses import asdict, replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest

from contracts.sales_follow_up import SALES_FOLLOW_UP
from runtime.codec import data_converter
from starters.failures import BAD_INPUT, Failure
from starters.history import HistoryReader
from starters.report.figures import Grade, ProcessFigures, Report
from starters.report.reading import Figures
from starters.report.runs import Story, covered
from starters.report.scores import grade_of
from starters.report.since import read_since
from tests.starters.events import ANSWER, ASK, History

NOW = datetime(2026, 11, 21, 14, tzinfo=UTC)
GIVEN = {**ASK, "rung": "native", "reserved_usd": 0.02}
SENT = {"outcome": "sent"}


def story(*histories: History) -> Story:
    """The runs of one id: `run-0`, `run-1`, …"""
    found = Story()
    for number, history in enumerate(histories):
        reader, run = HistoryReader(data_converter()), found.reading(f"run-{number}")
        for event in history.events:
            if happening := reader.read(event):
                run.add(happening)
        found.take(run)
    return found


def reported(*histories: History) -> Report:
    """The report of runs of different ids."""
    figures = Figures()
    for history in histories:
        figures.add(SALES_FOLLOW_UP, story(history))
    return figures.report(NOW - timedelta(days=7), NOW)


def scored(*histories: History) -> ProcessFigures:
    (found,) = reported(*histories).processes
    return found


def counts(history: History) -> dict[str, Any]:
    """What is not zero of the one way in which its model was asked."""
    (calls,) = story(history).ways.values()
    return {name: value for name, value in asdict(calls).items() if value}


def ended(result: Any = None, phase: str = "done", cost: float = 0.01) -> History:
    history = History()
    history.called("draft-email", "llm.ask", GIVEN, {**ANSWER, "cost_usd": cost})
    history.phase(phase)
    history.completed(result or SENT)
    return history


TOKENS = {"input_tokens": 500, "output_tokens": 80, "cost_usd": Decimal("0.0012")}
LOST = {"cut": 1, "cost_usd": Decimal("0.02")}


@pytest.mark.parametrize(
    ("answer", "counted"),
    [
        ({"verdict": "fits"}, {"fits": 1}),
        ({"verdict": "fits", "repaired": True}, {"fits": 1, "repaired": 1}),
        ({"verdict": "misfit"}, {"misfit": 1}),
        ({"verdict": "out of room"}, {"out_of_room": 1}),
        ({"verdict": "declined"}, {"declined": 1}),
        ({"verdict": "cut"}, {"cut": 1}),
    ],
)
def test_an_answer_counts_by_its_verdict(answer: dict[str, Any], counted: dict[str, int]) -> None:
    history = History()
    history.called("draft-email", "llm.ask", GIVEN, {**ANSWER, **answer})
    assert counts(history) == {"calls": 1, **counted, **TOKENS}


def test_a_call_without_a_reply_counts_as_failed_and_one_whose_reply_was_lost_as_cut() -> None:
    failed, lost = History(), History()
    failed.failed("draft-email", "llm.ask", GIVEN, "busy", "ModelUnavailable", attempt=6)
    failed.failed("draft-email-2", "llm.ask", GIVEN, "no such model", "ModelRefused")
    failed.timed_out("draft-email-3", "llm.ask", GIVEN, taken=False)
    lost.timed_out("draft-email", "llm.ask", GIVEN, taken=True)
    lost.cancelled("draft-email-2", "llm.ask", GIVEN, taken=True)
    lost.cancelled("draft-email-3", "llm.ask", GIVEN, taken=False)
    assert counts(failed) == {"calls": 3, "failed": 3}
    assert counts(lost) == {"calls": 2, "cut": 2, "cost_usd": Decimal("0.04")}


def test_a_call_under_way_is_not_counted_before_its_run_has_ended() -> None:
    history = History()
    history.scheduled("draft-email", "llm.ask", GIVEN)
    assert not story(history).ways
    history.terminated("mistake")
    assert counts(history) == {"calls": 1, **LOST}


def test_models_and_rungs_are_told_apart_and_stand_in_the_ladders_order() -> None:
    history = History()
    claude = {"model": {"provider": "anthropic", "model": "claude-x"}}
    for rung in ("xml", "native", "tool-call", "native", "telepathy"):
        history.called("draft-email", "llm.ask", {**GIVEN, "rung": rung}, ANSWER)
    history.called("draft-email", "llm.ask", {**GIVEN, **claude}, {**ANSWER, "verdict": "misfit"})
    rows = reported(history).rungs
    assert [(one.process, one.model, one.rung, one.calls, one.yielded) for one in rows] == [
        ("sales-follow-up", "anthropic:claude-x", "native", 1, 0.0),
        ("sales-follow-up", "local", "native", 2, 1.0),
        ("sales-follow-up", "local", "tool-call", 1, 1.0),
        ("sales-follow-up", "local", "xml", 1, 1.0),
        ("sales-follow-up", "local", "telepathy", 1, 1.0),
    ]


def test_a_run_that_came_to_its_own_end_succeeded_also_where_people_said_no() -> None:
    runs = [ended({"outcome": outcome}) for outcome in ("sent", "rejected", "expired", "already-sent")]
    assert (scored(*runs).succeeded, scored(*runs).n) == (4, 4)


def test_stopped_and_failed_runs_count_against_the_score_and_running_ones_do_not_count() -> None:
    failed, terminated, running = History(), History(), History()
    failed.failed_run("lead-999 is not in the CRM")
    terminated.terminated("mistake")
    limit = ended({"outcome": "stopped", "partial": {"limit": "usd"}}, "stopped")
    by_hand = ended({"outcome": "stopped", "partial": {"limit": None}}, "stopped")
    found = scored(ended(), failed, terminated, running, limit, by_hand, ended({"outcome": "stopped"}, "stopped"))
    assert (found.runs, found.n, found.running) == (7, 6, 1)
    assert (found.succeeded, found.stopped_by_limit, found.stopped_by_hand, found.failed) == (1, 1, 2, 2)
    assert found.score == pytest.approx(1 / 6)
    assert found.grade is Grade.UNFIT


def test_the_score_is_the_product_of_three_shares() -> None:
    slow = History()
    call = slow.scheduled("draft-email", "llm.ask", GIVEN)
    slow.began(call)
    done = slow.add("ACTIVITY_TASK_COMPLETED")
    done.event_time.FromDatetime(done.event_time.ToDatetime() + timedelta(minutes=2))
    done.activity_task_completed_event_attributes.scheduled_event_id = call
    slow.completed(SENT)
    by_hand = ended({"outcome": "stopped"}, "stopped")
    found = scored(slow, ended(cost=0.81), ended(cost=0.80), ended(), by_hand)
    assert (found.within_cost, found.within_working_time) == (0.75, 0.75)
    assert found.score == pytest.approx(0.8 * 0.75 * 0.75)
    assert found.grade is Grade.UNFIT
    assert found.mean_cost_usd == pytest.approx((0.02 + 0.81 + 0.80 + 0.01 + 0.01) / 5)


@pytest.mark.parametrize(
    ("score", "grade"),
    [
        (Fraction(1), Grade.PRODUCTION),
        (Fraction(951, 1000), Grade.PRODUCTION),
        (Fraction(19, 20), Grade.INTERNAL),
        (Fraction(17, 20), Grade.INTERNAL),
        (Fraction(849, 1000), Grade.PILOT),
        (Fraction(7, 10), Grade.PILOT),
        (Fraction(699, 1000), Grade.UNFIT),
        (Fraction(0), Grade.UNFIT),
    ],
)
def test_grades_begin_where_they_say(score: Fraction, grade: Grade) -> None:
    assert grade_of(score) is grade


def test_without_runs_that_ended_there_is_no_score() -> None:
    found = scored(History())
    assert (found.runs, found.n, found.score, found.grade, found.mean_cost_usd) == (1, 0, None, None, None)
    assert reported() == Report(since=NOW - timedelta(days=7), until=NOW, runs=0, rungs=(), processes=())


def test_working_time_is_the_time_in_which_at_least_one_call_ran() -> None:
    def span(start: int, end: int) -> tuple[datetime, datetime]:
        return NOW + timedelta(seconds=start), NOW + timedelta(seconds=end)

    assert covered([]) == timedelta(0)
    assert covered([span(0, 10), span(20, 30)]) == timedelta(seconds=20)
    assert covered([span(5, 15), span(0, 10), span(6, 7), span(15, 16)]) == timedelta(seconds=16)
    assert covered([span(10, 5)]) == timedelta(0)


def test_working_time_stands_still_while_a_person_a_timer_or_a_queue_makes_the_run_wait() -> None:
    history = History()
    history.called("read-notes", "crm.read_lead", {}, {})
    history.timer(timedelta(hours=2), "Wait for working hours")
    history.add("TIMER_FIRED").event_time.FromDatetime(NOW)
    history.timed_out("draft-email", "llm.ask", GIVEN, taken=False)
    assert story(history).working_time == timedelta(seconds=1)


def test_a_run_that_was_reset_and_the_one_that_went_on_are_one_and_nothing_is_counted_twice() -> None:
    first, second = History(), History()
    for history in (first, second):
        history.called("summarise-signals", "llm.ask", GIVEN, ANSWER)
    first.called("draft-email", "llm.ask", GIVEN, ANSWER)
    first.terminated("reset")
    second.reset("run-0")
    second.called("draft-email", "llm.ask", GIVEN, {**ANSWER, "verdict": "misfit"})
    second.completed(SENT)
    found = story(first, second)
    (calls,) = found.ways.values()
    assert (calls.calls, calls.fits, calls.misfit) == (3, 2, 1)
    assert found.cost_usd == Decimal("0.0036")
    assert found.end
    assert found.end.result == SENT


def test_a_reset_run_whose_base_is_not_in_the_report_counts_what_it_took_over() -> None:
    history = History()
    history.called("summarise-signals", "llm.ask", GIVEN, ANSWER)
    history.reset("a run of last year")
    history.completed(SENT)
    assert counts(history)["calls"] == 1


def test_the_json_has_the_names_that_the_documentation_gives() -> None:
    page = (Path(__file__).parents[2] / "docs" / "report.md").read_text(encoding="utf-8")
    documented = json.loads(page.partition("```json")[2].partition("```")[0])
    found = reported(ended()).model_dump(mode="json", by_alias=True)
    assert list(found) == list(documented)
    assert list(found["rungs"][0]) == list(documented["rungs"][0])
    assert list(found["processes"][0]) == list(documented["processes"][0])


def test_a_process_without_targets_has_no_score() -> None:
    figures = Figures()
    figures.add(replace(SALES_FOLLOW_UP, targets=None), story(ended()))
    (found,) = figures.report(NOW, NOW).processes
    assert (found.succeeded, found.score, found.grade, found.within_cost) == (1, None, None, None)


@pytest.mark.parametrize(
    ("text", "since"),
    [
        ("90s", NOW - timedelta(seconds=90)),
        ("10m", NOW - timedelta(minutes=10)),
        ("24h", NOW - timedelta(days=1)),
        ("7d", NOW - timedelta(days=7)),
        ("2026-11-14", datetime(2026, 11, 14, tzinfo=UTC)),
        ("2026-11-14T12:00", datetime(2026, 11, 14, 12, tzinfo=UTC)),
        ("2026-11-14T12:00+02:00", datetime(2026, 11, 14, 10, tzinfo=UTC)),
    ],
)
def test_since_is_a_length_of_time_or_a_date(text: str, since: datetime) -> None:
    assert read_since(text, NOW) == since


@pytest.mark.parametrize(
    "text", ["soon", "8x", "-5d", "9999999999d", "900000d", "2026-13-01", "2027-01-01", "0001-01-01T00:00+05:00", ""]
)
def test_a_since_that_cannot_be_right_is_one_line_that_says_how_to_write_it(text: str) -> None:
    with pytest.raises(Failure, match=r"--since.*write 90s, 10m, 24h or 7d") as raised:
        read_since(text, NOW)
    assert raised.value.code == BAD_INPUT
