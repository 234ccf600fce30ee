"""Bounds: what the arguments of an action may be that is approved in advance. Data, and pure code that reads it.

There are no regular expressions among them: a person who writes one by hand says more than they mean, and one that is
written badly takes a worker's core for hours.
"""

from collections.abc import Mapping
from decimal import Decimal
from string import ascii_letters, digits
from typing import Annotated, Any, Literal

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    JsonValue,
    StringConstraints,
    model_validator,
)

DEEPEST = 20
"""Levels of an argument that bounds look into."""

ITEMS = "*"
"""The part of a path that stands for each item of a list."""

_LOCAL_PART = frozenset(ascii_letters + digits + "._+-'")
_DOMAIN = frozenset(ascii_letters + digits + ".-")


def _path(path: str) -> str:
    if not path.isprintable() or not all(path.split(".")):
        raise ValueError("must be names with dots between, like to.email or items.*.amount")
    return path


def _domain(name: str) -> str:
    if set(name) - _DOMAIN or name[0] in ".-" or name[-1] in ".-" or ".." in name:
        raise ValueError("must be a domain, like example.com")
    return name.lower()


def _no_truth(value: Any) -> Any:
    if isinstance(value, bool):
        raise ValueError("must be a number")
    return value


Path = Annotated[str, StringConstraints(min_length=1, max_length=200), AfterValidator(_path)]
Domain = Annotated[str, StringConstraints(min_length=1, max_length=253), AfterValidator(_domain)]
Number = Annotated[
    Decimal,
    BeforeValidator(_no_truth),
    Field(strict=False, ge=-(10**15), le=10**15, max_digits=30, allow_inf_nan=False),
]
"""Exact; JSON may hold it as a number or as text."""
Plain = Annotated[str, StringConstraints(max_length=1000)] | bool | int | Annotated[float, Field(allow_inf_nan=False)]


class Bound(BaseModel):
    """What one value may be: all that is given here holds. `anything` stands alone, and covers what is below it."""

    model_config = ConfigDict(frozen=True, strict=True, extra="forbid")

    anything: Literal[True] | None = None
    one_of: Annotated[tuple[Plain | None, ...], Field(strict=False, min_length=1, max_length=200)] | None = None
    in_domain: Domain | None = None
    """The value is one plain mail address of exactly this domain."""
    at_most: Number | None = None
    """Of a number, or of the length of a list. A decimal that JSON holds as text is a number, too."""
    at_least: Number | None = None

    @model_validator(mode="after")
    def _says_something(self) -> "Bound":
        given = self.model_fields_set - {name for name in self.model_fields_set if getattr(self, name) is None}
        if not given:
            raise ValueError('give one_of, in_domain, at_most, at_least, or "anything": true')
        if self.anything and len(given) > 1:
            raise ValueError('"anything": true stands alone')
        return self


def _no_bound_is_moot(bounds: dict[str, Bound]) -> dict[str, Bound]:
    for path in bounds:
        parts = path.split(".")
        for above in (".".join(parts[:length]) for length in range(1, len(parts))):
            if above in bounds and bounds[above].anything:
                raise ValueError(f'{path} is below {above}, which may be "anything"')
    return bounds


Bounds = Annotated[dict[Path, Bound], Field(min_length=1, max_length=100), AfterValidator(_no_bound_is_moot)]
"""By the path of a value in the argument's JSON: names with dots between, `*` for each item of a list."""


class _Misfit(Exception):
    """Where an argument goes beyond its bounds; never with the value, which may be private."""


def misfit(bounds: Mapping[str, Bound], argument: dict[str, JsonValue]) -> str | None:
    """Why an argument is out of bounds; None where it is within.

    It fails closed: each value of the argument must be bounded, each bound must meet a value (or be one of the items
    of a list that is empty), and a list must be bounded in its length as well as in its items.
    """
    met: set[str] = set()
    try:
        for name, value in argument.items():
            _check(bounds, _below("", name), value, met)
    except _Misfit as problem:
        return str(problem)[:500]
    missing = next((path for path in bounds if path not in met), None)
    return f"the argument has no {missing}" if missing else None


def _check(bounds: Mapping[str, Bound], path: str, value: JsonValue, met: set[str]) -> None:
    bound = bounds.get(path)
    if bound:
        met.add(path)
        if bound.anything:
            return
    match value:
        case dict() if not bound and value:
            for name, inner in value.items():
                _check(bounds, _below(path, name), inner, met)
        case list():
            _check_length(path, bound, len(value))
            items = f"{path}.{ITEMS}"
            if not value:  # how few items there may be is for at_least to say
                met.update(other for other in bounds if other == items or other.startswith(f"{items}."))
            for inner in value:
                _check(bounds, items, inner, met)
        case dict():
            raise _Misfit(f"{path} is an object: its fields are bounded, or it may be anything")
        case _ if not bound:
            raise _Misfit(f"{path} has no bound")
        case _:
            _check_value(path, bound, value)


def _below(path: str, name: str) -> str:
    # Such a name would pass for another path.
    if not name or "." in name or name == ITEMS:
        raise _Misfit(f"{path or 'the argument'} holds a field that no path can name")
    deeper = f"{path}.{name}" if path else name
    if deeper.count(".") >= DEEPEST:
        raise _Misfit(f"the argument is more than {DEEPEST} levels deep")
    return deeper


def _check_length(path: str, bound: Bound | None, length: int) -> None:
    if bound is None or bound.at_most is None or bound.one_of is not None or bound.in_domain is not None:
        raise _Misfit(f"{path} is a list: at_most bounds its length, and {path}.{ITEMS} its items")
    _check_number(f"the length of {path}", bound, Decimal(length))


def _check_value(path: str, bound: Bound, value: Any) -> None:
    if bound.one_of is not None and _told_apart(value) not in map(_told_apart, bound.one_of):
        raise _Misfit(f"{path} is none of those allowed")
    if bound.in_domain is not None and not _is_address_in(bound.in_domain, value):
        raise _Misfit(f"{path} is no plain address in {bound.in_domain}")
    if bound.at_most is not None or bound.at_least is not None:
        _check_number(path, bound, _number(path, value))


def _check_number(what: str, bound: Bound, number: Decimal) -> None:
    if bound.at_most is not None and number > bound.at_most:
        raise _Misfit(f"{what} is more than {bound.at_most}")
    if bound.at_least is not None and number < bound.at_least:
        raise _Misfit(f"{what} is less than {bound.at_least}")


def _number(path: str, value: Any) -> Decimal:
    match value:
        case bool() | None:
            pass
        case int():
            return Decimal(value)
        case float() if value - value == 0:  # neither infinite nor no number
            return Decimal(repr(value))
        case str() if len(value) <= 40 and _is_decimal(value):
            return Decimal(value)
    raise _Misfit(f"{path} is no number")


def _is_decimal(text: str) -> bool:
    whole, dot, places = text.removeprefix("-").partition(".")
    parts = (whole, places) if dot else (whole,)
    return all(part.isascii() and part.isdigit() for part in parts)


def _told_apart(value: Any) -> tuple[str, Any]:
    """As JSON tells values apart: true is not 1, and "1" is neither; 1 and 1.0 are one number."""
    return ("number" if isinstance(value, int | float) and not isinstance(value, bool) else type(value).__name__, value)


def _is_address_in(domain: str, value: Any) -> bool:
    if not isinstance(value, str) or value.count("@") != 1:
        return False
    local, _, its_domain = value.partition("@")
    return bool(local) and not set(local) - _LOCAL_PART and its_domain.isascii() and its_domain.lower() == domain
