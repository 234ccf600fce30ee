"""Where settings come from: flags, environment, `.env`, the `temporal` CLI's profile, a running stack.

Each is a layer of names and values, strongest first. An empty value hides what weaker layers say, so that
`SIGNOFF_SMTP_URL= signoff up` leaves the setting at its default whatever `.env` holds.
"""

import fcntl
import os
from collections.abc import Callable, Mapping, Sequence
from io import StringIO
from pathlib import Path
from typing import NamedTuple, TypeVar

from pydantic import BaseModel, ConfigDict, Field, ValidationError

T = TypeVar("T")

STATE = ".signoff"
"""Folder of the embedded stack's state, in the current folder."""


class SettingsError(Exception):
    """One line: the setting, where its value came from, what to do."""


class Layer(NamedTuple):
    """One source. `name` is what messages call it."""

    name: str
    values: Mapping[str, str]


class Found(NamedTuple):
    """A value, and the layer that said it."""

    value: str
    source: str


def find(layers: Sequence[Layer], name: str) -> Found | None:
    """What the strongest layer that mentions `name` says; None when it says nothing, or none does."""
    for layer in layers:
        if name in layer.values:
            value = layer.values[name].strip()
            return Found(value, layer.name) if value else None
    return None


def read_dotenv(folder: Path) -> Layer:
    """The folder's `.env`, in python-dotenv's syntax; empty where there is none. Messages never quote a line of it."""
    try:
        text = (folder / ".env").read_text(encoding="utf-8-sig")
    except FileNotFoundError:
        return Layer(".env", {})
    except UnicodeDecodeError:
        raise SettingsError(".env is not UTF-8 text: save it as UTF-8, or remove it") from None
    except OSError as error:
        raise SettingsError(f".env cannot be read ({error.strerror}): mend or remove it") from None
    # Imported here: most folders have no .env, and every start pays for what it imports.
    from dotenv import dotenv_values
    from dotenv.parser import parse_stream

    for binding in parse_stream(StringIO(text)):
        if binding.error or (binding.key is not None and binding.value is None):
            original = binding.original.string
            blank_lines = original[: len(original) - len(original.lstrip())].count("\n")
            line = binding.original.line + blank_lines
            raise SettingsError(f".env, line {line}: not NAME=value; mend it or put a # before it")
    return Layer(".env", {name: value or "" for name, value in dotenv_values(stream=StringIO(text)).items()})


class _Stack(BaseModel):
    """What settings take from `stack.json`, which the embedded stack writes."""

    model_config = ConfigDict(frozen=True)

    pid: int = Field(gt=0)
    temporal: str | None = None
    namespace: str | None = None
    ui: str | None = None
    model: str | None = None
    smtp: str | None = None
    maildir: str | None = None
    blobs: str | None = None


STACK = f"{STATE}/stack.json"
UI_URL = "ui"
LOCAL_URL = "local"
"""Names, in a stack's layer, of what has no setting of its own: the Web UI's address and the local model's."""


def read_stack(folder: Path) -> Layer:
    """The addresses of the stack that runs in this folder; empty when none does."""
    try:
        stack = _Stack.model_validate_json((folder / STACK).read_bytes())
    except FileNotFoundError:
        return Layer(STACK, {})
    except NotADirectoryError:
        raise SettingsError(f"{STATE} is not a folder: move it away, or work in another folder") from None
    except (OSError, ValidationError) as error:
        if isinstance(error, ValidationError) and not _is_held(folder):
            return Layer(STACK, {})
        raise SettingsError(f"{STACK} cannot be read: end the stack that wrote it, then remove the file") from None
    if not _runs(stack.pid):
        return Layer(STACK, {})
    values = {
        "TEMPORAL_ADDRESS": stack.temporal,
        "TEMPORAL_NAMESPACE": stack.namespace,
        UI_URL: stack.ui,
        LOCAL_URL: stack.model,
        "SIGNOFF_BLOBS": stack.blobs,
        "SIGNOFF_SMTP_URL": stack.smtp,
        "SIGNOFF_MAIL_PROBE": f"maildir:{stack.maildir}" if stack.maildir else None,
    }
    return Layer(STACK, {name: value for name, value in values.items() if value})


def _is_held(folder: Path) -> bool:
    """Whether a stack holds the folder; where none does, what stands in `stack.json` is of no account."""
    try:
        with (folder / STATE / "lock").open("rb") as lock:
            fcntl.flock(lock, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except FileNotFoundError:
        return False
    except OSError:  # held, or not ours to look at
        return True
    return False


def _runs(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except PermissionError:
        return True
    except (ProcessLookupError, OverflowError):
        return False
    return True


class Reader:
    """Takes checked values out of the layers, and remembers where each came from."""

    def __init__(self, layers: Sequence[Layer]) -> None:
        self._layers = layers
        self.origins: dict[str, str] = {}

    def take(self, name: str, check: Callable[[str], T]) -> T | None:
        """The checked value; None when it is not set."""
        found = find(self._layers, name)
        if found is None:
            return None
        self.origins[name] = found.source
        try:
            if not found.value.isprintable():
                raise ValueError("holds an unprintable character")
            return check(found.value)
        except ValueError as problem:
            # From None: the cause would carry the value, which may be a secret.
            raise SettingsError(f"{name} (from {found.source}) {problem}") from None
