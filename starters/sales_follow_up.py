"""Start one sales follow-up: `python -m starters.sales_follow_up --lead lead-007 [--follow]`. A script to copy."""

import argparse
import asyncio

from contracts.sales_follow_up import SALES_FOLLOW_UP, FollowUpRequest
from starters.cli.following import follow
from starters.ending import finish
from starters.session import open_session
from starters.start import start_process


async def main(lead: str, follow_it: bool) -> int:
    """Start it, say where it is, and stay with it if asked to."""
    request = FollowUpRequest(lead_id=lead)
    session = await open_session()
    started = await start_process(session.client, SALES_FOLLOW_UP, request, ui_url=session.settings.ui_url)
    print(started.workflow_id, started.ui, sep="\n", flush=True)
    return await follow(session.client, started.workflow_id, started.run_id) if follow_it else 0


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="Start one sales follow-up.")
    parser.add_argument("--lead", required=True, help="the lead's id in the CRM, e.g. lead-007")
    parser.add_argument("--follow", action="store_true", help="tell what happens, and ask for decisions right here")
    args = parser.parse_args()
    finish(lambda: asyncio.run(main(args.lead, args.follow)))
