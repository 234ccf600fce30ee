"""SIGNOFF_PAYLOAD_KEYS: the keys that payloads are encrypted with. The first one encrypts, all of them decrypt."""

import base64
import binascii
import re
import secrets
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from pathlib import Path

from pydantic import BaseModel, ConfigDict, SecretBytes

KEY_BYTES = 32
"""AES-256."""
_LARGEST = 20_000
_ID = re.compile(r"[A-Za-z0-9._-]{1,40}")
_ADVICE = "`signoff keys payload` makes one"


class PayloadKeys(BaseModel):
    """Keys by their ids, the one that encrypts first."""

    model_config = ConfigDict(frozen=True)

    keys: Mapping[str, SecretBytes]
    file: Path | None = None
    """Where they were read from."""

    @property
    def first(self) -> str:
        """The id of the one that encrypts."""
        return next(iter(self.keys))

    def find(self, key_id: str) -> bytes | None:
        """A key; None: there is none of that id."""
        found = self.keys.get(key_id)
        return found.get_secret_value() if found else None

    def __str__(self) -> str:
        """As people may see it."""
        return ",".join(f"{key_id}:***" for key_id in self.keys)


def new_payload_key(key_id: str | None = None) -> str:
    """`ID:BASE64` of a new key; the id is today's date unless given. Raises ValueError."""
    key_id = key_id or f"{datetime.now(UTC):%Y-%m-%d}"
    _check_id(key_id)
    return f"{key_id}:{base64.b64encode(secrets.token_bytes(KEY_BYTES)).decode()}"


def payload_keys(folder: Path) -> Callable[[str], PayloadKeys]:
    """A check for `ID:BASE64,ID2:BASE64`, or `@FILE` (seen from `folder`) with one a line; `#` begins a comment.

    It raises ValueError with the words that follow the setting, and never quotes a key.
    """

    def parse(text: str) -> PayloadKeys:
        if not text.startswith("@"):
            return PayloadKeys(keys=_keys(text.split(",")))
        path = folder / text[1:]
        lines = [line.partition("#")[0].strip() for line in _read(path).splitlines()]
        return PayloadKeys(keys=_keys([line for line in lines if line]), file=path)

    return parse


def _read(path: Path) -> str:
    try:
        with path.open(encoding="utf-8") as file:
            text = file.read(_LARGEST + 1)
    except UnicodeDecodeError:
        raise ValueError(f"names {path}, which is not text: give the file of keys") from None
    except OSError as error:
        raise ValueError(f"names {path}, which cannot be read ({error.strerror})") from None
    if len(text) > _LARGEST:
        raise ValueError(f"names {path}, which is too large for a file of keys")
    return text


def _keys(parts: list[str]) -> dict[str, SecretBytes]:
    if not parts:
        raise ValueError(f"holds no key: {_ADVICE}")
    found: dict[str, SecretBytes] = {}
    for number, part in enumerate(parts, 1):
        key_id, colon, text = part.strip().partition(":")
        if not colon:
            raise ValueError(f"must be ID:BASE64, with commas between; number {number} has no colon: {_ADVICE}")
        _check_id(key_id)
        if key_id in found:
            raise ValueError(f'holds two keys with the id "{key_id}": give each its own')
        found[key_id] = SecretBytes(_key(key_id, text.strip()))
    return found


def _key(key_id: str, text: str) -> bytes:
    try:
        key = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        raise ValueError(f'holds the key "{key_id}", which is not base64: {_ADVICE}') from None
    if len(key) != KEY_BYTES:
        raise ValueError(f'holds the key "{key_id}" of {len(key)} bytes, not {KEY_BYTES}: {_ADVICE}')
    return key


def _check_id(key_id: str) -> None:
    if not _ID.fullmatch(key_id):
        raise ValueError("holds an id that is not 1 to 40 letters, digits, dots, dashes or underscores")
