"""Have one ticket solved: `python -m starters.troubleshooting --ticket ticket-001 [--follow]`. A script to copy."""

import argparse
import asyncio

from contracts.troubleshooting import TROUBLESHOOTING, TroubleshootingRequest
from starters.cli.following import follow
from starters.ending import finish
from starters.session import open_session
from starters.start import start_process


async def main(ticket: str, follow_it: bool) -> int:
    """Start it, say where it is, and stay with it if asked to."""
    request = TroubleshootingRequest(ticket_id=ticket)
    session = await open_session()
    started = await start_process(session.client, TROUBLESHOOTING, request, ui_url=session.settings.ui_url)
    print(started.workflow_id, started.ui, sep="\n", flush=True)
    return await follow(session.client, started.workflow_id, started.run_id) if follow_it else 0


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="Have one ticket solved.")
    parser.add_argument("--ticket", required=True, help="the ticket's id in the help desk, e.g. ticket-001")
    parser.add_argument("--follow", action="store_true", help="tell what happens, and ask for decisions right here")
    args = parser.parse_args()
    finish(lambda: asyncio.run(main(args.ticket, args.follow)))
