"""An open gate in words, and what happens at it: whatever the run notes, it is told."""

from typing import Any

import pytest

from contracts.gates import Card
from runtime.codec import data_converter
from starters.commentary import Line, comment
from starters.gate_words import how_to_decide, standing_words
from starters.happenings import Began, WentOn
from starters.history import HistoryReader
from tests.starters.events import GATE, History, note

RUN = "sales-follow-up/lead 7/today"


def card(**changes: Any) -> Card:
    """Of a gate that waits."""
    return Card.model_validate(GATE | changes)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({}, ""),
        ({"waits_on": ["role:sales-lead", "carol"]}, "waits on role sales-lead, carol"),
        ({"needed": 2}, "2 more must approve"),
        ({"needed": 1, "approved_by": ["ann"]}, "1 more must approve; approved by ann"),
        ({"abstained": ["bob"]}, "abstained: bob"),
        ({"signed": True}, "decisions must be signed"),
    ],
)
def test_a_card_says_who_is_waited_for_and_what_was_said(changes: dict[str, Any], words: str) -> None:
    assert standing_words(card(**changes)) == words


@pytest.mark.parametrize(
    ("changes", "command"),
    [
        ({}, f"signoff approve '{RUN}'"),
        ({"signed": True}, f"signoff approve '{RUN}' --key FILE"),
        ({"kind": "question"}, f"signoff answer '{RUN}' --text …"),
        ({"kind": "question", "choices": ["The door", "wall"]}, f"signoff answer '{RUN}' --choice 'The door'|wall"),
        ({"kind": "outcome", "choices": ["yes", "no"]}, f"signoff answer '{RUN}' --choice yes|no"),
    ],
)
def test_every_kind_of_gate_has_its_command(changes: dict[str, Any], command: str) -> None:
    assert how_to_decide(card(**changes), RUN) == command


def last(history: History) -> Line:
    """The last line that a history is told by."""
    reader = HistoryReader(data_converter())
    lines = [comment(happening, RUN) for event in history.events if (happening := reader.read(event))]
    found = [line for line in lines if line]
    return found[-1]


def test_an_opened_gate_tells_who_is_waited_for() -> None:
    history = History()
    history.noted(note(gate="review-email", outcome="opened"), [GATE | {"waits_on": ["ann", "bob"], "needed": 2}])
    assert last(history).text.startswith(
        "waiting for a decision at review-email (until 2026-11-23 10:00 UTC; waits on ann, bob; 2 more must approve): "
    )


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"outcome": "approved, 1 more needed"}, "ann approved, 1 more needed at review-email"),
        ({"outcome": "abstained", "text": "no time"}, "ann abstained at review-email: no time"),
        ({"outcome": "retracted"}, "ann retracted at review-email"),
        (
            {"outcome": "edited", "text": "bob approved what is not asked any more"},
            "ann edited at review-email: bob ap",
        ),
        ({"outcome": "a word of tomorrow"}, "ann a word of tomorrow at review-email"),
    ],
)
def test_what_a_person_did_is_told_in_the_runs_own_words(fields: dict[str, Any], words: str) -> None:
    history = History()
    history.noted(note(gate="review-email", step="review-email", by="person", who="ann", **fields), [GATE])
    assert last(history).text.startswith(words)


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"outcome": "escalated", "text": "to role:head"}, "review-email: escalated: to role:head"),
        ({"outcome": "quorum lost", "text": "the key k of ann was revoked"}, "review-email: quorum lost: the key k of"),
        ({"outcome": "goes on in a new run"}, "review-email: goes on in a new run"),
        ({"outcome": "reminder not sent", "text": "no mail server"}, "review-email: reminder not sent: no mail server"),
    ],
)
def test_what_the_gate_did_by_itself_is_told_too(fields: dict[str, Any], words: str) -> None:
    history = History()
    history.noted(note(gate="review-email", **fields), [GATE])
    assert last(history).text.startswith(words)


def test_a_run_that_goes_on_in_another_is_told_as_one() -> None:
    history = History()
    went = history.add("WORKFLOW_EXECUTION_CONTINUED_AS_NEW")
    went.workflow_execution_continued_as_new_event_attributes.new_execution_run_id = "run-2"
    happening = HistoryReader(data_converter()).read(went)
    assert isinstance(happening, WentOn)
    assert happening.run_id == "run-2"
    assert last(history).text == "goes on in a new run of the same id, where it stood"
    second = History()
    second.events[0].workflow_execution_started_event_attributes.continued_execution_run_id = "run-1"
    began = HistoryReader(data_converter()).read(second.events[0])
    assert isinstance(began, Began)
    assert comment(began, RUN) is None
