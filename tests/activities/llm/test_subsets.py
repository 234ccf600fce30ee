"""Each provider's subset of JSON Schema, as its documentation states it, and whether what is sent keeps to it.

The checkers below are written from the documents, not from the code: OpenAI's guide to structured outputs ("Supported
schemas") and Anthropic's ("JSON Schema limitations", "Schema complexity limits"), both as of autumn 2026.
"""

import json
from collections.abc import Iterator
from typing import Any, Literal

import jsonschema  # type: ignore[import-untyped]
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pydantic import BaseModel, Field, RootModel, create_model

from activities.llm.bounded import bounded_schema
from activities.llm.parsing import WRAPPED
from activities.llm.schemas import full_schema, strict_schema
from activities.llm.subsets import fits_anthropic, fits_openai
from activities.llm.xml_outline import outline
from tests.activities.llm import kinds
from tests.activities.llm.zoo import ZOO

LOOSE = {kinds.Maps, kinds.Anything, kinds.Odd, kinds.Table, kinds.Whatever}
"""Dictionaries, anything, and values that are no plain ones: no strict mode has words for them."""
RECURSIVE = {kinds.Tree, kinds.Plus, kinds.Author, kinds.Pages, kinds.Nest}

VALUES = [(kind, value) for kind, values in ZOO.items() for value in values]
NAMES = [f"{kind.__name__}-{n}" for kind, values in ZOO.items() for n in range(len(values))]


def test_the_types_that_go_out_loosely_are_those_that_cannot_do_otherwise() -> None:
    assert {kind for kind in ZOO if not fits_openai(kind.model_json_schema())} == LOOSE
    assert {kind for kind in ZOO if not fits_anthropic(kind.model_json_schema())} == LOOSE | RECURSIVE


@pytest.mark.parametrize("kind", ZOO)
@pytest.mark.parametrize("scratchpad", [False, True])
def test_what_strict_modes_get_is_in_their_documented_subsets(kind: type[BaseModel], scratchpad: bool) -> None:
    schema = kind.model_json_schema()
    strict = strict_schema(schema, scratchpad)
    if fits_openai(schema):
        assert list(against_openai(strict, strict)) == []
    if fits_anthropic(schema):
        assert list(against_anthropic(strict, strict)) == []


@pytest.mark.parametrize(("kind", "value"), VALUES, ids=NAMES)
def test_every_value_of_a_type_is_valid_under_what_is_sent(kind: type[BaseModel], value: Any) -> None:
    schema = kind.model_json_schema()
    on_the_wire = travelling(kind, value)
    jsonschema.Draft202012Validator(full_schema(schema)).validate(on_the_wire)
    if fits_openai(schema) and kind is not kinds.Open:  # a strict mode takes no fields that it does not know
        jsonschema.Draft202012Validator(strict_schema(schema)).validate(on_the_wire)


def travelling(kind: type[BaseModel], value: Any) -> Any:
    """A value as a model would send it: whole, and in a field where it is no object."""
    json_value = json.loads(kind.model_validate(value).model_dump_json(by_alias=True, round_trip=True))
    wrapped = full_schema(kind.model_json_schema()).get("properties", {}).keys() == {WRAPPED}
    return {WRAPPED: json_value} if wrapped and WRAPPED not in kind.model_fields else json_value


def test_every_full_schema_is_a_json_schema_with_an_object_at_its_top() -> None:
    for kind in ZOO:
        schema = full_schema(kind.model_json_schema(), scratchpad=True)
        jsonschema.Draft202012Validator.check_schema(schema)
        assert schema["type"] == "object"


def test_what_is_too_large_for_a_strict_mode_is_not_promised_to_be_in_force() -> None:
    many = {"type": "object", "properties": {"one": {"enum": [f"v{n}" for n in range(1_001)]}}, "required": ["one"]}
    assert not fits_openai(many)
    long = create_model("Long", **{f"{'x' * 500}{n}": (int, ...) for n in range(250)})  # type: ignore[call-overload]
    assert not fits_openai(long.model_json_schema())
    deep: type[BaseModel] = kinds.Cat
    for n in range(10):
        deep = create_model(f"Deep{n}", inner=(deep, ...))
    assert not fits_openai(deep.model_json_schema())
    forks = create_model("Forks", **{f"f{n}": (int | str, ...) for n in range(17)})  # type: ignore[call-overload]
    assert fits_openai(forks.model_json_schema())
    assert not fits_anthropic(forks.model_json_schema())


def test_a_schema_with_many_ways_through_it_is_measured_at_once() -> None:
    layer: type[BaseModel] = kinds.Cat
    for n in range(60):
        layer = create_model(f"Layer{n}", left=(layer, ...), right=(layer, ...))
    assert not fits_openai(layer.model_json_schema())
    assert fits_anthropic(layer.model_json_schema())


