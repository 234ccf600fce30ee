"""Replies as XML elements: lenient about how they are written, and never about what they say."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel, JsonValue

from contracts.llm import Rung, Verdict
from tests.activities.llm.replies import VALUES, VISIT, Household, Strict, Tree, Visit, Words, judge, written
from tests.support.corrupter import as_xml


class Item(BaseModel):
    """An item of a list."""

    name: str
    count: int = 1


class Letter(BaseModel):
    """A reply of these tests."""

    title: str
    count: int
    note: str | None = None
    sure: bool = False
    tags: list[str] = []
    items: list[Item] = []
    rows: list[list[int]] = []
    scores: dict[str, int] = {}
    any: list[JsonValue] = []


GOOD = "<title>ok</title><count>3</count>"


def letter(inside: str) -> Letter | tuple[str, ...]:
    """The value of a reply with these elements, or what is wrong with it."""
    judgement = judge(f"<reply>{inside}</reply>", Letter, Rung.XML)
    if judgement.verdict is not Verdict.FITS:
        return judgement.problems
    return Letter.model_validate(judgement.value)


@pytest.mark.parametrize(
    "text",
    [
        f"<reply>{GOOD}</reply>",
        f"<?xml version='1.0'?>\n<reply xmlns='x'>\n  {GOOD}\n</reply>",
        f"Sure:\n```xml\n<reply>{GOOD}</reply>\n```\nAnything else?",
        f"<thinking><reply><title>no</title></reply></thinking><reply>{GOOD}</reply>",
        "<Reply><Title>ok</Title ><COUNT>3</COUNT></REPLY>",
        "<reply><title>\n  ok\n</title><count> 3 </count><!-- done --></reply>",
        "<reply><title><![CDATA[ok]]></title><count>3</count></reply>",
        "<reply title='ok'><count>3</count></reply>",
        "<reply title='ok' count='3'/>",
        "<reply><title type='text'>ok</title><count>3</count><note/><tags></tags></reply>",
        '{"title": "ok", "count": 3}',
    ],
)
def test_one_reply_is_found_however_it_is_written(text: str) -> None:
    judgement = judge(text, Letter, Rung.XML)
    assert judgement.problems == ()
    assert Letter.model_validate(judgement.value) == Letter(title="ok", count=3)


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("R & D, a < b > c", "R & D, a < b > c"),
        ("R &amp; D &lt;b&gt; &quot;x&quot; &#8211; &#x2013;", 'R & D <b> "x" \u2013 \u2013'),
        ("&amp;lt; &unknown; &#0; &#xD800; &#1114112;", "&lt; &unknown; &#0; &#xD800; &#1114112;"),
        ("say <b>yes</b><br> or <i>no", "say <b>yes</b><br> or <i>no"),
        ("one <![CDATA[</title> & ]]> two", "one </title> &  two"),
        ('{"title": "x"}', '{"title": "x"}'),
    ],
)
def test_a_text_is_taken_as_it_is(written: str, read: str) -> None:
    one = letter(f"<title>{written}</title><count>1</count>")
    assert isinstance(one, Letter), one
    assert one.title == read


@pytest.mark.parametrize(
    ("inside", "field", "value"),
    [
        ("<tags>a</tags><tags>b</tags>", "tags", ["a", "b"]),
        ("<tags><item>a</item><item>b</item></tags>", "tags", ["a", "b"]),
        ("<tags><tag>a</tag></tags>", "tags", ["a"]),
        ("<tags>a</tags>", "tags", ["a"]),
        ("<tags/>", "tags", []),
        ("<items><name>a</name></items><items><name>b</name></items>", "items", [Item(name="a"), Item(name="b")]),
        ("<items><item><name>a</name><count>2</count></item></items>", "items", [Item(name="a", count=2)]),
        ("<items><thing name='a'/><thing name='b'/></items>", "items", [Item(name="a"), Item(name="b")]),
        ("<rows><item>1</item><item>2</item></rows><rows><item>3</item></rows>", "rows", [[1, 2], [3]]),
        ("<rows><item>1</item><item>2</item></rows>", "rows", [[1, 2]]),
        ("<rows><item><item>1</item><item>2</item></item></rows>", "rows", [[1, 2]]),
        ("<scores><Ann>1</Ann><entry><key>b c</key><value>2</value></entry></scores>", "scores", {"Ann": 1, "b c": 2}),
        ("<rows><item/><item><item>1</item></item></rows>", "rows", [[], [1]]),
        ("<any>1.50</any><any>x</any><any><b>true</b></any>", "any", [1.5, "x", {"b": True}]),
        ("<note>null</note>", "note", None),
        ("<sure>True</sure>", "sure", True),
    ],
)
def test_elements_are_read_as_the_schema_says(inside: str, field: str, value: object) -> None:
    one = letter(GOOD + inside)
    assert isinstance(one, Letter), one
    assert getattr(one, field) == value


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("<reply><title>ok", "is not closed"),
        (f"<reply>{GOOD}", "<reply> is not closed"),
        ("<reply><title>ok<count>3</count></reply>", "<title> is not closed"),
        ("<reply><title>a</title> b</title><count>3</count></reply>", "text beside the elements in <reply>"),
        ("<reply><title>ok <count>3</count></title></reply>", "there is <count> within <title>"),
        (f"<reply>{GOOD}</reply><tags>a</tags>", "<tags> outside of the one <reply>"),
        (f"<reply>{GOOD}</reply><reply>{GOOD}</reply>", "<reply> outside of the one <reply>"),
        (f"<reply>{GOOD}<title>ok</title></reply>", "title stands twice"),
        (f"<reply>{GOOD}<colour>red</colour></reply>", "colour: there is no such field"),
        (f"<reply>{GOOD}<items><name>a</name><size>1</size></items></reply>", "items.0.size: there is no such field"),
        (f"<reply>{GOOD}<tags><p>a</p><p>b</p></tags></reply>", "write it again for each item"),
        (f"<reply>{GOOD} and more</reply>", "text beside the elements"),
        ("<reply><title>ok</title><count>three</count></reply>", "count: Input should be a valid integer"),
        ("<reply><title>a <!-- b --> c</title><count>3</count></reply>", "within <title>"),
        ("<reply><title><![CDATA[a</title><count>3</count></reply>", "is not closed"),
        ("<reply></reply>", "title: Field required"),
        (f"<reply>{GOOD}</reply></thinking> I cannot.", "a scratchpad ends after it"),
        ("<reply <title>", "its tags cannot be read"),
        ("no", "it holds no object"),
    ],
)
def test_what_would_be_a_guess_is_refused(text: str, says: str) -> None:
    judgement = judge(text, Letter, Rung.XML)
    assert judgement.verdict is Verdict.MISFIT
    assert says in judgement.problems[0]


def test_no_entity_is_expanded_and_nothing_is_fetched() -> None:
    text = (
        f'<!DOCTYPE r [<!ENTITY a "b"><!ENTITY c SYSTEM "file:///etc/passwd">]><reply>{GOOD}<note>&a;&c;</note></reply>'
    )
    value = judge(text, Letter, Rung.XML).value
    assert isinstance(value, dict)
    assert value["note"] == "&a;&c;"


def test_a_type_that_is_no_object_stands_in_an_element_of_its_own() -> None:
    assert judge("<reply><value>a</value><value>b</value></reply>", Words, Rung.XML).value == ["a", "b"]


def test_the_scratchpad_may_be_an_element() -> None:
    judgement = judge(f"<reply><reasoning>hm</reasoning>{GOOD}</reply>", Letter, Rung.XML, scratchpad=True)
    assert (judgement.verdict, judgement.reasoning) == (Verdict.FITS, "hm")


def test_a_choice_is_made_by_what_the_element_holds() -> None:
    inside = (
        "<pet><pet>dog</pet><name>7</name></pet><scores/><pair>1</pair><pair>2</pair><since>2026-01-01T00:00:00</since>"
        "<every>PT1H</every><either>4</either><either>5</either>"
    )
    judgement = judge(f"<reply>{inside}</reply>", Household, Rung.XML)
    assert judgement.problems == ()
    one = Household.model_validate(judgement.value)
    assert (one.pet.pet, one.pair, one.either, one.scores) == ("dog", (1, "2"), [4, 5], {})


KINDS = [name for name in sorted(VALUES) if name != "named"]


@given(st.sampled_from(KINDS).flatmap(VALUES.__getitem__), st.booleans())
def test_every_value_that_xml_can_say_is_read_back(value: BaseModel, within: bool) -> None:
    tree = json.loads(written(value))
    if _says_all(tree):
        judgement = judge(as_xml(tree, within=within), type(value), Rung.XML)
        assert judgement.problems == ()
        assert type(value).model_validate_json(json.dumps(judgement.value)) == value


@given(st.sampled_from([VISIT, Tree(name="a", branches=[Tree(name="b"), Tree(name="c")])]), st.data())
def test_nothing_that_was_cut_off_fits(value: BaseModel, data: st.DataObject) -> None:
    text = as_xml(json.loads(written(value)))
    cut = text[: data.draw(st.integers(0, len(text) - 1))]
    assert judge(cut, type(value), Rung.XML).verdict is Verdict.MISFIT
    assert judge(text, type(value), Rung.XML).verdict is Verdict.FITS


def test_strict_types_get_numbers_and_truths_as_such() -> None:
    text = "<reply><text>5</text><amount>5.10</amount><when>2026-01-01</when></reply>"
    assert judge(text, Strict, Rung.XML).value == {"text": "5", "amount": "5.1", "when": "2026-01-01"}


def test_an_amount_keeps_its_digits() -> None:
    text = "<reply><text>5</text><amount>12345678901234567.89</amount><when>2026-01-01</when></reply>"
    value = judge(text, Strict, Rung.XML).value
    assert isinstance(value, dict)
    assert value["amount"] == "12345678901234567.89"


def _says_all(value: object) -> bool:
    """XML has no blanks around a text, and an empty text is none."""
    match value:
        case str():
            return value == value.strip() and value not in ("", "null")
        case dict():
            return all(_says_all(name) and _says_all(one) for name, one in value.items())
        case list():
            return all(_says_all(one) for one in value)
        case _:
            return True


def test_the_sample_of_the_other_tests_is_one_that_xml_can_say() -> None:
    assert _says_all(json.loads(written(VISIT)))
    assert isinstance(VISIT, Visit)
