"""Payloads that stand for others which cannot be had: what they say is for whoever has to read them.

To raise where payloads are fetched would fail a whole workflow task, and a message that names a blob which never was
would wedge its run.
"""

from temporalio.api.common.v1 import Payload

ENCODING = b"signoff/lost-blob"
_ERASED = b"signoff/erased"


def lost(line: str) -> Payload:
    """For one that is missing, damaged, or encrypted with a key that is not here; `line` says what to do."""
    return Payload(metadata={"encoding": ENCODING}, data=line.encode())


def erased(line: str) -> Payload:
    """For one that was erased; `line` says when, and by whom."""
    return Payload(metadata={"encoding": _ERASED}, data=line.encode())


def line_of(payload: Payload) -> str | None:
    """The line; None: it is a payload like others."""
    return payload.data.decode() if payload.metadata.get("encoding") in (ENCODING, _ERASED) else None


def is_erased(payload: Payload) -> bool:
    """Whether it stands for one that was erased."""
    return payload.metadata.get("encoding") == _ERASED