SCALARS = st.sampled_from(
    [int, str, float, bool, None, Literal["a", 2], kinds.Colour, kinds.Cat, kinds.Dog, kinds.Tree]
)
TYPES = st.recursive(
    SCALARS,
    lambda inner: st.one_of(
        inner.map(lambda one: list[one]),  # type: ignore[valid-type]
        inner.map(lambda one: dict[str, one]),  # type: ignore[valid-type]
        st.tuples(inner, inner).map(lambda two: tuple[two[0], two[1]]),  # type: ignore[valid-type]
        st.tuples(inner, inner).map(lambda two: two[0] | two[1] if two != (None, None) else two[0]),
        st.lists(inner, min_size=1, max_size=3).map(lambda kinds: made(kinds)),
    ),
    max_leaves=6,
)


def made(kinds: list[Any]) -> type[BaseModel]:
    """A model with fields of these types, every second one with a description."""
    fields = {f"f{n}": (kind, Field(description="d" if n % 2 else None)) for n, kind in enumerate(kinds)}
    return create_model("Made", **fields)  # type: ignore[call-overload, no-any-return]


@given(TYPES)
@settings(suppress_health_check=[HealthCheck.too_slow], deadline=None, max_examples=60)
def test_whatever_is_composed_of_types_keeps_to_the_subsets(kind: Any) -> None:
    schema = RootModel[kind].model_json_schema()
    strict = strict_schema(schema)
    if fits_openai(schema):
        assert list(against_openai(strict, strict)) == []
    if fits_anthropic(schema):
        assert list(against_anthropic(strict, strict)) == []
    for one in (full_schema(schema), bounded_schema(schema, 400, {})):
        jsonschema.Draft202012Validator.check_schema(one)
    assert outline(full_schema(schema)) is not None


# What the documents say.

OPENAI_TYPES = {"string", "number", "boolean", "integer", "object", "array", "null"}
OPENAI_KEYWORDS = {
    *("type", "properties", "required", "additionalProperties", "items", "anyOf", "enum", "const", "description"),
    *("$ref", "$defs", "pattern", "format", "multipleOf", "maximum", "exclusiveMaximum", "minimum", "exclusiveMinimum"),
    *("minItems", "maxItems"),
}


def against_openai(node: Any, root: Any) -> Iterator[str]:
    """What is wrong with a schema by OpenAI's guide."""
    if node is root and (node.get("type") != "object" or "anyOf" in node):
        yield "Root objects must not be anyOf and must be an object"
    if unknown := node.keys() - OPENAI_KEYWORDS:
        yield f"{unknown} is not permitted"
    if "$ref" in node:
        if len(node) > 1 or (node["$ref"] != "#" and node["$ref"].split("/")[-1] not in root["$defs"]):
            yield f"$ref cannot have keywords, and refers to a definition: {node}"
        return
    if "anyOf" not in node and node.get("type") not in OPENAI_TYPES:
        yield f"schema must have a type: {node}"
    if node.get("type") == "object" and node.get("additionalProperties") is not False:
        yield "additionalProperties: false must always be set in objects"
    if node.get("type") == "object" and set(node["required"]) != set(node["properties"]):
        yield "All fields must be required"
    if node.get("type") == "array" and "items" not in node:
        yield "array schema missing items"
    for one in (*node.get("properties", {}).values(), *node.get("$defs", {}).values(), *node.get("anyOf", ())):
        yield from against_openai(one, root)
    if "items" in node:
        yield from against_openai(node["items"], root)


ANTHROPIC_KEYWORDS = {
    *("type", "properties", "required", "additionalProperties", "items", "anyOf", "allOf", "enum", "const", "default"),
    *("$ref", "$defs", "definitions", "description", "title", "format", "pattern", "minItems"),
}


def against_anthropic(node: Any, root: Any, path: tuple[str, ...] = ()) -> Iterator[str]:
    """What is wrong with a schema by Anthropic's documentation."""
    if unknown := node.keys() - ANTHROPIC_KEYWORDS:
        yield f"{unknown} is not supported"
    if node.get("minItems", 0) not in (0, 1):
        yield "minItems: only 0 and 1"
    if any(isinstance(one, list | dict) for one in node.get("enum", ())):
        yield "no complex types within enums"
    if node.get("type") == "object" and node.get("additionalProperties") is not False:
        yield "additionalProperties must be false"
    if "$ref" in node:
        name = node["$ref"].removeprefix("#/$defs/")
        if name in path:
            yield f"Circular reference detected in schema definitions: {name}"
        else:
            yield from against_anthropic(root["$defs"][name], root, (*path, name)) if len(path) < 8 else ()
    if node is root:
        unions = json.dumps(root).count('"anyOf":')
        if unions > 16:
            yield f"{unions} parameters with union types: 16 at most"
    for one in (*node.get("properties", {}).values(), *node.get("anyOf", ())):
        yield from against_anthropic(one, root, path)
    if "items" in node:
        yield from against_anthropic(node["items"], root, path)
