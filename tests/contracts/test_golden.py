"""Yesterday's JSON loads today, and today writes it as yesterday did.

A golden payload is never edited. A type that grows a field gets another one beside it, `TYPE.WHY.json`.
"""

import importlib
import inspect
import json
import pkgutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any, get_type_hints

import pytest
from pydantic import BaseModel, TypeAdapter, ValidationError

import contracts
from contracts.processes import ProcessInput

GOLDEN = Path(__file__).with_name("golden")
NEVER_SENT = {ProcessInput}
"""Bases; what crosses the wire are their subclasses."""


def _classes() -> Iterator[type]:
    for info in pkgutil.walk_packages(contracts.__path__, "contracts."):
        module = importlib.import_module(info.name)
        yield from (it for it in vars(module).values() if inspect.isclass(it) and it.__module__ == module.__name__)


def _port_types() -> Iterator[type]:
    """What activities take and give, `Act[Email]` and `Receipt[SentMail]` among them."""
    for cls in _classes():
        for _, method in inspect.getmembers(cls, inspect.isfunction):
            if hasattr(method, "__temporal_activity_definition"):
                yield from (hint for hint in get_type_hints(method).values() if hint is not type(None))


def _models() -> Iterator[type]:
    for cls in _classes():
        is_template = issubclass(cls, BaseModel) and cls.__pydantic_generic_metadata__["parameters"]
        if issubclass(cls, BaseModel) and not is_template and not cls.__name__.startswith("_"):
            yield cls


def _stem(kind: type) -> str:
    return kind.__name__.replace("[", "-").rstrip("]")


WIRE = {_stem(kind): kind for kind in (*_models(), *_port_types()) if kind not in NEVER_SENT}
PAYLOADS = sorted(GOLDEN.glob("*.json"))


def _kind(path: Path) -> Any:
    return WIRE[path.name.partition(".")[0]]


def _open_to_more(kind: Any) -> bool:
    return inspect.isclass(kind) and issubclass(kind, BaseModel) and kind.model_config.get("extra") != "forbid"


def test_the_walk_finds_activities_and_their_types() -> None:
    assert {"Ask", "Answer", "Act-Email", "Receipt-SentMail", "FollowUpRequest", "OpenGate", "datetime"} <= set(WIRE)


def test_no_two_types_share_a_name() -> None:
    names = [_stem(kind) for kind in {*_models(), *_port_types()}]
    assert sorted(names) == sorted(set(names))


@pytest.mark.parametrize("stem", WIRE)
def test_every_wire_type_has_a_golden_payload_with_all_its_fields(stem: str) -> None:
    kind = WIRE[stem]
    paths = [path for path in PAYLOADS if path.name.partition(".")[0] == stem]
    assert paths, f"write {stem}.json into tests/contracts/golden"
    if issubclass(kind, BaseModel):
        fields = [set(json.loads(path.read_bytes())) for path in paths]
        assert set(kind.model_fields) in fields, f"{stem} has grown: add a golden payload beside the old ones"


def test_every_golden_payload_is_of_a_wire_type() -> None:
    assert [path.name for path in PAYLOADS if path.name.partition(".")[0] not in WIRE] == []


@pytest.mark.parametrize("path", PAYLOADS, ids=lambda path: path.stem)
def test_yesterdays_json_loads_and_is_written_as_it_was(path: Path) -> None:
    adapter = TypeAdapter(_kind(path))
    value = adapter.validate_json(path.read_bytes())
    # What yesterday did not know is not in its JSON, so only what was set is compared.
    assert json.loads(adapter.dump_json(value, exclude_unset=True)) == json.loads(path.read_bytes())
    assert adapter.validate_json(adapter.dump_json(value)) == value


@pytest.mark.parametrize("path", [path for path in PAYLOADS if _open_to_more(_kind(path))], ids=lambda path: path.stem)
def test_a_field_of_tomorrow_is_ignored_where_history_is_read_back(path: Path) -> None:
    adapter = TypeAdapter(_kind(path))
    known = json.loads(path.read_bytes())
    assert adapter.validate_python({**known, "tomorrow": 1}) == adapter.validate_python(known)


@pytest.mark.parametrize(
    "path",
    [path for path in PAYLOADS if not _open_to_more(_kind(path)) and path.stem not in {"datetime", "str"}],
    ids=lambda path: path.stem,
)
def test_an_unknown_field_is_refused_where_people_write(path: Path) -> None:
    with pytest.raises(ValidationError, match="tomorrow"):
        TypeAdapter(_kind(path)).validate_python({**json.loads(path.read_bytes()), "tomorrow": 1})


def test_only_what_people_write_refuses_unknown_fields() -> None:
    closed = {stem for stem, kind in WIRE.items() if issubclass(kind, BaseModel) and not _open_to_more(kind)}
    inputs = {stem for stem, kind in WIRE.items() if issubclass(kind, ProcessInput)}
    messages = {"Approve", "Reject", "AnswerGate", "Abstain", "Retract", "Signature", "Stop"}
    assert closed == {
        *messages,
        "Email",
        "Budget",
        "Bound",
        "Grant",
        "Stage",
        "Escalation",
        "Inquiry",
        "Plan-Inquiry",
        "ResearchPlan",
        *inputs,
    }


@pytest.mark.parametrize("stem", WIRE)
def test_a_value_that_crossed_the_wire_is_not_changed_any_more(stem: str) -> None:
    kind = WIRE[stem]
    assert not issubclass(kind, BaseModel) or kind.model_config.get("frozen")
