"""Reading the TOML files that settings name."""

import tomllib
from decimal import Decimal
from pathlib import Path
from typing import Any, TypeVar

from pydantic import BaseModel, ConfigDict, TypeAdapter, ValidationError, model_validator

from runtime.problems import problem_line

T = TypeVar("T")


class Table(BaseModel):
    """A table of a file: a key that it does not know may be a limit that somebody relies on."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    @model_validator(mode="before")
    @classmethod
    def _known(cls, table: Any) -> Any:
        if not isinstance(table, dict):
            raise ValueError("must be a table")
        known = [field.alias or name for name, field in cls.model_fields.items()]
        if unknown := [name for name in table if name not in known]:
            raise ValueError(f'"{unknown[0]}" is not known here: remove it, or use {", ".join(known)}')
        return table


def whole_number(value: Any) -> Any:
    """A check: as TOML has it, and no text or truth that could pass for one."""
    if isinstance(value, bool) or not isinstance(value, int):
        raise ValueError("must be a whole number")
    return value


def length(value: Any) -> Any:
    """A check: what may be a length of time. `true` would be a second."""
    if isinstance(value, bool):
        raise ValueError('must be a length of time, like "10m"')
    return value


def read_toml(path: Path, kind: TypeAdapter[T]) -> T:
    """What the file says; numbers with a point are Decimals.

    Raises ValueError with the words that follow the setting's name: the file, the key, what to do.
    """
    try:
        return kind.validate_python(tomllib.loads(path.read_text(encoding="utf-8-sig"), parse_float=Decimal))
    except OSError as error:
        raise ValueError(f"names {path}, which cannot be read ({error.strerror})") from None
    except ValidationError as error:
        raise ValueError(f"names {path}, where {printable(problem_line(error).removeprefix('value: '))}") from None
    except (ValueError, ArithmeticError, RecursionError) as error:
        raise ValueError(f"names {path}, which is not TOML: {printable(str(error))}") from None


def printable(text: str) -> str:
    """Keys come from the file, and can hold anything."""
    return "".join(c if c.isprintable() else "?" for c in text)
