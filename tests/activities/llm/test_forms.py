"""What is said of the form of a reply, on each rung, and what is not."""

import json
import re
from typing import Any

import pytest
from pydantic import BaseModel

from activities.llm.fitting import LOCAL, tokens_at_most
from activities.llm.forms import messages_for, plain_text_for
from activities.llm.parsing import parsed
from activities.llm.prompts import load_prompt
from activities.llm.schemas import full_schema
from activities.llm.xml_outline import outline
from contracts.llm import RUNGS, Message, Rung
from contracts.sales_follow_up import BUYER_SIGNALS
from tests.activities.llm.kinds import FOR_ANY_MODEL, Closed, Defaults, Items, Lists, Maps, Tree, Unions
from tests.activities.llm.zoo import ZOO

CHAT = load_prompt("sales_follow_up/summarise_signals").filled({"notes": "She pays."})
SCHEMA = BUYER_SIGNALS.value.model_json_schema()


def said(rung: Rung, scratchpad: bool = False, kind: type[BaseModel] = BUYER_SIGNALS.value) -> str:
    """What the form adds to the last turn."""
    *before, last = messages_for(rung, CHAT, kind.model_json_schema(), scratchpad)
    assert tuple(before) == CHAT[:-1]  # what providers' caches hold
    assert last.content.startswith(CHAT[-1].content)
    return last.content.removeprefix(CHAT[-1].content)


def test_only_the_end_of_the_last_turn_tells_one_rung_from_another() -> None:
    ends = {said(rung, scratchpad) for rung in RUNGS for scratchpad in (False, True)}
    assert len(ends) == len(RUNGS) * 2 - 2  # a re-ask is asked for as the first time


def test_what_a_provider_enforces_is_not_said_again() -> None:
    assert said(Rung.NATIVE) == said(Rung.REASK) == ""
    assert "calling the tool `reply` once" in said(Rung.TOOL)


def test_the_schema_stands_in_the_prompt_whole_and_compact() -> None:
    text = said(Rung.SCHEMA)
    assert json.dumps(full_schema(SCHEMA), separators=(",", ":")) in text
    assert "no code fence" in text


def test_xml_is_outlined() -> None:
    text = said(Rung.XML)
    assert "XML instead of JSON" in text
    assert (
        "<quote>[text; copied letter by letter from the notes; at least 3 characters, at most 160 characters]" in text
    )


@pytest.mark.parametrize("rung", [Rung.SCHEMA, Rung.XML])
def test_in_a_text_the_model_thinks_between_tags(rung: Rung) -> None:
    assert "between <thinking> and </thinking>" in said(rung, scratchpad=True)
    assert "nothing before or after" in said(rung)
    assert "nothing after" in said(rung, scratchpad=True)


@pytest.mark.parametrize("rung", [Rung.NATIVE, Rung.TOOL, Rung.REASK])
def test_in_a_structure_it_thinks_in_a_field_unless_the_type_has_one_of_that_name(rung: Rung) -> None:
    assert "Fill in the field `reasoning` first" in said(rung, scratchpad=True)
    assert "`reasoning`" not in said(rung, scratchpad=True, kind=Closed)


def test_the_turns_of_a_re_ask_stand_before_the_form() -> None:
    again = (*CHAT, Message(role="assistant", content="no"), Message(role="user", content="That cannot be used."))
    *before, last = messages_for(Rung.XML, again, SCHEMA, False)
    assert tuple(before) == again[:-1]
    assert last.content.startswith("That cannot be used.\n\nThis time")


@pytest.mark.parametrize("rung", RUNGS)
def test_a_model_that_takes_no_form_gets_the_one_of_a_text(rung: Rung) -> None:
    for scratchpad in (False, True):
        plain = plain_text_for(rung, messages_for(rung, CHAT, SCHEMA, scratchpad), SCHEMA, scratchpad)
        assert plain == messages_for(Rung.XML if rung is Rung.XML else Rung.SCHEMA, CHAT, SCHEMA, scratchpad)


@pytest.mark.parametrize("output", FOR_ANY_MODEL, ids=lambda output: output.name)
@pytest.mark.parametrize("rung", RUNGS)
def test_no_form_takes_the_local_models_whole_window(output: Any, rung: Rung) -> None:
    text = messages_for(rung, CHAT[-1:], output.value.model_json_schema(), True)[-1].content
    assert tokens_at_most(text) < (LOCAL.total - LOCAL.reply) // 2


@pytest.mark.parametrize("kind", [kind for kind in ZOO if kind not in (Defaults, Closed)])
def test_every_type_has_an_outline_that_ends(kind: type[BaseModel]) -> None:
    lines = (outline(full_schema(kind.model_json_schema())) or "").splitlines()
    assert lines[0].startswith("<reply>")
    assert lines[-1].endswith("</reply>")
    assert len(lines) < 100
    opened = re.findall(r"<([a-z_]+)>", "".join(line for line in lines if "<!--" not in line))
    assert sorted(opened) == sorted(re.findall(r"</([a-z_]+)>", "".join(lines)))


@pytest.mark.parametrize("kind", [Defaults, Closed])
def test_names_that_no_element_can_have_are_asked_for_in_json(kind: type[BaseModel]) -> None:
    assert outline(full_schema(kind.model_json_schema())) is None
    assert "JSON Schema" in said(Rung.XML, kind=kind)


FILLED: list[tuple[type[BaseModel], str, Any]] = [
    (
        Tree,
        "<name>a</name><children><item><name>b</name></item></children>",
        {"name": "a", "children": [{"name": "b"}]},
    ),
    (Items, "<value><item><lives>9</lives><kind>cat</kind></item></value>", [{"lives": 9}]),
    (
        Unions,
        "<told_apart><lives>9</lives><kind>cat</kind></told_apart><plain><barks>true</barks><kind>dog</kind></plain>"
        "<nested>null</nested><either>5</either>",
        {
            "told_apart": {"lives": 9, "kind": "cat"},
            "plain": {"barks": True, "kind": "dog"},
            "nested": None,
            "either": 5,
        },
    ),
    (
        Lists,
        "<pair><item>1</item><item>a</item></pair><same><item>1</item><item>2</item></same><many><item>1</item></many>"
        "<none></none><place><item>1</item><item>y</item></place><unique></unique><frozen></frozen>"
        "<nested><item><item>1</item></item></nested>",
        {
            **{"pair": [1, "a"], "same": [1, 2], "many": [1], "none": [], "place": [1, "y"]},
            **{"unique": [], "frozen": [], "nested": [[1]]},
        },
    ),
    (
        Maps,
        "<counts><entry><key>a b</key><value>1</value></entry></counts><by_colour></by_colour><by_word></by_word>"
        "<by_code></by_code><bare></bare>",
        {"counts": {"a b": 1}, "by_colour": {}, "by_word": {}, "by_code": {}, "bare": {}},
    ),
]


@pytest.mark.parametrize(("kind", "elements", "value"), FILLED, ids=[kind.__name__ for kind, _, _ in FILLED])
def test_an_outline_that_is_filled_in_as_asked_can_be_read(kind: type[BaseModel], elements: str, value: Any) -> None:
    reply = parsed(f"<reply>{elements}</reply>", kind, xml=True)
    assert reply.problems == ()
    assert reply.value == kind.model_validate(value)
