"""Temporal's external storage, with references that anybody may have sent.

A reference is a payload like any other, so a signal can hold one that nobody of ours has made. The SDK raises for it,
which fails the workflow task again and again; here it becomes a `lost` payload, which the message's handler refuses.
"""

import copy
from collections.abc import Sequence

from temporalio.api.common.v1 import Payload
from temporalio.api.sdk.v1 import ExternalStorageReference
from temporalio.converter import (
    DataConverter,
    ExternalStorage,
    SerializationContext,
    StorageDriverStoreContext,
    WithSerializationContext,
)

from runtime.blobs.driver import NAME, BlobDriver
from runtime.blobs.off import Off

_MARKER = "__temporal_external_storage_reference"
"""On references that a codec has encoded. https://github.com/temporalio/sdk-python: converter/_extstore.py"""


class Storage(ExternalStorage):
    """Overrides what the SDK has no setting for; a test fails when it looks elsewhere."""

    def _decode_reference(self, payload: Payload) -> ExternalStorageReference | None:
        try:
            found: ExternalStorageReference | None = super()._decode_reference(payload)
        except Exception:  # whatever a parser says of bytes that anybody may send
            return ExternalStorageReference(driver_name=NAME)
        # Of another driver: ours says so.
        return ExternalStorageReference(driver_name=NAME) if found and found.driver_name != NAME else found


class Converter(DataConverter):
    """The SDK's, whose references may be forged, and which knows its converters need not be made for each payload."""

    def _with_store_context(self, store_ctx: StorageDriverStoreContext) -> DataConverter:
        assert self.external_storage
        bound = copy.copy(self)
        object.__setattr__(bound, "external_storage", self.external_storage._with_store_context(store_ctx))
        return bound

    def with_context(self, context: SerializationContext) -> "Converter":
        """Of the run that it is for: only the codec asks which it is."""
        if not isinstance(self.payload_codec, WithSerializationContext):
            return self
        bound = copy.copy(self)
        object.__setattr__(bound, "payload_codec", self.payload_codec.with_context(context))
        return bound

    async def _decode_reference_payload_sequence(self, payloads: Sequence[Payload]) -> list[Payload]:
        return await super()._decode_reference_payload_sequence([_unmarked(payload) for payload in payloads])


def _unmarked(payload: Payload) -> Payload:
    """Nobody of ours marks references: payloads are encrypted before they are stored, references are not."""
    if _MARKER not in payload.metadata:
        return payload
    bare = Payload()
    bare.CopyFrom(payload)
    del bare.metadata[_MARKER]
    return bare


def storage(driver: BlobDriver, above: int) -> Storage:
    """Payloads of more bytes than `above` go to the driver; all stay in history where its store is off."""
    chosen = None if isinstance(driver.blobs, Off) else driver
    return Storage(drivers=[driver], driver_selector=lambda _, __: chosen, payload_size_threshold=above + 1)


def driver_of(converter: DataConverter) -> BlobDriver | None:
    """The driver of a client's converter."""
    drivers = converter.external_storage.drivers if converter.external_storage else ()
    return next((one for one in drivers if isinstance(one, BlobDriver)), None)
