"""The schema on the wire: all that the type says, in what each provider enforces."""

from collections.abc import Mapping
from typing import Any, Literal

import pytest
from pydantic import BaseModel, Field

from activities.llm.schemas import as_object, full_schema, nodes, strict_schema
from contracts.catalogue import OUTPUTS
from tests.activities.llm.kinds import Alias, Closed, Items, Nest, Table, Tree
from tests.activities.llm.zoo import ZOO


class Cat(BaseModel):
    """One choice."""

    title: str = Field(default="", max_length=40, description="its name")
    kind: Literal["cat"] = "cat"


class Dog(BaseModel):
    """Another choice."""

    kind: Literal["dog"]
    friend: "Dog | None" = None


class Home(BaseModel):
    """Every form that a schema may have."""

    pet: Cat | Dog = Field(discriminator="kind")
    mood: Literal["good", 3, None]
    age: int = Field(ge=0, le=30)
    items: list[str] = Field(min_length=1)
    place: tuple[int, str, int]
    quote: str = Field(max_length=30, json_schema_extra={"x-quoted-from": "notes"})
    other: Cat = Field(description="a neighbour of a reference")


STRICT = strict_schema(Home.model_json_schema())
FIELDS: Mapping[str, Any] = STRICT["properties"]


@pytest.mark.parametrize("kind", dict.fromkeys([Home, *ZOO, *(output.value for output in OUTPUTS.values())]))
def test_a_strict_schema_is_closed_and_holds_no_bounds(kind: type[BaseModel]) -> None:
    for node in nodes(strict_schema(kind.model_json_schema())):
        assert not {"title", "default", "maxLength", "minItems", "minimum", "oneOf", "discriminator"} & node.keys()
        if node.get("type") == "object":
            assert node["additionalProperties"] is False
            assert node["required"] == list(node["properties"])
        if "$ref" in node:
            assert node.keys() == {"$ref"}


def test_a_strict_schema_tells_in_words_what_it_cannot_enforce() -> None:
    assert FIELDS["age"]["description"] == "at least 0, at most 30"
    assert FIELDS["items"]["description"] == "at least 1 items"
    assert (
        STRICT["$defs"]["Cat"]["properties"]["title"]["description"] == 'its name; at most 40 characters, "" by default'
    )
    assert STRICT["description"] == "Every form that a schema may have.; other: a neighbour of a reference"


def test_a_list_of_places_becomes_a_list_of_their_types_and_tells_their_order() -> None:
    assert FIELDS["place"]["items"] == {"anyOf": [{"type": "integer"}, {"type": "string"}]}
    order = 'its items in this order: [{"type": "integer"}, {"type": "string"}, {"type": "integer"}]'
    assert FIELDS["place"]["description"] == f"at least 3 items, at most 3 items, {order}"


def test_a_choice_of_values_of_several_types_is_a_choice_for_each_type() -> None:
    kinds = [{"type": "string", "enum": ["good"]}, {"type": "integer", "enum": [3]}, {"type": "null", "enum": [None]}]
    assert FIELDS["mood"] == {"anyOf": kinds}


def test_what_tells_the_choices_of_a_union_apart_comes_first_and_is_never_left_out() -> None:
    cat = STRICT["$defs"]["Cat"]
    assert list(cat["properties"]) == ["kind", "title"]
    assert full_schema(Home.model_json_schema())["$defs"]["Cat"]["required"] == ["kind"]


def test_a_field_may_be_called_like_a_keyword() -> None:
    assert list(strict_schema(Closed.model_json_schema())["properties"]) == list(
        Closed.model_json_schema()["properties"]
    )


def test_a_type_that_is_no_object_travels_in_a_field() -> None:
    assert as_object(Items.model_json_schema())["properties"]["value"]["type"] == "array"
    assert as_object(Nest.model_json_schema())["required"] == ["value"]
    assert "anyOf" in as_object(Nest.model_json_schema())["properties"]["value"]


@pytest.mark.parametrize("kind", [Tree, Alias, Table])
def test_a_type_that_is_one_by_another_name_travels_as_it_is(kind: type[BaseModel]) -> None:
    whole = as_object(kind.model_json_schema())
    assert whole["type"] == "object"
    assert "$ref" not in whole
    assert "value" not in whole.get("properties", {})


def test_a_scratchpad_is_the_first_field_unless_the_type_has_one_of_that_name() -> None:
    for schema in (strict_schema(Home.model_json_schema(), True), strict_schema(Items.model_json_schema(), True)):
        assert next(iter(schema["properties"])) == "reasoning"
        assert schema["required"][0] == "reasoning"
    assert full_schema(Closed.model_json_schema(), True) == full_schema(Closed.model_json_schema())
