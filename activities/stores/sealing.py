"""Columns that are encrypted where there are keys: the ledger's results, the conversations' messages."""

import asyncio
import hashlib
import hmac
import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import Connection

from contracts.errors import BadInput, ToolUnavailable
from runtime.blobs.store import BlobError
from runtime.sealing.subject import subject_of
from runtime.sealing.vault import ERASED, Erased, Unreadable, Vault


class Sealing:
    """Each text is encrypted for the subject of its owner: a workflow id, or an effect's key.

    Raises ToolUnavailable where a subject's key cannot be read now.
    """

    def __init__(self, vault: Vault | None) -> None:
        self._vault = vault

    async def ready(self, owner: str) -> None:
        """Have the key of the owner's subject at hand: made within a transaction, it would wait for that one's end."""
        subject = subject_of(owner)
        if self._vault and self._vault.seals and not self._vault.is_at_hand(subject):
            with _keys_at_hand():
                await asyncio.to_thread(self._vault.seal, subject, b"", "")

    def seal(self, owner: str, text: str, about: str) -> str:
        """Encrypted, where there are keys."""
        with _keys_at_hand():
            return self._vault.seal_text(subject_of(owner), text, about) if self._vault else text

    def open(self, text: str, about: str) -> str:
        """What was sealed. Raises BadInput where it cannot be read, with "(erased)" where it was erased."""
        try:
            with _keys_at_hand():
                return self._vault.open_text(text, about) if self._vault else text
        except Erased as line:
            raise BadInput(f"{ERASED}: {about} was {line}") from None
        except Unreadable as line:
            raise BadInput(f"{about} cannot be read: {line}") from None

    def salt(self, owner: str, text: str) -> str:
        """What makes a hash of the text say nothing to who guesses it; the same each time. Empty without keys."""
        if self._vault is None or not self._vault.seals:
            return ""
        with _keys_at_hand():
            key = self._vault.secret(subject_of(owner))
        return hmac.new(key, text.encode(), hashlib.sha256).hexdigest()[:32]

    def seal_json(self, owner: str, value: Any) -> Any:
        """A JSON value; encrypted, it is a string."""
        if self._vault is None or not self._vault.seals:
            return value
        return self.seal(owner, json.dumps(value), owner)

    def open_json(self, owner: str, value: Any) -> Any:
        """What `seal_json` was given; "(erased)" where it was erased. Raises BadInput."""
        if not isinstance(value, str) or self._vault is None:
            return value
        try:
            with _keys_at_hand():
                return json.loads(self._vault.open_text(value, owner))
        except Erased:
            return ERASED
        except Unreadable as line:
            raise BadInput(f"the ledger's entry {owner} cannot be read: {line}") from None


def sealing_of(connection: Connection) -> Sealing:
    """Of the database that a connection is to."""
    found: Sealing = connection.get_execution_options()["sealing"]
    return found


@contextmanager
def _keys_at_hand() -> Iterator[None]:
    try:
        yield
    except BlobError as away:
        raise ToolUnavailable(str(away)) from None
