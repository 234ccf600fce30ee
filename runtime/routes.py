"""Routes and endpoints: which models a role may use, and where OpenAI-compatible servers are."""

import re
from collections.abc import Callable, Mapping
from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field, SecretStr, TypeAdapter

from contracts.llm import ModelRef
from runtime.checks import web_url
from runtime.toml_file import read_toml

LOCAL = "local"
"""Provider of the model that ships, and the name of its endpoint."""

DEFAULT_ANTHROPIC = ModelRef(provider="anthropic", model="claude-sonnet-5-5")
DEFAULT_OPENAI = ModelRef(provider="openai", model="gpt-6.1-terra")
"""The vendors' mid-size models, taken when a key is set and no route; genai-prices 0.2.3 knows their prices."""

_VENDORS = ("anthropic", "openai")
_SCRIPTED = "scripted"


class Endpoint(BaseModel):
    """An OpenAI-compatible server. `key_variable` names the environment variable that `api_key` came from."""

    model_config = ConfigDict(frozen=True)

    base_url: str
    key_variable: str | None = None
    api_key: SecretStr | None = None


class _Table(BaseModel):
    """One table of the endpoints file."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    base_url: str
    api_key_env: str | None = Field(default=None, min_length=1)


_TABLES = TypeAdapter(dict[str, _Table])


def read_endpoints(path: Path, key: Callable[[str], SecretStr | None]) -> dict[str, Endpoint]:
    """The endpoints of a TOML file, one table each; `key` looks up the variables that hold their keys."""
    tables = read_toml(path, _TABLES)
    return {name: _endpoint(path, name, table, key) for name, table in tables.items()}


def _endpoint(path: Path, name: str, table: _Table, key: Callable[[str], SecretStr | None]) -> Endpoint:
    if not re.fullmatch(r"[a-z0-9-]+", name) or name in (*_VENDORS, _SCRIPTED):
        raise ValueError(f"names {path}, where [{name}] must be another name, of a to z, 0 to 9 and -")
    try:
        base_url = web_url(table.base_url)
    except ValueError as problem:
        raise ValueError(f"names {path}, where base_url of [{name}] {problem}") from None
    name_of_key = table.api_key_env
    return Endpoint(base_url=base_url, key_variable=name_of_key, api_key=key(name_of_key) if name_of_key else None)


def parse_route(text: str, folder: Path, endpoints: Mapping[str, Endpoint]) -> tuple[ModelRef, ...]:
    """`anthropic:MODEL`, `openai:MODEL`, `ENDPOINT:MODEL`, `scripted:FILE` and `local`, with commas between."""
    return tuple(_parse_model(entry.strip(), folder, endpoints) for entry in text.split(","))


def _parse_model(entry: str, folder: Path, endpoints: Mapping[str, Endpoint]) -> ModelRef:
    provider, _, model = entry.partition(":")
    if entry == LOCAL:
        return ModelRef(provider=LOCAL)
    if provider == LOCAL:
        raise ValueError(f'holds "{entry}"; the local model takes no name: write {LOCAL}')
    known = (*_VENDORS, *(name for name in endpoints if name != LOCAL), _SCRIPTED)
    if provider not in known:
        raise ValueError(f'holds "{entry}"; known are {LOCAL} and {", ".join(f"{name}:…" for name in known)}')
    if provider == _SCRIPTED:
        if not (folder / model).is_file():
            raise ValueError(f'holds "{entry}", but there is no file {folder / model}')
        return ModelRef(provider=provider, model=str(folder / model))
    if not model or any(c.isspace() for c in model):
        raise ValueError(f'holds "{entry}"; write {provider}:MODEL')
    return ModelRef(provider=provider, model=model)
