"""The schema that the local model is held to: every string and list ends, and so does every type in itself."""

import json
from collections.abc import Mapping
from decimal import Decimal
from itertools import product
from typing import Any

import jsonschema  # type: ignore[import-untyped]
import pytest
from pydantic import BaseModel, Field

from activities.llm.bounded import ENTRIES, as_tool_call, bounded_schema, without_entries
from activities.llm.parsing import parsed
from activities.llm.schemas import nodes, strict_schema, target
from contracts.catalogue import OUTPUTS
from tests.activities.llm.kinds import FOR_ANY_MODEL, Author, Maps, Plus, Table, Times, Tree
from tests.activities.llm.zoo import ZOO


class Note(BaseModel):
    """Bounded and unbounded fields."""

    title: str = Field(max_length=40)
    text: str
    items: list[str] = Field(min_length=1)
    many: list[int] = Field(min_length=10)
    long: str = Field(min_length=500)
    age: int = Field(ge=3, lt=9)
    quote: str = Field(max_length=30, json_schema_extra={"x-quoted-from": "notes"})


def bounded(kind: type[BaseModel], tokens: int = 4_000, notes: str = "") -> dict[str, Any]:
    """Its schema for the local model."""
    return bounded_schema(kind.model_json_schema(), tokens, {"notes": notes})


@pytest.mark.parametrize("kind", ZOO)
def test_every_string_and_list_ends(kind: type[BaseModel]) -> None:
    for node in nodes(bounded(kind, 400)):
        if node.get("type") == "string" and not {"enum", "const", "format"} & node.keys():
            assert node["maxLength"] <= 300
        if node.get("type") == "array":
            assert node["maxItems"] <= 8


def test_a_bound_of_its_own_stays_where_there_is_room() -> None:
    fields: Mapping[str, Any] = bounded(Note)["properties"]
    assert fields["title"]["maxLength"] == 40
    assert (fields["items"]["minItems"], fields["items"]["maxItems"]) == (1, 8)
    assert (fields["many"]["minItems"], fields["many"]["maxItems"]) == (10, 10)
    assert (fields["long"]["minLength"], fields["long"]["maxLength"]) == (500, 500)
    assert (fields["age"]["minimum"], fields["age"]["exclusiveMaximum"]) == (3, 9)


@pytest.mark.parametrize(
    ("output", "tokens"),
    [*product(FOR_ANY_MODEL, [200, 400]), *product(OUTPUTS.values(), [4_000])],
    ids=lambda one: getattr(one, "name", str(one)),
)
def test_the_longest_reply_fits_the_tokens(output: Any, tokens: int) -> None:
    schema = bounded(output.value, tokens)
    assert characters(schema, schema) / 3 <= tokens


class Line(BaseModel):
    """A line of an order."""

    item: str = Field(max_length=20)
    amount: Decimal = Field(gt=0)


class Order(BaseModel):
    """Bounds of its own, small ones, and a long text."""

    lines: list[Line] = Field(min_length=1, max_length=3)
    remarks: list[str] = Field(max_length=12)
    about: str


@pytest.mark.parametrize("tokens", [1, 100, 200, 400, 4_000])
def test_no_bound_is_so_tight_that_a_right_reply_does_not_fit(tokens: int) -> None:
    schema = bounded(Order, tokens)
    fields, line = schema["properties"], schema["$defs"]["Line"]["properties"]
    assert (fields["lines"]["maxItems"], fields["remarks"]["maxItems"]) == (3, 12)
    assert line["item"]["maxLength"] == 20
    assert 60 <= fields["about"]["maxLength"] <= 300


def test_long_texts_give_way_first_and_only_where_that_helps() -> None:
    about = [bounded(Line2, tokens)["properties"]["about"]["maxLength"] for tokens in (70, 80, 120, 400)]
    assert about == [300, 80, 200, 300]  # at 70 tokens not even a short sentence is sure to fit


class Line2(Line):
    """A line with a long text: what a decimal may take as a string is not taken from it."""

    about: str


def characters(node: Any, root: dict[str, Any]) -> int:
    """Characters in the strings of the longest reply, counted without the code under test."""
    if "$ref" in node:
        return characters(root["$defs"][target(node["$ref"])], root)
    inside = sum(characters(child, root) for child in node.get("properties", {}).values())
    items = node["maxItems"] * characters(node["items"], root) if "items" in node else 0
    return int(inside + node.get("maxLength", 0) + items)


