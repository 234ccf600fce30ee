"""Watching a run: fed by its history's long poll, which costs the run nothing and needs no worker."""

from collections.abc import AsyncIterator
from typing import Any

from temporalio.client import Client, WorkflowHandle

from starters.happenings import Happening
from starters.history import HistoryReader


async def live(client: Client, handle: WorkflowHandle[Any, Any]) -> AsyncIterator[Happening]:
    """What has happened, then what happens; ends when the run does."""
    reader = HistoryReader(client.data_converter)
    async for event in handle.fetch_history_events(wait_new_event=True):
        if happening := reader.read(event):
            yield happening
