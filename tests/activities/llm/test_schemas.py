"""The schema on the wire: what each provider enforces, and what it would choke on."""

import json
from collections.abc import Iterator
from typing import Any, Literal

import pytest
from pydantic import BaseModel, Field

from activities.llm.schemas import bounded_schema, strict_schema
from contracts.catalogue import OUTPUTS


class Cat(BaseModel):
    """One choice."""

    kind: Literal["cat"]
    title: str = Field(default="", max_length=40, description="its name")


class Dog(BaseModel):
    """Another choice."""

    kind: Literal["dog"]
    friend: "Dog | None" = None


class Zoo(BaseModel):
    """Every form that a schema may have."""

    pet: Cat | Dog = Field(discriminator="kind")
    mood: Literal["good", "bad"]
    age: int = Field(ge=0, le=30)
    items: list[str] = Field(min_length=1)
    quote: str = Field(max_length=30, json_schema_extra={"x-quoted-from": "notes"})
    other: Cat = Field(description="a neighbour of a reference")


def nodes(schema: Any) -> Iterator[dict[str, Any]]:
    """Every schema inside a schema, itself included."""
    yield schema
    for name in ("$defs", "properties"):
        for child in schema.get(name, {}).values():
            yield from nodes(child)
    for child in (*schema.get("anyOf", ()), *([schema["items"]] if "items" in schema else ())):
        yield from nodes(child)


@pytest.mark.parametrize("kind", [Zoo, *(output.value for output in OUTPUTS.values())])
def test_a_strict_schema_is_closed_and_holds_no_bounds(kind: type[BaseModel]) -> None:
    schema = strict_schema(kind.model_json_schema())
    for node in nodes(schema):
        assert not {"title", "default", "maxLength", "minItems", "minimum", "oneOf", "discriminator"} & node.keys()
        if node.get("type") == "object":
            assert node["additionalProperties"] is False
            assert node["required"] == list(node["properties"])
        if "$ref" in node:
            assert node.keys() <= {"$ref", "$defs"}


def test_a_strict_schema_tells_the_bounds_in_words() -> None:
    schema = strict_schema(Zoo.model_json_schema())
    assert schema["properties"]["age"]["description"] == "at least 0, at most 30"
    assert schema["$defs"]["Cat"]["properties"]["title"]["description"] == "its name; at most 40 characters"
    assert schema["properties"]["items"]["description"] == "at least 1 items"


def test_a_field_may_be_called_like_a_keyword() -> None:
    assert set(strict_schema(Zoo.model_json_schema())["$defs"]["Cat"]["properties"]) == {"kind", "title"}


def test_a_bounded_schema_bounds_every_string_and_list() -> None:
    for node in nodes(bounded_schema(Zoo.model_json_schema(), 400, {})):
        if node.get("type") == "string" and not {"enum", "const"} & node.keys():
            assert node["maxLength"] <= 300
        if node.get("type") == "array":
            assert node["maxItems"] == 8


@pytest.mark.parametrize("output", OUTPUTS.values(), ids=lambda output: output.name)
@pytest.mark.parametrize("tokens", [100, 400, 4_000])
def test_the_longest_reply_fits_the_tokens(output: Any, tokens: int) -> None:
    schema = bounded_schema(output.value.model_json_schema(), tokens, {})
    assert characters(schema, schema) / 3 + 40 <= tokens + 40


def characters(node: dict[str, Any], root: dict[str, Any]) -> int:
    """Characters of the longest reply, counted without the code under test."""
    if "$ref" in node:
        return characters(root["$defs"][node["$ref"].rpartition("/")[2]], root)
    inside = sum(characters(child, root) for child in node.get("properties", {}).values())
    items = node["maxItems"] * characters(node["items"], root) if "items" in node else 0
    return int(inside + node.get("maxLength", 0) + items)


def test_what_is_quoted_from_a_source_becomes_a_choice_of_its_sentences() -> None:
    notes = 'Call her. She said "soon"!\nA very long sentence that goes on and on\n二つ目の店。次は三月。'
    schema = bounded_schema(Zoo.model_json_schema(), 400, {"notes": notes})
    choices = schema["properties"]["quote"]["enum"]
    assert choices == ["Call her.", 'She said "soon"!', "A very long sentence that", "二つ目の店。", "次は三月。"]
    assert all(choice in notes for choice in choices)
    assert "x-quoted-from" not in json.dumps(strict_schema(Zoo.model_json_schema()))


def test_without_a_source_a_quote_is_any_string() -> None:
    assert bounded_schema(Zoo.model_json_schema(), 4_000, {"notes": " "})["properties"]["quote"]["maxLength"] == 30