def test_what_is_quoted_from_a_source_becomes_a_choice_of_its_sentences() -> None:
    notes = 'Call her. She said "soon"!\nA very long sentence that goes on and on\n二つ目の店。次は三月。'
    choices = bounded(Note, notes=notes)["properties"]["quote"]["enum"]
    assert choices == ["Call her.", 'She said "soon"!', "A very long sentence that", "二つ目の店。", "次は三月。"]
    assert all(choice in notes for choice in choices)
    assert "x-quoted-from" not in json.dumps(strict_schema(Note.model_json_schema()))


def test_without_a_source_a_quote_is_any_string() -> None:
    assert bounded(Note, notes=" ")["properties"]["quote"]["maxLength"] == 30


@pytest.mark.parametrize("kind", ZOO)
def test_no_type_stands_in_itself(kind: type[BaseModel]) -> None:
    schema = bounded(kind)
    for name in schema.get("$defs", {}):
        assert name not in within(name, schema, frozenset())


def within(name: str, schema: dict[str, Any], seen: frozenset[str]) -> frozenset[str]:
    """The types in a type, at any depth."""
    found = {target(node["$ref"]) for node in nodes(schema["$defs"][name]) if "$ref" in node}
    deeper = (within(one, schema, seen | found) for one in found - seen)
    return frozenset(found).union(*deeper)


@pytest.mark.parametrize(
    ("kind", "value"),
    [
        (Tree, {"name": "a", "children": [{"name": "b", "children": [], "best": None}], "best": None}),
        (Plus, {"op": "+", "left": 1, "right": {"op": "-", "of": {"op": "+", "left": 1, "right": 2}}}),
        (Author, {"books": [{"publisher": {"authors": []}}]}),
    ],
)
def test_a_type_in_itself_still_has_its_shallow_values(kind: type[BaseModel], value: Any) -> None:
    jsonschema.Draft202012Validator(bounded(kind)).validate(value)


def test_a_ring_of_types_is_unrolled_for_as_long_as_a_value_needs() -> None:
    class First(BaseModel):
        """Holds the second, which holds the third, which may hold the first."""

        second: "Second"

    class Second(BaseModel):
        """The second."""

        third: "Third"

    class Third(BaseModel):
        """The third."""

        first: First | None

    First.model_rebuild(_types_namespace={"Second": Second, "Third": Third, "First": First})
    jsonschema.Draft202012Validator(bounded(First)).validate({"second": {"third": {"first": None}}})


def test_a_dictionary_is_a_list_of_its_entries_and_becomes_one_again() -> None:
    fields: Mapping[str, Any] = bounded(Maps)["properties"]
    entry = fields["by_day"]["properties"][ENTRIES]["items"]["properties"]
    assert entry["key"] == {"type": "string", "format": "date"}
    assert fields["by_word"]["properties"][ENTRIES]["items"]["properties"]["key"]["enum"] == ["a", "b"]
    value = {"a": [{ENTRIES: [{"key": "x", "value": {ENTRIES: []}}]}], "b": 1}
    assert json.loads(without_entries(value)) == {"a": [{"x": {}}], "b": 1}


def test_a_name_that_stands_twice_in_a_dictionary_is_not_lost() -> None:
    entries = [{"key": "x", "value": [1]}, {"key": "x", "value": [2]}]
    one = parsed(without_entries({ENTRIES: entries}), Table)
    assert one.problems[0] == "x stands twice: say it once"


def test_a_dictionary_at_the_top_leaves_room_to_think() -> None:
    schema = bounded_schema(Table.model_json_schema(), 400, {}, scratchpad=True)
    assert schema["required"] == ["reasoning", ENTRIES]
    entries = [{"key": "x", "value": [1]}]
    assert json.loads(without_entries({"reasoning": "r", ENTRIES: entries})) == {"reasoning": "r", "x": [1]}


def test_codes_are_short_and_dates_are_dates() -> None:
    fields: Mapping[str, Any] = bounded(Times)["properties"]
    assert fields["day"] == {"type": "string", "format": "date"}
    assert fields["mail"] == {"type": "string", "maxLength": 32}


def test_a_tool_call_is_asked_for_as_a_schema() -> None:
    call = as_tool_call(bounded(Tree), "reply")
    assert call["properties"]["tool"] == {"type": "string", "enum": ["reply"]}
    value = {"tool": "reply", "input": {"name": "a", "children": [], "best": None}}
    jsonschema.Draft202012Validator(call).validate(value)
