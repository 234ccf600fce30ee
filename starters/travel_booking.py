"""Have a trip booked: `python -m starters.travel_booking --input @samples/travel-booking/01-plain.json [--message TEXT]
[--follow]`. A script to copy."""

import argparse
import asyncio

from contracts.travel_booking import TRAVEL_BOOKING
from starters.cli.following import follow
from starters.ending import finish
from starters.requests import build_request, read_object
from starters.session import open_session
from starters.start import start_process


async def main(given: str, message: str | None, follow_it: bool) -> int:
    """Start it, say where it is, and stay with it if asked to."""
    request = build_request(TRAVEL_BOOKING, read_object(given, "--input"), {"message": message})
    session = await open_session()
    started = await start_process(session.client, TRAVEL_BOOKING, request, ui_url=session.settings.ui_url)
    print(started.workflow_id, started.ui, sep="\n", flush=True)
    return await follow(session.client, started.workflow_id, started.run_id) if follow_it else 0


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="Have a trip booked, a question answered, or a complaint taken.")
    parser.add_argument("--input", required=True, metavar="JSON|@FILE|-", help="as in samples/travel-booking/")
    parser.add_argument("--message", help="what the traveller wrote; else as the input")
    parser.add_argument("--follow", action="store_true", help="tell what happens, and ask for decisions right here")
    args = parser.parse_args()
    finish(lambda: asyncio.run(main(args.input, args.message, args.follow)))
