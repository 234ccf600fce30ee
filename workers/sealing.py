"""A worker's start, as far as encryption goes: subjects' keys are made ready, and logs kept free of content."""

import asyncio
import logging

from temporalio.client import Client

from runtime.blobs.store import BlobError
from runtime.sealing.codec import vault_of
from runtime.sealing.vault import Unreadable


async def check_payload_keys(client: Client) -> str | None:
    """Make the subjects' keys ready, wrapped by the first key; else say in one line why that cannot be done now."""
    vault = vault_of(client.data_converter)
    try:
        await asyncio.to_thread(vault.prepare) if vault else None
    except (BlobError, Unreadable) as problem:
        return str(problem)
    return None


def keep_content_out_of_logs(client: Client) -> None:
    """Where payloads are encrypted, logs name exceptions by their kind: messages and tracebacks hold what people and
    models have said."""
    vault = vault_of(client.data_converter)
    if vault and vault.seals:
        for handler in logging.getLogger().handlers:
            handler.addFilter(_without_content)


def _without_content(record: logging.LogRecord) -> bool:
    if record.exc_info and record.exc_info[0] is not None:
        record.msg, record.args = f"{record.getMessage()} ({record.exc_info[0].__name__})", ()
        record.exc_info = record.exc_text = None
    return True
