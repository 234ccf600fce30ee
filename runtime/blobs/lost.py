"""A payload that stands for a blob which cannot be had: what it says is for whoever has to read that payload.

To raise where payloads are fetched would fail a whole workflow task, and a message that names a blob which never was
would wedge its run.
"""

from temporalio.api.common.v1 import Payload

ENCODING = b"signoff/lost-blob"


def lost(line: str) -> Payload:
    """The payload; `line` names the blob and says what to do."""
    return Payload(metadata={"encoding": ENCODING}, data=line.encode())


def line_of(payload: Payload) -> str | None:
    """The line; None: it is a payload like others."""
    return payload.data.decode() if payload.metadata.get("encoding") == ENCODING else None
