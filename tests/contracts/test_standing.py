"""What a standing approval covers, and what it does not: bounds and grants, without a server."""

import json
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import JsonValue, RootModel, TypeAdapter, ValidationError

from contracts.bounds import DEEPEST, Bounds, misfit
from contracts.gates import digest_of, json_digest
from contracts.standing import Grant

ANYTHING = {"anything": True}
READ: TypeAdapter[Any] = TypeAdapter(Bounds)
GRANT: dict[str, Any] = {
    "process": "refunds",
    "tool": "refund.pay",
    "bounds": {"amount": {"at_most": 50}},
    "at_most": 3,
    "until": "2026-12-01T00:00:00Z",
    "by": "ann",
}


def read(bounds: dict[str, Any]) -> Any:
    """Bounds, as they come from JSON."""
    return READ.validate_json(json.dumps(bounds))


def why(bounds: dict[str, Any], argument: dict[str, Any]) -> str | None:
    """Why an argument does not fit; both as they come from JSON."""
    return misfit(read(bounds), json.loads(json.dumps(argument)))


@pytest.mark.parametrize(
    ("bound", "value"),
    [
        (ANYTHING, "whatever"),
        (ANYTHING, {"deep": [1, {"a.b": None}]}),
        ({"one_of": ["gold", "silver"]}, "silver"),
        ({"one_of": [None, 1]}, None),
        ({"one_of": [1]}, 1.0),
        ({"in_domain": "Example.com"}, "ann.lee+x@EXAMPLE.com"),
        ({"at_most": 50}, 50),
        ({"at_most": 50}, "49.99"),
        ({"at_most": "0.3"}, 0.1),
        ({"at_least": -5, "at_most": 5}, "-5.0"),
        ({"at_most": 2, "at_least": 1}, 1.5),
    ],
)
def test_a_value_within_its_bound_fits(bound: dict[str, Any], value: Any) -> None:
    assert why({"a": bound}, {"a": value}) is None


@pytest.mark.parametrize(
    ("bound", "value", "words"),
    [
        ({"one_of": ["gold"]}, "Gold", "none of those"),
        ({"one_of": [1]}, True, "none of those"),
        ({"one_of": [True]}, 1, "none of those"),
        ({"one_of": ["1"]}, 1, "none of those"),
        ({"one_of": [0]}, None, "none of those"),
        ({"in_domain": "example.com"}, "ann@evil-example.com", "no plain address"),
        ({"in_domain": "example.com"}, "ann@example.com.evil.org", "no plain address"),
        ({"in_domain": "example.com"}, "ann@sub.example.com", "no plain address"),
        ({"in_domain": "example.com"}, "eve@evil.org,ann@example.com", "no plain address"),
        ({"in_domain": "example.com"}, "Ann <ann@example.com>", "no plain address"),
        ({"in_domain": "example.com"}, "eve%evil.org@example.com", "no plain address"),
        ({"in_domain": "example.com"}, "a\r\nBcc:b@example.com", "no plain address"),
        ({"in_domain": "example.com"}, "@example.com", "no plain address"),
        ({"in_domain": "kexample.com"}, "ann@\u212aexample.com", "no plain address"),
        ({"in_domain": "example.com"}, None, "no plain address"),
        ({"at_most": 50}, "50.01", "more than 50"),
        ({"at_most": 50}, True, "no number"),
        ({"at_most": 50}, None, "no number"),
        ({"at_most": 50}, "", "no number"),
        ({"at_most": 50}, "NaN", "no number"),
        ({"at_most": 50}, "-Infinity", "no number"),
        ({"at_most": 50}, "1e1", "no number"),
        ({"at_most": 50}, "\u0661", "no number"),
        ({"at_most": 50}, "0" * 41, "no number"),
        ({"at_most": 50}, 10**4000, "more than 50"),
        ({"at_least": 1}, 0, "less than 1"),
        ({"at_most": 5}, {}, "an object"),
        ({"at_most": 5}, {"b": 1}, "an object"),
        ({"one_of": ["x"]}, [], "a list"),
        ({"at_least": 1}, ["x"], "a list"),
        ({"at_most": 5}, ["x"], "a.* has no bound"),
    ],
)
def test_a_value_beyond_its_bound_does_not_fit(bound: dict[str, Any], value: Any, words: str) -> None:
    found = misfit(read({"a": bound}), {"a": value})
    assert found is not None
    assert words in found


