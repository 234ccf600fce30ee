"""Have a mail written three times: `python -m starters.best_draft --input @samples/best-draft/01-plain.json [--mode
model] [--follow]`. A script to copy."""

import argparse
import asyncio

from contracts.best_draft import BEST_DRAFT, Mode
from starters.cli.following import follow
from starters.ending import finish
from starters.requests import build_request, read_object
from starters.session import open_session
from starters.start import start_process


async def main(brief: str, mode: str | None, follow_it: bool) -> int:
    """Start it, say where it is, and stay with it if asked to."""
    request = build_request(BEST_DRAFT, read_object(brief, "--input"), {"mode": mode})
    session = await open_session()
    started = await start_process(session.client, BEST_DRAFT, request, ui_url=session.settings.ui_url)
    print(started.workflow_id, started.ui, sep="\n", flush=True)
    return await follow(session.client, started.workflow_id, started.run_id) if follow_it else 0


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="Have a mail written three times, and send the best one.")
    parser.add_argument("--input", required=True, metavar="JSON|@FILE|-", help="the brief, as in samples/best-draft/")
    parser.add_argument("--mode", choices=[mode.value for mode in Mode], help="who decides the path; else as the input")
    parser.add_argument("--follow", action="store_true", help="tell what happens, and ask for decisions right here")
    args = parser.parse_args()
    finish(lambda: asyncio.run(main(args.input, args.mode, args.follow)))
