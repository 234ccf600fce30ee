"""Have a question answered from the library: `python -m starters.research --question "How long are backups kept?"
[--plan @FILE] [--follow]`. A script to copy."""

import argparse
import asyncio

from contracts.research import RESEARCH
from starters.cli.following import follow
from starters.ending import finish
from starters.requests import build_request, with_plan
from starters.session import open_session
from starters.start import start_process


async def main(question: str, plan: str | None, follow_it: bool) -> int:
    """Start it, say where it is, and stay with it if asked to."""
    given = {"question": question}
    request = build_request(RESEARCH, with_plan(RESEARCH, given, plan) if plan else given, {})
    session = await open_session()
    started = await start_process(session.client, RESEARCH, request, ui_url=session.settings.ui_url)
    print(started.workflow_id, started.ui, sep="\n", flush=True)
    return await follow(session.client, started.workflow_id, started.run_id) if follow_it else 0


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="Have a question answered from the library, with quotations.")
    parser.add_argument("--question", required=True, help="what is to be found out")
    parser.add_argument("--plan", metavar="JSON|@FILE", help="a plan to carry out in place of a model's")
    parser.add_argument("--follow", action="store_true", help="tell what happens, and ask for decisions right here")
    args = parser.parse_args()
    finish(lambda: asyncio.run(main(args.question, args.plan, args.follow)))
