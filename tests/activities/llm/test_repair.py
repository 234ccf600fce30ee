"""The tolerant reader: what it mends, what it refuses, and that it leaves JSON as it is."""

import json
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from activities.llm.literals import Unreadable
from activities.llm.repair import read

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
)


@given(JSON, st.sampled_from([None, 1]), st.booleans())
def test_json_is_left_as_it_is(value: object, indent: int | None, ascii_only: bool) -> None:
    one = read(json.dumps(value, indent=indent, ensure_ascii=ascii_only))
    assert json.loads(one.json) == value
    assert (one.defect, one.twice, one.unclosed) == ("", (), False)
    if isinstance(value, dict):
        assert [(name, json.loads(text)) for name, text in one.members or ()] == list(value.items())


@given(st.text())
def test_no_text_makes_it_fail_otherwise(text: str) -> None:
    with suppress(Unreadable):
        json.loads(read(text).json)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ('{"a": [1, 2,],}', {"a": [1, 2]}),
        ('{"a": 1\n "b": 2}', {"a": 1, "b": 2}),
        ('[{"a": 1} {"b": 2}]', [{"a": 1}, {"b": 2}]),
        ("{'a': 'it\\'s', 'b': 'a \"c\"'}", {"a": "it's", "b": 'a "c"'}),
        ("{\u201ca\u201d: \u201cb 'c'\u201d}", {"a": "b 'c'"}),
        ('{a: 1, $b_2: "x"}', {"a": 1, "$b_2": "x"}),
        ('{"a": True, "b": False, "c": None}', {"a": True, "b": False, "c": None}),
        ('{"a": "one\ntwo\t\x00"}', {"a": "one\ntwo\t\x00"}),
        ('{"a": 1, // one\n "b": /* two */ 2 # three\n}', {"a": 1, "b": 2}),
        ('{"a":\u00a01}', {"a": 1}),
        ('{"a": "x"', {"a": "x"}),
        ('{"a": [1]\n```', {"a": [1]}),
    ],
)
def test_what_leaves_one_reading_is_mended(text: str, value: object) -> None:
    one = read(text)
    assert json.loads(one.json) == value
    assert one.defect


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ('{"subject": "Hel', "at subject: a string breaks off"),
        ('{"tags": ["a", "b"', "at tags.2: the text breaks off"),
        ('{"a": {"b": "x"', "at a.b: the text breaks off"),
        ('{"a": 1', "breaks off"),
        ('{"a": "x",', "breaks off"),
        ('{"a": tru', "breaks off"),
        ('{"a": ', "breaks off"),
        ('{"a', "breaks off"),
        ('{"a": "say "hi" now"}', 'write a quote inside a string as \\"'),
        ('["say "a", "b" now", "c"]', "write a quote"),
        ("{'a': 'it's'}", "write a quote"),
        ('["a"\n"b"]', "is not followed by a comma"),
        ('{"a": 1 "b": 2}', "a comma or } is missing"),
        ("[1 2]", "a comma or ] is missing"),
        ('{"a": "C:\\dir"}', "a backslash in a string must be written as \\\\"),
        ('{"a": "\\u12"}', "a backslash"),
        ('{"a": , "b": 1}', "a value is missing"),
        ("[1,, 2]", "a value is missing"),
        ('{"a": yes}', "a value is missing, or is not JSON"),
        ('{"a": 007}', "is not JSON"),
        ('{"a": "x", ...}', "a key in double quotes is missing"),
        ('["x", ...]', "something was left out"),
        ('["x", \u2026]', "something was left out"),
        ('["x", // ... and so on\n]', "a comment says that something was left out"),
        ('{"a": [1}', "at a.1: a comma or ] is missing"),
        ('{"a": [[1}}', "at a.0.1: a comma or ] is missing"),
        ('{"a": {"b": []]}', "is missing, or a bracket is closed"),
        ('{"a" 1}', "a colon is missing"),
        ('{"a": (1, 2)}', "a value is missing"),
        ('{"a": /* 1}', "a value is missing"),
        ("{\u201ca\u201d: \u201cx\u201d // b\u201d}", "a comment may be a part of a value"),
        ('{"a": "x" // b"\n}', "a comment may be a part of a value"),
        ("{'a': 'x' /* it's */}", "a comment may be a part of a value"),
        ('{"a": 7 // 2\n}', "a comment may be a part of a value"),
        ('{"a": 1 // one\n "b": 2}', "stands in a comment"),
        ('{"a": "x" // done', "stands in a comment"),
        ('["x", #fff,\n "y"]', "a value is missing"),
        ("{\u201ca\u201d: \u201c\u201cx\u201d, \u201cy\u201d\u201d}", "where a string ends"),
        ('{\u201ca\u201d: \u201cx", "b": "y\u201d}', "where a string ends"),
    ],
)
def test_what_would_be_a_guess_is_refused(text: str, says: str) -> None:
    with pytest.raises(Unreadable) as refused:
        read(text)
    assert says in str(refused.value)


@given(JSON.filter(lambda value: isinstance(value, dict | list)), st.data())
def test_nothing_that_was_cut_off_is_made_whole(value: object, data: st.DataObject) -> None:
    text = json.dumps(value)
    cut = text[: data.draw(st.integers(0, len(text) - 1))]
    try:
        one = read(cut)
    except Unreadable:
        return
    assert one.unclosed
    members = dict(one.members or ())
    assert isinstance(value, dict)
    assert all(json.loads(text) == value[name] for name, text in members.items())  # as many as were there, and whole
