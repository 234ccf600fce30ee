"""A run in words."""

from datetime import timedelta
from typing import Any

import pytest

from runtime.codec import data_converter
from starters.commentary import Line, Tone, comment
from starters.history import HistoryReader
from tests.starters.events import ACT, ANSWER, ASK, GATE, RECEIPT, History, note

RUN = "sales-follow-up/lead-007/today"


def told(history: History, run: str = RUN) -> list[Line]:
    """The lines after the one of the start."""
    reader = HistoryReader(data_converter())
    happenings = [reader.read(event) for event in history.events]
    return [line for one in happenings if one and (line := comment(one, run))][1:]


def last(history: History) -> Line:
    return told(history)[-1]


def test_the_start_names_the_process_and_the_requester() -> None:
    reader = HistoryReader(data_converter())
    began = reader.read(History().events[0])
    assert began is not None
    line = comment(began, RUN)
    assert line is not None
    assert line.text == "started sales-follow-up for bob"


def test_a_call_is_told_by_its_summary_when_it_begins() -> None:
    history = History()
    history.scheduled("draft-email", "llm.ask", ASK, "Draft the mail to Zoë")
    history.scheduled("read-notes", "crm.read_lead", {}, "Read the notes")
    assert [(line.text, line.tone) for line in told(history)] == [
        ("asking local: Draft the mail to Zoë", Tone.NOW),
        ("Read the notes", Tone.NOW),
    ]


def test_an_answer_that_did_not_fit_is_told_with_the_reasons() -> None:
    history = History()
    history.called("draft-email", "llm.ask", ASK, {**ANSWER, "verdict": "misfit", "problems": ["no Zoe there"]})
    assert last(history).text == (
        "model SmolLM2 answered draft-email: did not fit: no Zoe there (580 tokens, 0.0012 USD, 4.5 s)"
    )


@pytest.mark.parametrize(
    ("verdict", "words"),
    [
        ("fits", "it fits"),
        ("misfit", "did not fit"),
        ("declined", "declined to answer"),
        ("out of room", "ran out of room"),
        ("cut", "was cut short"),
    ],
)
def test_every_verdict_has_its_words(verdict: str, words: str) -> None:
    history = History()
    history.called("draft-email", "llm.ask", ASK, {**ANSWER, "verdict": verdict, "cost_usd": None})
    assert last(history).text == f"model SmolLM2 answered draft-email: {words} (580 tokens, price unknown, 4.5 s)"


@pytest.mark.parametrize(
    ("rung", "words"),
    [
        ("native", "answered draft-email: it fits"),
        ("tool-call", "answered draft-email by tool call: it fits"),
        ("re-ask", "answered draft-email when asked again: it fits"),
        ("schema-in-prompt", "answered draft-email with the schema in the prompt: it fits"),
        ("xml", "answered draft-email as XML: it fits"),
        ("telepathy", "answered draft-email: it fits"),
    ],
)
def test_every_rung_has_its_words(rung: str, words: str) -> None:
    history = History()
    history.called("draft-email", "llm.ask", {**ASK, "rung": rung}, ANSWER)
    assert words in last(history).text


def test_a_later_rung_says_that_there_was_a_reply_before() -> None:
    history = History()
    retry = {"reply": "{}", "problems": ["one"]}
    for rung, summary in (
        ("tool-call", "Draft it, as a tool call"),
        ("re-ask", "Draft it, again, with what was wrong"),
    ):
        history.scheduled("draft-email", "llm.ask", {**ASK, "rung": rung, "retry": retry}, summary)
    assert [line.text for line in told(history)] == [
        "asking local: Draft it, as a tool call, after the reply did not fit",
        "asking local: Draft it, again, with what was wrong",
    ]


def test_a_repair_and_a_worst_case_are_told() -> None:
    history = History()
    answer = {**ANSWER, "repaired": True, "cost_usd": 0.02, "cost_is_worst_case": True}
    history.called("draft-email", "llm.ask", ASK, answer)
    assert last(history).text.endswith("it fits, repaired (580 tokens, at most 0.02 USD, 4.5 s)")


