"""Reading the TOML files that settings name."""

import tomllib
from decimal import Decimal
from pathlib import Path
from typing import TypeVar

from pydantic import TypeAdapter, ValidationError

from runtime.problems import problem_line

T = TypeVar("T")


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
