"""A standing approval that covers a run's mail: granted beforehand, and its uses counted afterwards."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from temporalio.client import Client

from contracts.processes import Process
from contracts.standing import Grant
from contracts.tools import Tool, tool_name
from starters.standing import grant_standing, list_standing, read_standing
from tests.chaos.played import Surroundings
from tests.support.waiting import eventually

USES = "standing-uses"
"""File in a run's folder: a line for each use that counted, by the standing approval's own history."""

USES_LEFT = 2
"""More than are needed: one that is used up would go on answering for the next run of the same action."""


def in_advance(process: Process, tool: Tool, domain: str) -> Surroundings:
    """One that covers the process's mails to a domain."""
    bounds: dict[str, Any] = {
        "to.name": {"anything": True},
        "to.email": {"in_domain": domain},
        **{name: {"anything": True} for name in ("sender", "subject", "body", "invitation", "drafted_by")},
    }

    @asynccontextmanager
    async def around(client: Client, folder: Path) -> AsyncIterator[Mapping[str, str]]:
        until = datetime.now(UTC) + timedelta(days=7)
        grant = Grant(
            process=process.name, tool=tool_name(tool), bounds=bounds, at_most=USES_LEFT, until=until, by="ann"
        )
        granted = await grant_standing(client, grant, folder.name)
        handle = client.get_workflow_handle(granted.workflow_id, run_id=granted.run_id)

        async def listed() -> bool:
            stand = await list_standing(client, process.name, ended=False)
            return granted.workflow_id in [one.workflow_id for one in stand]

        await eventually(listed, f"{granted.workflow_id} is listed")
        try:
            yield {}
        finally:
            record = read_standing([event async for event in handle.fetch_history_events()], client.data_converter)
            uses = record.uses if record else ()
            (folder / USES).write_text("".join(f"{use.key}\n" for use in uses))
            # It would cover the same action of the next run in this namespace.
            await handle.terminate()

    return around


def counted(folder: Path) -> list[str]:
    """The uses that counted."""
    uses = folder / USES
    return uses.read_text().splitlines() if uses.exists() else []
