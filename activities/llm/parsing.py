"""From a reply's text to a value of its contract, or to what is wrong with it, in words that a model can act upon."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import lru_cache
from json import dumps, loads
from typing import Any, Generic, TypeVar

from pydantic import BaseModel, JsonValue, ValidationError
from pydantic_core import ErrorDetails, PydanticSerializationError, from_json

from activities.llm.fields import all_said, strangers
from activities.llm.finding import found, parts, refuse_thoughts
from activities.llm.literals import Unreadable
from activities.llm.repair import Read, read
from activities.llm.xml_form import holds_xml
from activities.llm.xml_values import from_xml

T = TypeVar("T", bound=BaseModel)

WRAPPED = "value"
"""The one field of the object in which a reply travels whose type is no object."""

REASONING = "reasoning"
"""The field that is the private scratchpad, where one was asked for."""


@dataclass(frozen=True)
class Parsed(Generic[T]):
    """A value with what history will have of it, or what is wrong. `thoughts` are the scratchpad, and go no further."""

    value: T | None
    problems: tuple[str, ...] = ()
    wire: JsonValue = None
    repaired: bool = False
    thoughts: str = ""


def without_thinking(text: str) -> str:
    """The reply without its private scratchpad, which stays in the record and goes no further."""
    return parts(text).reply


def parsed(text: str, kind: type[T], *, repair: bool = True, scratchpad: bool = False, xml: bool = False) -> Parsed[T]:
    """The value that a reply holds. A code fence and prose around it are overlooked.

    With `repair` what is nearly JSON is mended; with `scratchpad` a field `reasoning` may stand in it that the type
    does not have. Whatever the text, nothing is raised but by the type's own code.
    """
    cut = parts(text, xml=xml)
    if xml and not (xml := holds_xml(cut.reply)):
        cut = parts(text)
    thoughts = cut.thoughts
    schema = _schema(kind)
    own_scratchpad = scratchpad and REASONING not in schema.get("properties", {})
    try:
        if xml:
            one = _from_xml(cut.reply, schema, own_scratchpad)
        else:
            one = found(cut.reply, any_value=not _is_object(schema))
        if own_scratchpad:
            one, said = _without_reasoning(one, wrapped=not _is_object(schema))
            thoughts = "\n\n".join(part for part in (thoughts, said) if part)
        return replace(_valued(one, kind, repair), thoughts=thoughts)
    except Unreadable as why:
        what = "one <reply> element" if xml else "one JSON object"
        return Parsed(None, (f"the reply is not {what}: {why}",), thoughts=thoughts)


@lru_cache
def _schema(kind: type[BaseModel]) -> Mapping[str, Any]:
    """The type's JSON Schema; where that is a reference, with what it refers to."""
    schema = kind.model_json_schema()
    own = schema.get("$defs", {}).get(schema.get("$ref", "").rpartition("/")[2], {})
    return {**schema, **own}


def _is_object(schema: Mapping[str, Any]) -> bool:
    return schema.get("type") == "object"


def _from_xml(text: str, schema: Mapping[str, Any], scratchpad: bool) -> Read:
    """The reply's element as JSON; a type that is no object stands in an element of its own, as a scratchpad does."""
    whole = schema if _is_object(schema) else {"properties": {WRAPPED: schema}, "$defs": schema.get("$defs", {})}
    if scratchpad:
        whole = {**whole, "properties": {REASONING: {"type": "string"}, **whole.get("properties", {})}}
    json = from_xml(text, whole)
    refuse_thoughts(text[text.lower().rfind("</reply") :])
    return read(json)


def _without_reasoning(one: Read, wrapped: bool) -> tuple[Read, str]:
    """The reply without the field that was asked for as a scratchpad; where it is wrapped, beside what it is."""
    said = dict(one.members or ())
    thought = said.pop(REASONING, "")
    if not thought or (wrapped and said.keys() != {WRAPPED}):
        return one, ""
    rest = tuple(member for member in one.members or () if member[0] != REASONING)
    json = "{" + ",".join(f"{dumps(name)}:{value}" for name, value in rest) + "}"
    return replace(one, json=json, members=rest), loads(thought) if thought.startswith('"') else thought


def _valued(one: Read, kind: type[T], repair: bool) -> Parsed[T]:
    if one.defect and not repair:
        raise Unreadable(one.defect)
    members = dict(one.members or ())
    wrapped = not _is_object(_schema(kind)) and members.keys() == {WRAPPED}
    result = _validated(members[WRAPPED] if wrapped else one.json, kind)
    if wrapped and result.value is None:
        bare = _validated(one.json, kind)  # the type may be a choice of which one has such a field itself
        wrapped, result = (False, bare) if bare.value is not None else (wrapped, result)
    if one.unclosed and result.value is not None and not wrapped and not all_said(result.value, frozenset(members)):
        raise Unreadable("the text breaks off")
    if one.twice:
        return Parsed(None, (*(f"{path} stands twice: say it once" for path in one.twice), *result.problems))
    return replace(result, repaired=result.value is not None and bool(one.defect))


def _validated(json: str, kind: type[T]) -> Parsed[T]:
    """The value, if it has the type, says nothing that the type has no place for, and is the same when read back."""
    try:
        value = kind.model_validate_json(json)
    except ValidationError as error:
        return Parsed(None, tuple(_in_words(one) for one in error.errors(include_url=False, include_context=False)))
    unknown = [f"{path}: there is no such field: leave it out" for path in strangers(value, from_json(json))]
    if unknown:
        return Parsed(None, tuple(unknown))
    recorded = _recorded(value)
    if recorded is None:
        return Parsed(None, ("it holds a value that JSON has not, as NaN or Infinity: write a number",))
    return Parsed(value, wire=from_json(recorded))


def _recorded(value: BaseModel) -> str | None:
    """As history will have it; None where that would be another value."""
    try:
        recorded = value.model_dump_json(by_alias=True, round_trip=True)
        same = type(value).model_validate_json(recorded, by_alias=True, by_name=True) == value
    except (ValidationError, PydanticSerializationError):
        return None
    return recorded if same else None


def _in_words(error: ErrorDetails) -> str:
    if error["type"] == "json_invalid":
        return f"the reply is not one JSON object: {error['msg'].removeprefix('Invalid JSON: ')}"
    where = ".".join(str(part) for part in error["loc"])
    return f"{where}: {error['msg']}" if where else error["msg"]