@pytest.mark.parametrize("value", [float("nan"), float("inf"), float("-inf")])
def test_what_is_no_number_in_json_does_not_fit_either(value: float) -> None:
    assert misfit(read({"a": {"at_least": 0}}), {"a": value}) == "a is no number"


ORDER = {"to": {"email": "ann@example.com"}, "items": [{"sku": "A", "amount": "5.00"}, {"sku": "B", "amount": "6.00"}]}
ORDER_BOUNDS: dict[str, Any] = {
    "to.email": {"in_domain": "example.com"},
    "items": {"at_most": 2},
    "items.*.sku": ANYTHING,
    "items.*.amount": {"at_most": 6},
}


def test_every_item_of_a_list_must_fit_and_so_must_its_length() -> None:
    assert why(ORDER_BOUNDS, ORDER) is None
    assert why(ORDER_BOUNDS | {"items.*.amount": {"at_most": 5}}, ORDER) == "items.*.amount is more than 5"
    assert why(ORDER_BOUNDS | {"items": {"at_most": 1}}, ORDER) == "the length of items is more than 1"


def test_a_list_may_be_empty_unless_at_least_says_otherwise() -> None:
    empty = {**ORDER, "items": []}
    assert why(ORDER_BOUNDS, empty) is None
    assert why(ORDER_BOUNDS | {"items": {"at_least": 1, "at_most": 2}}, empty) == "the length of items is less than 1"


@pytest.mark.parametrize("path", ORDER_BOUNDS)
def test_a_value_that_the_grant_does_not_mention_does_not_fit(path: str) -> None:
    assert why({name: bound for name, bound in ORDER_BOUNDS.items() if name != path}, ORDER) is not None


@pytest.mark.parametrize("path", ["amount", "to.name", "items.*.price", "to.email.*"])
def test_a_bound_that_meets_no_value_does_not_fit(path: str) -> None:
    assert why(ORDER_BOUNDS | {path: ANYTHING}, ORDER) == f"the argument has no {path}"


def test_an_empty_argument_fits_no_bounds() -> None:
    assert why({"a": ANYTHING}, {}) == "the argument has no a"
    assert why({"a.b": ANYTHING}, {"a": {}}) == "a is an object: its fields are bounded, or it may be anything"


@pytest.mark.parametrize("name", ["a.b", "*", ""])
def test_a_field_whose_name_could_pass_for_a_path_does_not_fit(name: str) -> None:
    bounds = {"a.b": ANYTHING, "x.a.b": ANYTHING, "x.*": ANYTHING}
    assert why(bounds, {name: 1}) == "the argument holds a field that no path can name"
    assert why(bounds, {"x": {name: 1}}) == "x holds a field that no path can name"


def test_an_argument_is_looked_into_only_so_deep() -> None:
    argument: Any = 1
    for _ in range(5000):
        argument = {"a": argument}
    path = ".".join("a" * (DEEPEST + 1))
    assert misfit(read({path: {"at_most": 1}}), argument) == f"the argument is more than {DEEPEST} levels deep"
    assert misfit(read({"a.a": ANYTHING}), argument) is None


JSON_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
    max_leaves=10,
)
BOUNDS = st.sampled_from(
    [{"at_most": 3}, {"at_least": 0, "at_most": 2}, {"one_of": ["x", 1, None]}, {"in_domain": "example.com"}]
)


@settings(deadline=None)
@given(argument=st.dictionaries(st.text(max_size=3), JSON_VALUES, max_size=4))
def test_an_argument_fits_when_all_that_it_has_may_be_anything(argument: dict[str, Any]) -> None:
    plain = {name: value for name, value in argument.items() if name.isprintable() and name.strip(".*") == name != ""}
    plain = {name: value for name, value in plain.items() if "." not in name}
    if plain:
        assert misfit(read({name: ANYTHING for name in plain}), plain) is None
        more = {**plain, "another": 1}
        assert misfit(read({name: ANYTHING for name in plain}), more) == "another has no bound"


