"""The bench of the two modes counts rightly: paths, calls, what tokens cost; and its script is right."""

import json
from typing import Any

import pytest

from bench.orchestration.report import READING, page, spread, table
from bench.orchestration.script import DRAFTS, WAYS, script
from bench.orchestration.told import Told, path_of, told, usd
from bench.orchestration.world import REQUEST, TO
from contracts.best_draft import DRAFT, BestDraftRequest, Tone
from contracts.sales_follow_up import DraftFacts, EmailDraft
from starters.explanation import Decision, Explanation
from starters.happenings import RunStatus
from workflows.best_draft import as_text, write


def asked(step: str, head: str | None = None, tokens: tuple[int, int] | None = (100, 10)) -> Decision:
    """A model was asked."""
    read, written = tokens or (None, None)
    where = {"head": {"hash": head}} if head else {}
    return Decision(step=step, by="model", input_tokens=read, output_tokens=written, input=where)


def by_code(step: str, outcome: str = "done") -> Decision:
    """Code did it."""
    return Decision(step=step, by="code", outcome=outcome)


def story(*decisions: Decision, result: Any = None, status: RunStatus = RunStatus.COMPLETED) -> Explanation:
    """A run in which that was decided."""
    return Explanation(
        workflow_id="run",
        process="best-draft",
        status=status,
        result=result,
        error=None,
        cost_usd=0,
        waiting=(),
        decisions=decisions,
        effects=(),
        refusals=(),
        refusals_count=0,
    )


def a_run(**otherwise: Any) -> Told:
    """One that sent its mail."""
    usual: dict[str, Any] = {
        "outcome": "sent",
        "reason": None,
        "tokens": ((1000, 100),),
        "calls": 1,
        "templates": 0,
        "path": ("write-serious", "send-email"),
        "seconds": 2.0,
        "mails": 1,
    }
    return Told(**{**usual, **otherwise})


def test_to_ask_again_for_the_same_is_no_new_step_of_a_path() -> None:
    once = [asked("write-serious"), asked("pick-draft"), by_code("send-email")]
    again = [asked("write-serious"), asked("write-serious"), asked("pick-draft"), by_code("send-email")]
    assert path_of(again) == path_of(once) == ("write-serious", "pick-draft", "send-email")


def test_each_turn_of_a_conversation_is_a_step_of_its_path() -> None:
    turns = [asked("orchestrate", "a"), asked("orchestrate", "a"), asked("write-serious"), asked("orchestrate", "b")]
    assert path_of(turns) == ("orchestrate", "write-serious", "orchestrate")


def test_what_only_prepares_is_no_step_of_a_path() -> None:
    assert path_of([by_code("choose-models"), by_code("write-serious", "template"), by_code("send-email")]) == (
        "send-email",
    )


def test_a_call_that_was_not_answered_is_counted_and_has_no_tokens() -> None:
    seen = told(
        story(
            asked("write-serious", tokens=None),
            asked("write-serious", tokens=(200, 20)),
            by_code("write-serious", "template"),
            result={"outcome": "sent", "reason": None},
        ),
        seconds=3.5,
        mails=1,
    )
    assert (seen.calls, seen.tokens, seen.templates) == (2, ((200, 20),), 1)
    assert (seen.outcome, seen.reason, seen.seconds, seen.mails) == ("sent", None, 3.5, 1)


def test_a_run_without_a_result_ended_as_the_server_says() -> None:
    assert told(story(status=RunStatus.FAILED), 1.0, 0).outcome == "failed"


def test_the_cost_of_calls_is_the_sum_of_each() -> None:
    assert usd([(1000, 100), (2000, 50)]) == usd([(1000, 100)]) + usd([(2000, 50)]) > usd([]) == 0


@pytest.mark.parametrize(
    ("values", "shown"), [([4, 4], "4"), ([1, 3, 11], "3 (1 to 11)"), ([1000, 3000], "2,000 (1,000 to 3,000)")]
)
def test_a_range_stands_only_where_there_is_one(values: list[float], shown: str) -> None:
    assert spread(values) == shown


def test_the_table_counts_outcomes_paths_and_mails() -> None:
    runs = [a_run(), a_run(path=("send-email",)), a_run(outcome="not_sent", reason="no\nmodel", mails=0)]
    lines = table({"code": runs, "not measured": []})
    assert "| outcomes | sent 2, not_sent 1 |" in lines
    assert "| mails | 2 |" in lines
    assert "| different paths | 2 |" in lines
    assert "- 2 times write-serious → send-email" in lines
    assert "- 1 times no model" in lines


def test_the_page_keeps_what_was_written_by_hand() -> None:
    text = page({"code": [a_run()]}, {}, f"Old.\n\n{READING}\n\nThis.\n")
    assert text.endswith(f"\n{READING}\n\nThis.\n")
    assert "Not measured." in text


@pytest.mark.parametrize("tone", Tone)
def test_the_scripted_drafts_say_what_the_brief_says(tone: Tone) -> None:
    facts = write(tone, BestDraftRequest.model_validate(REQUEST)).facts
    assert isinstance(facts, DraftFacts)
    assert DRAFT.check(EmailDraft.model_validate(DRAFTS[tone]), facts) == []


@pytest.mark.parametrize("way", WAYS)
def test_a_scripted_path_has_the_draft_written_that_it_sends_letter_by_letter(way: str) -> None:
    turns = [said["$reply"] for said in script(WAYS[way], TO)["orchestrate"]]
    calls = [call for turn in turns for call in turn["calls"]]
    sent = as_text(EmailDraft.model_validate(DRAFTS[Tone.PROFESSIONAL])).model_dump()
    assert "write_professional" in [call["tool"] for call in calls[:-1]]
    assert calls[-1] == {"id": "a1", "tool": "send_email", "arguments": {"to": TO, **sent}}
    assert json.dumps(turns[-1]["result"])
