"""`signoff start`."""

import json
import sys
from argparse import Namespace
from typing import Any

from starters.cli.common import connected
from starters.cli.following import follow
from starters.cli.output import clean, console, emit, say
from starters.happenings import RunStatus
from starters.requests import build_request, find_process, read_budget, read_object, with_budget, with_plan
from starters.start import Started, start_process
from starters.waiting import wait_for_result


async def start(args: Namespace) -> int:
    """Start a run, or attach to the one that does the same; then wait, follow, or leave it to itself."""
    process = find_process(args.process)
    flags = {"by": args.by, "tenant": args.tenant, "occasion": args.occasion}
    given = read_object(args.input, "--input")
    if args.budget is not None:
        given = with_budget(given, read_budget(args.budget))
    if args.plan is not None:
        given = with_plan(process, given, args.plan)
    request = build_request(process, given, flags)
    session = await connected(args)
    client, ui_url = session.client, session.settings.ui_url
    started = await start_process(client, process, request, ui_url=ui_url, workflow_id=args.id)
    # With --wait stdout stays empty until the end is known to be good; at a terminal nobody wants to wait for a link.
    if not args.wait or (console().is_terminal and not args.json):
        announce(started, as_json=args.json)
    if args.follow:
        return await follow(client, started.workflow_id, started.run_id, as_json=args.json)
    if args.wait:
        handle = client.get_workflow_handle(started.workflow_id, run_id=started.run_id)
        _report(started, *await wait_for_result(client, handle), as_json=args.json)
    return 0


def announce(started: Started, *, as_json: bool) -> None:
    """Which run it is, and where to see it."""
    _warn(started)
    if as_json:
        emit(started.as_json())
        return
    verb = "attached to the run that was started before:" if started.attached else "started"
    say(f"{verb} {clean(started.workflow_id)}\n{started.ui}")


def _warn(started: Started) -> None:
    if started.differing:
        names = ", ".join(started.differing)
        print(f"signoff: the run was started with another input ({names}), which counts", file=sys.stderr, flush=True)


def _report(started: Started, status: RunStatus, result: Any, *, as_json: bool) -> None:
    if as_json:
        _warn(started)
        emit({**started.as_json(), "status": status, "result": result})
        return
    if not console().is_terminal:
        announce(started, as_json=False)
    say(f"{status}\n{clean(json.dumps(result, indent=2, ensure_ascii=False))}")
