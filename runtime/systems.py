"""The outside systems that runs may talk to, or look at: the file that SIGNOFF_SYSTEMS names."""

import re
from collections.abc import Callable
from pathlib import Path
from urllib.parse import urlsplit

from pydantic import BaseModel, ConfigDict, Field, SecretStr, TypeAdapter

from runtime.checks import url, web_url
from runtime.toml_file import read_toml

LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})


class System(BaseModel):
    """One outside system. `token_variable` names the environment variable that `token` came from."""

    model_config = ConfigDict(frozen=True)

    base_url: str
    """`tcp://HOST:PORT` of one that is only looked at."""
    token_variable: str | None = None
    token: SecretStr | None = None
    idempotency_keys: bool = False
    """Whether it does what is asked under one Idempotency-Key once, however often it is asked."""


class _Table(BaseModel):
    """One table of the file."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    base_url: str
    token_env: str | None = Field(default=None, min_length=1)
    idempotency_keys: bool = False


_TABLES = TypeAdapter(dict[str, _Table])


def read_systems(path: Path, secret: Callable[[str], SecretStr | None]) -> dict[str, System]:
    """The systems of a TOML file, one table each; `secret` looks up the variables that hold their tokens.

    Raises ValueError with the words that follow the setting's name.
    """
    tables = read_toml(path, _TABLES)
    return {name: _system(path, name, table, secret) for name, table in tables.items()}


def _system(path: Path, name: str, table: _Table, secret: Callable[[str], SecretStr | None]) -> System:
    if not re.fullmatch(r"[a-z0-9-]+", name):
        raise ValueError(f"names {path}, where [{name!a}] must be another name, of a to z, 0 to 9 and -")
    try:
        base_url = _base_url(table.base_url, with_token=table.token_env is not None)
    except ValueError as problem:
        raise ValueError(f"names {path}, where base_url of [{name}] {problem}") from None
    variable = table.token_env
    token = secret(variable) if variable else None
    return System(base_url=base_url, token_variable=variable, token=token, idempotency_keys=table.idempotency_keys)


def _base_url(text: str, *, with_token: bool) -> str:
    if text.startswith("tcp:"):
        return _place(text, with_token=with_token)
    parts = urlsplit(web_url(text))
    if parts.query or parts.fragment or "?" in text or "#" in text:
        raise ValueError("must end with its path")
    if with_token and parts.scheme == "http" and parts.hostname not in LOOPBACK:
        raise ValueError("must be https://, or its token would be sent in the clear")
    return text.rstrip("/")


def _place(text: str, *, with_token: bool) -> str:
    parts = urlsplit(url("tcp")(text))
    if with_token or not parts.port or text != f"tcp://{parts.netloc}" or "@" in parts.netloc:
        raise ValueError("must be tcp://HOST:PORT and nothing more: such a system is looked at, never talked to")
    return text
