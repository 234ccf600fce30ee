"""From text to a value or to problems: whatever the text, nothing is raised and every problem is told in words."""

import json

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from pydantic import BaseModel, Field

from activities.llm.parsing import parsed, without_thinking
from activities.llm.verdicts import judged
from activities.providers.base import Completion, Finish
from contracts.llm import Verdict
from contracts.outputs import OutputContract


class Part(BaseModel):
    """A part."""

    name: str = Field(min_length=2)


class Whole(BaseModel):
    """A reply of these tests."""

    title: str = Field(max_length=8)
    count: int
    parts: list[Part] = Field(default_factory=list, max_length=2)


class NoFacts(BaseModel):
    """Nothing to hold a reply against."""


GOOD = '{"title": "ok", "count": 3}'


def contract(*problems: str) -> OutputContract[Whole, NoFacts]:
    """A contract whose check finds these problems."""
    return OutputContract("whole", Whole, NoFacts, lambda value, facts: list(problems))


@pytest.mark.parametrize(
    "text",
    [
        GOOD,
        f"  {GOOD}\n",
        f"```\n{GOOD}\n```",
        f"Sure!\n```json\n{GOOD}\n```\nAnything else?",
        f"Sure: {GOOD} (that is all)",
        f'<thinking>not {{"title": "no"}}</thinking>{GOOD}',
        '{"title": "```", "count": 3}',
    ],
)
def test_one_object_is_found_in_what_surrounds_it(text: str) -> None:
    value, problems = parsed(text, Whole)
    assert value is not None
    assert (value.count, problems) == (3, [])


def test_a_value_may_speak_of_thinking() -> None:
    value, _ = parsed('{"title": "<b>", "count": 1, "parts": [{"name": "a <thinking> b"}]}', Whole)
    assert value is not None
    assert value.parts[0].name == "a <thinking> b"


def test_an_unfinished_scratchpad_holds_no_reply() -> None:
    assert without_thinking(f"<thinking>{GOOD}") == ""
    assert parsed(f"<thinking>{GOOD[:-1]}", Whole)[0] is None


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("I cannot do that.", "not one JSON object"),
        ("", "not one JSON object"),
        ("[1]", "Input should be an object"),
        ('{"title": "ok"}', "count: Field required"),
        ('{"title": "much too long", "count": 1}', "title: String should have at most 8 characters"),
        ('{"title": "a", "count": 1, "parts": [{"name": "x"}]}', "parts.0.name: String should have at least 2"),
        ("[" * 100_000, "recursion limit"),
        ('{"a":' * 30_000 + "1" + "}" * 30_000, "recursion limit"),
        ('{"title": "a", "count": ' + "9" * 10_000 + "}", "number out of range"),
        ('{"title": "\\ud800", "count": 1}', "not one JSON object"),
    ],
)
def test_a_misfit_is_told_in_words_that_name_the_field(text: str, says: str) -> None:
    value, problems = parsed(text, Whole)
    assert value is None
    assert says in problems[0]


@given(st.text())
@example("{" * 50_000)
@example("```\n" * 50_000)
@example("<thinking>" * 20_000)
@example("{}" * 50_000)
def test_no_text_makes_it_fail(text: str) -> None:
    value, problems = parsed(text, Whole)
    assert value is not None or problems


@given(st.text(max_size=8), st.integers(-(2**40), 2**40))
def test_every_value_that_was_written_is_read_back(title: str, count: int) -> None:
    value, problems = parsed(f"Here: {json.dumps({'title': title, 'count': count})}", Whole)
    assert problems == []
    assert value == Whole(title=title, count=count)


def test_the_contracts_own_check_has_the_last_word() -> None:
    reply = Completion(GOOD, Finish.COMPLETE)
    assert judged(reply, contract(), NoFacts()).value == {"title": "ok", "count": 3, "parts": []}
    misfit = judged(reply, contract(*(f"problem {n} " + "x" * 999 for n in range(99))), NoFacts())
    assert (misfit.verdict, misfit.value) == (Verdict.MISFIT, None)
    assert len(misfit.problems) == 8
    assert all(len(problem) <= 300 for problem in misfit.problems)


def test_a_check_that_fails_does_not_make_the_reply_be_bought_again() -> None:
    def broken(value: Whole, facts: NoFacts) -> list[str]:
        raise ZeroDivisionError

    judgement = judged(Completion(GOOD, Finish.COMPLETE), OutputContract("whole", Whole, NoFacts, broken), NoFacts())
    assert judgement.verdict is Verdict.MISFIT
    assert "ZeroDivisionError" in judgement.problems[0]