def test_a_reply_that_never_came_is_told_with_what_it_is_charged() -> None:
    history = History()
    reserved = {**ASK, "reserved_usd": 0.02}
    history.timed_out("draft-email", "llm.ask", reserved, taken=True)
    assert last(history).text == "draft-email did not end in time (charged 0.02 USD, its worst case)"
    history.cancelled("draft-email", "llm.ask", reserved, taken=False)
    assert last(history).text == "draft-email was given up (charged 0.02 USD, its worst case)"


def test_no_line_shows_the_private_scratchpad() -> None:
    history = History()
    for verdict in ("fits", "misfit", "out of room", "declined", "cut"):
        answer = {**ANSWER, "verdict": verdict, "reasoning": "psst", "problems": ["a problem"]}
        history.called("draft-email", "llm.ask", ASK, answer)
    assert "psst" not in repr(told(history))


def test_quotes_and_limits_are_told_only_where_they_fail() -> None:
    history = History()
    history.local("limits.read", {"usd": 5}, "1")
    history.local("llm.quote", {"usd": 0.02}, "2")
    history.local_failed("llm.quote", "nobody knows the price of vllm:x", "ModelRefused", "3")
    assert [line.text for line in told(history)] == ["llm.quote failed: nobody knows the price of vllm:x"]


def test_a_wait_is_told_once_by_the_note_that_says_all_of_it() -> None:
    history = History()
    why = "the fleet's ceiling of 50 USD an hour is met; goes on at 2026-11-21 11:00:00 UTC"
    history.noted(note(step="draft-email", outcome="waiting", text=why), [], task=9)
    history.timer(timedelta(hours=1), "the fleet's ceiling of 50 USD an hour is met", task=9)
    history.timer(timedelta(hours=2), "Wait for working hours", task=20)
    assert [line.text for line in told(history)] == [
        f"draft-email: {why}",
        "waiting until 2026-11-21 12:00 UTC: Wait for working hours",
    ]


@pytest.mark.parametrize(
    ("activity", "given", "answer", "words"),
    [
        ("mail.send", ACT, RECEIPT, "mail sent to zoe@example.com (<1@signoff>)"),
        (
            "mail.send",
            ACT,
            {**RECEIPT, "outcome": "conflict"},
            "nothing sent: this business action had sent another text to zoe@example.com before (<1@signoff>)",
        ),
        ("crm.read_lead", {}, {"name": "Zoë", "company": "Acme"}, "read the notes about Zoë (Acme)"),
        ("crm.log_follow_up", {}, {}, "noted in the CRM"),
        ("calendar.propose_slot", {}, {"spoken": "Friday at ten"}, "proposes to meet on Friday at ten"),
        ("calendar.next_working_time", {}, "2026-11-23T08:00:00Z", "working hours there: from 2026-11-23T08:00:00Z"),
        ("effects.settle", {"happened": False}, None, "the record says now that it did not happen"),
        ("llm.route", {}, {"models": [{"provider": "anthropic", "model": "x"}, {"provider": "local"}]}, None),
        ("quantum.guess", 7, ["unheard", "of"], "a-step: done"),
        ("mail.send", 7, "unheard of", "a-step: done"),
    ],
)
def test_tools_are_told_by_what_came_of_them(activity: str, given: Any, answer: Any, words: str | None) -> None:
    history = History()
    history.called("a-step", activity, given, answer)
    assert last(history).text == (words or "models: anthropic:x, local")


def test_a_failure_is_told_in_the_words_of_the_error() -> None:
    history = History()
    history.failed("send-email", "mail.send", ACT, "no such mailbox", "ToolFailed")
    assert (last(history).text, last(history).tone) == ("send-email failed: no such mailbox", Tone.BAD)
    history.failed("read-notes", "crm.read_lead", {}, "the CRM is busy", "ToolUnavailable", attempt=6)
    assert last(history).text == "read-notes failed after 6 attempts: the CRM is busy"


def test_an_unknown_outcome_is_called_so() -> None:
    history = History()
    history.failed("send-email", "mail.send", ACT, "the server went away", "OutcomeUnknown")
    assert last(history).text == "send-email: nobody knows whether it happened: the server went away"


def test_an_open_gate_says_until_when_and_how_to_decide() -> None:
    history = History()
    history.noted(note(gate="review-email", outcome="opened"), [GATE])
    assert last(history).text == (
        "waiting for a decision at review-email (until 2026-11-23 10:00 UTC): Send this mail to Zoë? "
        "To decide: signoff approve sales-follow-up/lead-007/today"
    )
    assert last(history).facts == {"digest": "d" * 64}


