"""A reply's members beside the fields of its type: what pydantic would overlook in silence is told to the model."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import fields as dataclass_fields
from dataclasses import is_dataclass
from typing import Any

from pydantic import AliasChoices, AliasPath, BaseModel, RootModel
from pydantic.fields import FieldInfo

Names = Mapping[str, frozenset[str]]
"""Each field's name with the names that it may have in JSON."""


def strangers(value: Any, raw: Any, path: tuple[str, ...] = ()) -> Iterator[str]:
    """Where the JSON `raw`, from which `value` was made, has a member that is no field of its type; at any depth.

    A type that allows extras (`extra="allow"`) keeps them, so that there they are no strangers.
    """
    if isinstance(value, RootModel):
        yield from strangers(value.root, raw, path)
    elif isinstance(raw, dict):
        pairs = _mapping_pairs(value, raw) if isinstance(value, Mapping) else _field_pairs(value, raw)
        for name, inner in pairs:
            if inner is _STRANGE:
                yield ".".join((*path, name))
            else:
                yield from strangers(inner, raw[name], (*path, name))
    elif isinstance(raw, list) and isinstance(value, Sequence) and len(raw) == len(value):
        for index, (inner, raw_inner) in enumerate(zip(value, raw, strict=True)):
            yield from strangers(inner, raw_inner, (*path, str(index)))


def all_said(value: BaseModel, members: frozenset[str]) -> bool:
    """Whether an object that holds these members can hold no other one."""
    inner = value.root if isinstance(value, RootModel) else value
    names = _names(inner)
    return names is not None and not _takes_extras(inner) and all(names[one] & members for one in names)


_STRANGE = object()


def _mapping_pairs(value: Mapping[Any, Any], raw: dict[str, Any]) -> Iterator[tuple[str, Any]]:
    if all(name in value for name in raw):
        return ((name, value[name]) for name in raw)
    if len(value) == len(raw):  # its keys have become dates, numbers, ...
        return zip(raw, value.values(), strict=True)
    return ((name, value.get(name, _STRANGE)) for name in raw)  # a TypedDict leaves them out


def _field_pairs(value: Any, raw: dict[str, Any]) -> Iterator[tuple[str, Any]]:
    names = _names(value)
    if names is None:
        return
    fields = {spelt: name for name, spellings in names.items() for spelt in spellings}
    for name in raw:
        if name in fields:
            yield name, getattr(value, fields[name])
        elif not _takes_extras(value):
            yield name, _STRANGE


def _names(value: Any) -> Names | None:
    """None where the value has no fields: it was made from the object by the type's own code."""
    fields: Mapping[str, FieldInfo] | None = getattr(type(value), "__pydantic_fields__", None)
    if fields is not None:
        by_name = any(_config(value).get(key) for key in ("populate_by_name", "validate_by_name"))
        return {name: _spellings(name, info, by_name) for name, info in fields.items()}
    if is_dataclass(value):
        return {one.name: frozenset({one.name}) for one in dataclass_fields(value)}
    return None


def _spellings(name: str, info: FieldInfo, by_name: bool) -> frozenset[str]:
    alias = info.validation_alias
    choices = alias.choices if isinstance(alias, AliasChoices) else [alias or name]
    own = [name] if by_name else []
    return frozenset([*own, *(str(one.path[0]) if isinstance(one, AliasPath) else one for one in choices)])


def _takes_extras(value: Any) -> bool:
    return bool(_config(value).get("extra") == "allow")


def _config(value: Any) -> Mapping[str, Any]:
    kind = type(value)
    return getattr(kind, "model_config", None) or getattr(kind, "__pydantic_config__", None) or {}
