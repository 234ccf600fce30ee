"""JSON without what it need not say: a turn's calls stand in history thousands of times."""

from collections.abc import Callable
from functools import cache
from typing import Any, TypeVar, cast

from pydantic import BaseModel, model_serializer

M = TypeVar("M", bound=BaseModel)


def lean(value: M) -> M:
    """The same value; its JSON leaves out the fields that are as by default, in the models within it too."""
    kind: type[M] = _lean(type(value))
    return kind.model_construct(value.model_fields_set, **dict(value))


@cache
def _lean(kind: type[M]) -> type[M]:
    def bare(self: BaseModel, dump: Callable[[Any], dict[str, Any]]) -> dict[str, Any]:
        return _without_defaults(self, dump(self))

    body = {"__module__": kind.__module__, "_bare": model_serializer(mode="wrap")(bare)}
    return cast("type[M]", type(kind.__name__, (kind,), body))


def _without_defaults(value: BaseModel, dumped: dict[str, Any]) -> dict[str, Any]:
    fields = type(value).model_fields
    return {
        name: _inner(getattr(value, name), one)
        for name, one in dumped.items()
        if name not in fields or getattr(value, name) != fields[name].get_default(call_default_factory=True)
    }


def _inner(value: Any, dumped: Any) -> Any:
    if isinstance(value, BaseModel) and isinstance(dumped, dict):
        return _without_defaults(value, dumped)
    if isinstance(value, tuple) and isinstance(dumped, list):
        return [_inner(one, it) for one, it in zip(value, dumped, strict=True)]
    return dumped
