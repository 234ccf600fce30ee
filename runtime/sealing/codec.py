"""Temporal's payload codec: what a client or a worker sends is encrypted, what it receives is decrypted.

External storage comes after it, so that what is kept outside history is encrypted, too.
"""

import asyncio
from collections.abc import Sequence

from google.protobuf.message import DecodeError
from temporalio.api.common.v1 import Payload
from temporalio.converter import (
    ActivitySerializationContext,
    DataConverter,
    PayloadCodec,
    SerializationContext,
    WithSerializationContext,
    WorkflowSerializationContext,
)

from runtime.blobs.lost import erased, lost
from runtime.sealing.subject import subject_of
from runtime.sealing.vault import ERASED, Erased, Sealed, Unreadable, Vault

ENCODING = "signoff/sealed"
"""Stands in every encrypted payload, so it stays."""

_KEY = "key"
_QUICK = 64 * 1024
"""Bytes that are encrypted in the time that it takes to hand them to a thread."""


class SealingCodec(PayloadCodec, WithSerializationContext):
    """What cannot be decrypted becomes a payload that says so: to raise would wedge runs to which anybody sent one."""

    def __init__(self, vault: Vault, subject: str | None = None) -> None:
        self.vault = vault
        self._subject = subject

    def with_context(self, context: SerializationContext) -> "SealingCodec":
        """Of the run that it is for."""
        if isinstance(context, WorkflowSerializationContext | ActivitySerializationContext):
            return SealingCodec(self.vault, subject_of(context.workflow_id))
        return self

    async def encode(self, payloads: Sequence[Payload]) -> list[Payload]:
        """Encrypt, where there are keys. Raises BlobError where a subject's key cannot be had now."""
        if not self.vault.seals:
            return list(payloads)
        return [await self._encode(payload) for payload in payloads]

    async def decode(self, payloads: Sequence[Payload]) -> list[Payload]:
        """Decrypt what is encrypted; the rest stays as it is. Raises BlobError as above."""
        return [await self._decode(one) if is_sealed(one) else one for one in payloads]

    async def _encode(self, payload: Payload) -> Payload:
        data = payload.SerializeToString(deterministic=True)
        if self.vault.is_at_hand(self._subject) and len(data) < _QUICK:
            sealed = self.vault.seal(self._subject, data, ENCODING)
        else:
            sealed = await asyncio.to_thread(self.vault.seal, self._subject, data, ENCODING)
        return Payload(metadata={"encoding": ENCODING.encode(), _KEY: sealed.key.encode()}, data=sealed.data)

    async def _decode(self, payload: Payload) -> Payload:
        sealed = Sealed(key_of(payload), payload.data)
        try:
            if self.vault.is_open(sealed.key) and len(payload.data) < _QUICK:
                return Payload.FromString(self.vault.open(sealed, ENCODING))
            return Payload.FromString(await asyncio.to_thread(self.vault.open, sealed, ENCODING))
        except Erased as line:
            return erased(f"{ERASED}: a payload was {line}")
        except Unreadable as line:
            return lost(f"a payload cannot be read: {line}")
        except DecodeError:  # who has the key, and is none of ours
            return lost(f"a payload cannot be read: {sealed.key} encrypts what is no payload")


def is_sealed(payload: Payload) -> bool:
    """Whether it is encrypted."""
    return payload.metadata.get("encoding") == ENCODING.encode()


def key_of(payload: Payload) -> str:
    """The id of the key that it is encrypted with; none where it is not."""
    # Not by index, which would put an empty key into a message that has none.
    return payload.metadata.get(_KEY, b"").decode("utf-8", "replace") if is_sealed(payload) else ""


def vault_of(converter: DataConverter) -> Vault | None:
    """The vault of a client's converter."""
    codec = converter.payload_codec
    return codec.vault if isinstance(codec, SealingCodec) else None
