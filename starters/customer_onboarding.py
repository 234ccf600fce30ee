"""Decide on one application: `python -m starters.customer_onboarding --input @samples/customer-onboarding/01-plain.json
[--follow]`. A script to copy."""

import argparse
import asyncio

from contracts.customer_onboarding import CUSTOMER_ONBOARDING
from starters.cli.following import follow
from starters.ending import finish
from starters.requests import build_request, read_object
from starters.session import open_session
from starters.start import start_process


async def main(application: str, by: str | None, follow_it: bool) -> int:
    """Start it, say where it is, and stay with it if asked to."""
    request = build_request(CUSTOMER_ONBOARDING, read_object(application, "--input"), {"by": by})
    session = await open_session()
    started = await start_process(session.client, CUSTOMER_ONBOARDING, request, ui_url=session.settings.ui_url)
    print(started.workflow_id, started.ui, sep="\n", flush=True)
    return await follow(session.client, started.workflow_id, started.run_id) if follow_it else 0


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="Decide on one application, by rules or by two officers.")
    parser.add_argument("--input", required=True, metavar="JSON|@FILE|-", help="as in samples/customer-onboarding/")
    parser.add_argument("--by", help="the requester, who does not decide")
    parser.add_argument("--follow", action="store_true", help="tell what happens, and ask for decisions right here")
    args = parser.parse_args()
    finish(lambda: asyncio.run(main(args.input, args.by, args.follow)))