def test_a_run_whose_id_a_shell_would_take_apart_is_quoted() -> None:
    history = History()
    history.noted(note(gate="review-email", outcome="opened"), [GATE])
    assert told(history, "my run; rm")[-1].text.endswith("signoff approve 'my run; rm'")


def test_a_gate_that_asks_what_happened_names_its_choices() -> None:
    history = History()
    gate = {**GATE, "gate": "send-email-outcome", "kind": "outcome", "choices": ["yes", "no"]}
    history.noted(note(gate="send-email-outcome", outcome="opened"), [gate])
    assert last(history).text.endswith("signoff answer sales-follow-up/lead-007/today --choice yes|no")


def test_a_reminder_says_that_it_still_waits() -> None:
    history = History()
    history.noted(note(gate="review-email", outcome="reminded"), [{**GATE, "reminders": 1}])
    assert last(history).text.startswith("still waiting for a decision at review-email")


def test_people_are_told_by_name_with_what_they_said() -> None:
    history = History()
    history.noted(
        note(step="review-email", gate="review-email", by="person", who="ann", outcome="rejected", text="no"), []
    )
    history.noted(note(by="person", who="bob", outcome="stopped", text="enough"), [])
    assert [line.text for line in told(history)] == ["ann rejected at review-email: no", "bob stopped: enough"]


def test_a_refused_message_is_told_with_the_reason() -> None:
    history = History()
    refusal = {
        "at": "2026-11-21T10:05:00Z",
        "message": "approve",
        "by": "eve",
        "gate": None,
        "reason": "no gate is open",
    }
    history.noted(note(refusal=refusal, refusals_count=1), [])
    assert last(history).text == "refused: approve by eve: no gate is open"


def test_what_code_decided_is_told_with_the_rule_and_cut_where_it_is_long() -> None:
    history = History()
    history.noted(note(step="draft-email", outcome="template", text="took the place of local's: " + "x" * 500), [])
    assert last(history).text.startswith("draft-email: template: took the place of local's: xxx")
    assert last(history).text.endswith(" …")
    assert len(last(history).text) < 300


def test_a_gates_own_timers_are_not_told_and_another_wait_is() -> None:
    history = History()
    history.noted(note(gate="review-email", outcome="opened"), [GATE])
    history.timer(timedelta(hours=24), "Remind about review-email")
    history.noted(note(step="review-email", by="person", who="ann", outcome="approved"), [])
    history.timer(timedelta(hours=2), "Wait for working hours in Europe/Berlin")
    assert [line.text for line in told(history)][1:] == [
        "ann approved",
        "waiting until 2026-11-21 12:00 UTC: Wait for working hours in Europe/Berlin",
    ]


def test_a_worker_that_cannot_go_on_is_told_and_a_reset_is_not() -> None:
    history = History()
    history.stuck("ValueError: boom")
    history.reset()
    assert [line.text for line in told(history)] == [
        "a worker cannot go on with this run: ValueError: boom; it is tried again"
    ]


@pytest.mark.parametrize(
    ("phase", "result", "text"),
    [
        ("done", {"outcome": "sent", "reason": None}, "completed: sent"),
        ("done", {"outcome": "rejected", "reason": "ann: no"}, "completed: rejected: ann: no"),
        ("stopped", {"outcome": "stopped", "reason": "ann: no"}, "stopped: ann: no"),
        (
            "stopped",
            {
                "outcome": "stopped",
                "reason": "the limit of 5 USD is reached",
                "partial": {"go_on": "to go on: signoff …"},
            },
            "stopped: the limit of 5 USD is reached; to go on: signoff …",
        ),
        ("done", ["something", "else"], "completed"),
    ],
)
def test_the_end_says_what_came_of_it(phase: str, result: Any, text: str) -> None:
    history = History()
    history.phase(phase)
    history.completed(result)
    assert last(history).text == text
    assert last(history).facts["result"] == result


def test_a_bad_end_says_why() -> None:
    history = History()
    history.failed_run("lead-999 is not in the CRM")
    assert (last(history).text, last(history).tone) == ("failed: lead-999 is not in the CRM", Tone.BAD)