@settings(deadline=None)
@given(argument=st.dictionaries(st.text(max_size=3), JSON_VALUES, max_size=4), bound=BOUNDS)
def test_whatever_is_asked_there_is_an_answer(argument: dict[str, Any], bound: dict[str, Any]) -> None:
    found = misfit(read({"a": bound, "a.*": bound}), argument)
    assert found is None or 0 < len(found) <= 500


@settings(deadline=None)
@given(amount=st.decimals(min_value=-100, max_value=100, places=2), most=st.integers(-100, 100))
def test_a_limit_holds_for_a_number_and_for_its_text_alike(amount: Any, most: int) -> None:
    bounds = read({"amount": {"at_most": most}})
    fits = amount <= most
    assert (misfit(bounds, {"amount": str(amount)}) is None) is fits
    assert (misfit(bounds, {"amount": float(amount)}) is None) is fits


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"bounds": {}}, "bounds"),
        ({"bounds": {"a": {}}}, "give one_of"),
        ({"bounds": {"a": {"at_most": None}}}, "give one_of"),
        ({"bounds": {"a": {"anything": False}}}, "anything"),
        ({"bounds": {"a": {"anything": True, "at_most": 5}}}, "stands alone"),
        ({"bounds": {"a": {"matches": "(a+)+$"}}}, "matches"),
        ({"bounds": {"a": {"at_most": "many"}}}, "at_most"),
        ({"bounds": {"a": {"at_most": 1e30}}}, "at_most"),
        ({"bounds": {"a": {"one_of": []}}}, "one_of"),
        ({"bounds": {"a": {"in_domain": "@example.com"}}}, "must be a domain"),
        ({"bounds": {"a": {"in_domain": ".com"}}}, "must be a domain"),
        ({"bounds": {"a..b": ANYTHING}}, "names with dots"),
        ({"bounds": {"a": ANYTHING, "a.b.c": ANYTHING}}, "a.b.c is below a"),
        ({"bounds": {str(number): ANYTHING for number in range(101)}}, "bounds"),
        ({"bounds": {"a": {"one_of": ["x" * 900 for _ in range(30)]}}}, "too large"),
        ({"at_most": 0}, "at_most"),
        ({"at_most": 1001}, "at_most"),
        ({"at_most": "3"}, "at_most"),
        ({"at_most": True}, "at_most"),
        ({"until": "2026-12-01T00:00:00"}, "until"),
        ({"until": "soon"}, "until"),
        ({"until": 1796083200}, "until"),
        ({"bounds": {"a": {"at_most": True}}}, "must be a number"),
        ({"bounds": {"a": {"one_of": "ab"}}}, "one_of"),
        ({"by": " "}, "by"),
        ({"by": "ann\x1b[2J"}, "by"),
        ({"process": "a/b"}, "process"),
        ({"tool": "' OR ''='"}, "tool"),
        ({"forever": True}, "forever"),
    ],
)
def test_a_grant_that_cannot_be_right_is_refused(changed: dict[str, Any], words: str) -> None:
    with pytest.raises(ValidationError, match=words):
        Grant.model_validate(GRANT | changed)


def test_a_grant_survives_json_with_its_digest() -> None:
    grant = Grant.model_validate(
        GRANT | {"bounds": {"amount": {"at_most": 0.1}, "to": {"one_of": ["a", 1, 1.5, True, None]}}}
    )
    again = Grant.model_validate_json(grant.model_dump_json())
    assert again == grant
    assert digest_of(again) == digest_of(grant)
    assert grant.until == datetime(2026, 12, 1, tzinfo=UTC)


@settings(deadline=None)
@given(argument=st.dictionaries(st.text(max_size=3), JSON_VALUES, max_size=4))
def test_the_digest_of_json_is_the_digest_of_what_it_is_read_from(argument: dict[str, Any]) -> None:
    class Holder(RootModel[dict[str, JsonValue]]):
        """Any JSON."""

    text = json.dumps(argument)
    assert json_digest(json.loads(text)) == digest_of(Holder.model_validate_json(text))
