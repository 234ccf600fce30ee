"""Putting payloads back into messages: what reads a history by hand need not know of blobs, or of encryption."""

from collections.abc import Iterator
from typing import Any

from google.protobuf.message import Message
from temporalio.api.common.v1 import Payload
from temporalio.converter import DataConverter

from runtime.blobs.lost import is_erased, line_of
from runtime.sealing.codec import ENCODING

_SIGNS = (b"xternal", ENCODING.encode())
"""In every reference: `ExternalStorageReference` in its type, `external-storage-reference` in its old encoding. And in
every encrypted payload."""


async def put_back(message: Message, converter: DataConverter) -> list[str]:
    """Fetch what `message` names, into it, and decrypt it. A line for each payload that cannot be had.

    One that was erased is not counted among them. Raises BlobError.
    """
    content = message.SerializeToString()
    if not any(sign in content for sign in _SIGNS):
        return []
    lines = []
    for payload in list(payloads_of(message)):
        (whole,) = await converter._decode_reference_payload_sequence([payload])
        (whole,) = await converter._external_retrieve_payload_sequence([whole])
        (whole,) = await converter._decode_payload_sequence([whole])
        payload.CopyFrom(whole)
        lines += [line] if (line := line_of(whole)) and not is_erased(whole) else []
    return lines


def payloads_of(message: Message) -> Iterator[Payload]:
    """Every payload in it, in place."""
    if isinstance(message, Payload):
        yield message
        return
    for field, value in message.ListFields():
        if field.message_type is None:
            continue
        for part in _parts(value):
            if isinstance(part, Message):
                yield from payloads_of(part)


def _parts(value: Any) -> Iterator[Any]:
    """A field's messages: it is one, or a list, or a map of them."""
    if isinstance(value, Message):
        yield value
    elif hasattr(value, "values"):
        yield from value.values()
    else:
        yield from value
