"""Have a period's transactions checked: `python -m starters.compliance_report --input
@samples/compliance-report/01-plain.json [--transactions FILE] [--follow]`. A script to copy."""

import argparse
import asyncio

from contracts.compliance_report import COMPLIANCE_REPORT
from starters.cli.following import follow
from starters.ending import finish
from starters.requests import build_request, read_object
from starters.session import open_session
from starters.start import start_process


async def main(report: str, transactions: str | None, follow_it: bool) -> int:
    """Start it, say where it is, and stay with it if asked to."""
    request = build_request(COMPLIANCE_REPORT, read_object(report, "--input"), {"transactions": transactions})
    session = await open_session()
    started = await start_process(session.client, COMPLIANCE_REPORT, request, ui_url=session.settings.ui_url)
    print(started.workflow_id, started.ui, sep="\n", flush=True)
    return await follow(session.client, started.workflow_id, started.run_id) if follow_it else 0


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="Have a period's transactions checked, and the report published.")
    parser.add_argument(
        "--input", required=True, metavar="JSON|@FILE|-", help="the request, as in samples/compliance-report/"
    )
    parser.add_argument("--transactions", metavar="FILE", help="a CSV file below SIGNOFF_FILES; else as the input")
    parser.add_argument("--follow", action="store_true", help="tell what happens, and ask for decisions right here")
    args = parser.parse_args()
    finish(lambda: asyncio.run(main(args.input, args.transactions, args.follow)))
