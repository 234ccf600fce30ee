"""Budgets in words."""

from datetime import timedelta
from decimal import Decimal

import pytest

from contracts.budgets import Limit, Limits, Partial, Spent
from starters.budget_words import partial_lines, spent_words
from starters.words import length

SPENT = Spent(usd=Decimal("0.42"), model_calls=3, tool_calls=1, steps=4, working_time=timedelta(seconds=61.25))


def test_what_was_spent_stands_against_its_limit() -> None:
    assert spent_words(SPENT, Limits()) == (
        "0.42 of 5 USD, 3 of 50 model calls, 1 of 20 tool calls, 4 of 25 steps, 61.2 s of 10 min working time"
    )


@pytest.mark.parametrize(
    ("limit", "words"),
    [
        (Limit.USD, "money: 5 USD"),
        (Limit.MODEL_CALLS, "model calls: 50"),
        (Limit.STEPS, "steps: 25"),
        (Limit.WORKING_TIME, "working time: 10 min"),
        (Limit.IDLE_TIME, "idle time: 24 h"),
    ],
)
def test_a_partial_result_says_which_limit_and_what_was_done(limit: Limit, words: str) -> None:
    partial = Partial(limit=limit, limits=Limits(), spent=SPENT, done=("read-notes", "draft-email"), go_on="start anew")
    lines = dict(partial_lines(partial))
    assert list(lines) == ["limit", "spent", "done"]
    assert (lines["limit"], lines["done"]) == (words, "read-notes, draft-email")


def test_a_run_stopped_by_hand_names_no_limit_and_may_have_done_nothing() -> None:
    lines = dict(partial_lines(Partial(limits=Limits(), spent=Spent(), done=(), go_on="start anew")))
    assert list(lines) == ["spent", "done"]
    assert lines["done"] == "nothing"


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(0, "0 s"), (0.25, "0.2 s"), (90, "90 s"), (120, "2 min"), (86_400, "24 h"), (3661, "3,661 s")],
)
def test_lengths_of_time_are_short(seconds: float, words: str) -> None:
    assert length(timedelta(seconds=seconds)) == words
