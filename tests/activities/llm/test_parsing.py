"""From text to a value or to problems: what surrounds a reply is overlooked, and what a reply says is not."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel, Field, RootModel

from activities.llm.parsing import parsed, without_thinking
from tests.activities.llm.replies import TEXT, VALUES, Household, Named, Strict, Tree, Visit, Words, written


class Part(BaseModel):
    """A part."""

    name: str = Field(min_length=2)


class Whole(BaseModel):
    """A reply of these tests."""

    title: str = Field(max_length=80)
    count: int
    parts: list[Part] = Field(default_factory=list, max_length=2)


GOOD = '{"title": "ok", "count": 3}'


@pytest.mark.parametrize(
    "text",
    [
        GOOD,
        f"  {GOOD}\n",
        f"\ufeff{GOOD}",
        f"```\n{GOOD}\n```",
        f"Sure!\n```json\n{GOOD}\n```\nAnything else?",
        f"Sure: {GOOD} (that is all)",
        f'As asked [see above], for {{name}} and {{{{company}}}} "in Q3": {GOOD}\nI kept {{name}} as it is.',
        f'<thinking>not {{"title": "no"}}</thinking>{GOOD}',
        f'<think>a</think> Well. <THINKING about="it">{GOOD[:9]}</THINKING>\n{GOOD}',
        f'The chat began it: {{"title": "no"}}</think>{GOOD}',
        f"{GOOD}\nAgain, to be sure:\n{GOOD}",
        '{"title": "ok", "count": "3"}',
    ],
)
def test_one_object_is_found_in_what_surrounds_it(text: str) -> None:
    one = parsed(text, Whole, repair=False)
    assert one.value == Whole(title="ok", count=3), one.problems
    assert not one.repaired


@pytest.mark.parametrize(
    "title", ["a <thinking> b", "a <thinking>b</thinking> c", "<think>", "</think>", "```", "{name}", '"', "</reply>"]
)
@pytest.mark.parametrize("around", ["{}", "Sure: {}", "```json\n{}\n```", "<thinking>hm</thinking>{}"])
@pytest.mark.parametrize("xml", [False, True])
def test_no_word_of_a_value_is_taken_for_what_surrounds_it(title: str, around: str, xml: bool) -> None:
    one = parsed(around.replace("{}", json.dumps({"title": title, "count": 1})), Whole, xml=xml)
    assert one.value is None or one.value.title == title
    if not around.startswith("Sure"):
        assert one.value is not None, one.problems


@pytest.mark.parametrize(
    "text",
    [
        f"<thinking>{GOOD}",
        f"<thinking>{GOOD}</thinking>",
        f"[Draft] {{name}} <thinking>{GOOD}</thinking> I cannot.",
        f"{GOOD}</thinking> I cannot.",
        f"I might say {GOOD}, with a <thinking> before. </think> No.",
        f"{GOOD}<thinking>{GOOD}</thinking>",
    ],
)
def test_what_was_thought_is_not_what_was_said(text: str) -> None:
    assert parsed(text, Whole).value is None


def test_thoughts_are_kept_apart() -> None:
    assert without_thinking(f"<thinking>{GOOD}") == ""
    one = parsed(f"<thinking> one </thinking><think>two</think>{GOOD}", Whole)
    assert one.thoughts == "one\n\ntwo"
    one = parsed(f'{{"reasoning": "three \\"x\\"", {GOOD[1:]}', Whole, scratchpad=True)
    assert (one.thoughts, one.value) == ('three "x"', Whole(title="ok", count=3))


def test_a_choice_keeps_a_field_of_its_own_that_is_called_like_the_scratchpad() -> None:
    class Why(BaseModel):
        reasoning: str = ""
        name: str

    kind = RootModel[Why | int]
    bare = parsed('{"reasoning": "x", "name": "y"}', kind, scratchpad=True)
    assert bare.value == kind(Why(reasoning="x", name="y"))
    wrapped = parsed('{"reasoning": "z", "value": {"reasoning": "x", "name": "y"}}', kind, scratchpad=True)
    assert (wrapped.value, wrapped.thoughts) == (bare.value, "z")


def test_a_scratchpad_that_is_no_text_is_one_too() -> None:
    one = parsed(f'{{"reasoning": {"9" * 5_000}, {GOOD[1:]}', Whole, scratchpad=True)
    assert (one.value, one.thoughts) == (Whole(title="ok", count=3), "9" * 5_000)


def test_a_scratchpad_that_was_not_asked_for_is_a_strange_field() -> None:
    assert parsed(f'{{"reasoning": "x", {GOOD[1:]}', Whole).problems == (
        "reasoning: there is no such field: leave it out",
    )


def test_a_types_own_field_is_no_scratchpad() -> None:
    class Verdict(BaseModel):
        reasoning: str

    one = parsed('{"reasoning": "because"}', Verdict, scratchpad=True)
    assert (one.value, one.thoughts) == (Verdict(reasoning="because"), "")


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("I cannot do that.", "it holds no object"),
        ("", "the reply is empty"),
        ("[1]", "it holds no object"),
        ('["a"]', "Input should be an object"),
        ('{"title": "ok"}', "count: Field required"),
        (f'{{"title": "{"x" * 81}", "count": 1}}', "title: String should have at most 80 characters"),
        ('{"title": "a", "count": 1, "parts": [{"name": "x"}]}', "parts.0.name: String should have at least 2"),
        ("[[" * 50_000, "nested deeper"),
        ('{"a":' * 30_000 + "1" + "}" * 30_000, "nested deeper"),
        ('{"title": "a", "count": ' + "9" * 10_000 + "}", "number out of range"),
        ('{"title": "\\ud800", "count": 1}', "not one JSON object"),
        ('{"title": "a", "count": 1, "title": "b"}', "title stands twice"),
        ('{"title": "a", "count": 1, "parts": [{"name": "xy", "name": "xy"}]}', "parts.0.name stands twice"),
        ('{"title": "a", "count": NaN}', "count: Input should be a finite number"),
        (f"{GOOD}\n{GOOD.replace('3', '4')}", "more than one object"),
        (f"{GOOD}, {GOOD}", "closed too early"),
        (f"{GOOD}, parts: []}}", "closed too early"),
        (f'"parts": [], {GOOD}', "JSON outside"),
        (f'{GOOD}\nand "parts": []', "JSON outside"),
        (f"{GOOD}\nand {{unclosed", "a colon is missing"),
        ("{'count': 3, 'title': 'ok'} '", "closed too early"),
    ],
)
def test_a_misfit_is_told_in_words_that_name_the_field(text: str, says: str) -> None:
    one = parsed(text, Whole)
    assert one.value is None
    assert says in one.problems[0]


@pytest.mark.parametrize(
    ("kind", "text", "where"),
    [
        (Whole, '{"title": "a", "count": 1, "parts": [{"name": "xy", "colour": 1}]}', "parts.0.colour"),
        (
            Tree,
            '{"name": "a", "branches": [{"name": "b", "branches": [{"name": "c", "x": 1}]}]}',
            "branches.0.branches",
        ),
        (Named, '{"firstName": "a", "first": "b"}', ""),
        (Strict, '{"text": "a", "amount": 1, "when": "2026-01-01", "x": 1}', "x: Extra inputs are not permitted"),
        (RootModel[dict[str, Part]], '{"k": {"name": "ab", "size": 1}}', "k.size"),
        (RootModel[dict[int, Part]], '{"1": {"name": "ab"}, "2": {"name": "ab", "size": 1}}', "2.size"),
        (RootModel[list[Part | int]], '{"value": [{"name": "ab", "size": 1}]}', "0.size"),
        (RootModel[tuple[Part, int]], '[{"name": "ab", "size": 1}, 2]', "0.size"),
    ],
)
def test_a_field_that_the_type_does_not_have_is_named_at_any_depth(
    kind: type[BaseModel], text: str, where: str
) -> None:
    one = parsed(text, kind)
    if where:
        assert one.value is None
        assert where in one.problems[0]
    else:
        assert one.value is not None  # it allows extras


@pytest.mark.parametrize("text", ['["a", "b"]', '{"value": ["a", "b"]}', 'Here: ["a", "b"].', "{value: ['a', 'b',]}"])
def test_a_type_that_is_no_object_comes_wrapped_or_bare(text: str) -> None:
    assert parsed(text, Words).value == Words(["a", "b"])


@pytest.mark.parametrize(
    ("text", "value"), [('"high"', "high"), ('{"value": "high"}', "high"), ('"<think>x"', "<think>x")]
)
def test_a_bare_string_is_the_whole_text(text: str, value: str) -> None:
    assert parsed(text, RootModel[str]).value == RootModel[str](value)


@pytest.mark.parametrize("text", ['{"size": NaN}', '{"size": Infinity}', '{"size": 1e999}'])
@pytest.mark.parametrize("kind", [float, float | None])
def test_what_history_could_not_hold_does_not_fit(text: str, kind: type[float]) -> None:
    class Sized(BaseModel):
        size: kind  # type: ignore[valid-type]

    assert "JSON has not" in parsed(text, Sized).problems[0]


@given(st.sampled_from(sorted(VALUES)).flatmap(VALUES.__getitem__), TEXT)
def test_every_value_that_was_written_is_read_back(value: BaseModel, prose: str) -> None:
    one = parsed(written(value), type(value), repair=False)
    assert (one.value, one.problems) == (value, ())
    assert type(value).model_validate_json(json.dumps(one.wire)) == value
    around = parsed(f"{prose}\n{written(value)}\n{prose}", type(value))
    assert around.value in (None, value)


def test_choices_dictionaries_and_times_are_read() -> None:
    text = (
        '{"pet": {"pet": "dog", "name": "Rex"}, "scores": {"a b": 1}, "pair": [1, "x"],'
        ' "since": "2026-01-01T10:00:00Z", "every": "PT5M", "either": [1]}'
    )
    one = parsed(text, Household)
    assert one.value is not None
    assert one.value.every.total_seconds() == 300
    assert parsed(text, Visit).value is None
