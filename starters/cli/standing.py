"""`signoff standing list`, `show` and `revoke`. Only `revoke` needs a worker, to take it up."""

from argparse import Namespace

from contracts.gates import Stop
from contracts.standing import StandingRecord
from starters.cli.common import checked, connected
from starters.cli.output import clean_line, console, emit, minute, say, table
from starters.decisions import own_name
from starters.events import whole
from starters.failures import REFUSED, Failure
from starters.requests import find_process
from starters.standing import STANDS, find_standing, list_standing, read_standing
from starters.waiting import PATIENCE_S, is_taken_up


async def list_all(args: Namespace) -> int:
    """List them, the newest first."""
    process = find_process(args.process).name if args.process is not None else None
    found = await list_standing((await connected(args)).client, process, ended=args.all)
    if args.json:
        emit({"standing": [one.model_dump(mode="json") for one in found]})
        return 0
    if not found:
        say("no standing approvals")
        return 0
    rows = table("standing approval", "status", "used", "refused", "until (UTC)", "by")
    for one in found:
        used = f"{one.used} of {one.at_most}"
        rows.add_row(
            clean_line(one.workflow_id), one.status, used, str(one.refused), minute(one.until), clean_line(one.by)
        )
    console().print(rows)
    return 0


async def show(args: Namespace) -> int:
    """Show one, from its history."""
    client = (await connected(args)).client
    handle, status = await find_standing(client, args.id)
    converter = client.data_converter
    events = [await whole(event, converter) async for event in handle.fetch_history_events()]
    record = read_standing(events, converter)
    if record is None:
        raise Failure(REFUSED, f"{args.id} never stood: it was granted in a way that cannot be right")
    if args.json:
        emit({"workflow_id": args.id, "status": status, **record.model_dump(mode="json", exclude_none=True)})
        return 0
    _print(args.id, status, record)
    return 0


async def revoke(args: Namespace) -> int:
    """End one, and wait until it has ended."""
    message = checked(lambda: Stop(by=own_name() if args.by is None else args.by, reason=args.reason))
    client = (await connected(args)).client
    _, status = await find_standing(client, args.id)
    if status != STANDS:
        raise Failure(REFUSED, f"{args.id} is over ({status}): there is nothing to revoke")
    # Not bound to the run that was found: it may go on in a new one on the way.
    newest = client.get_workflow_handle(args.id)
    await newest.signal("revoke", message.model_dump(mode="json"))
    if not await is_taken_up(newest):
        late = f"delivered, but no worker answered within {PATIENCE_S:.0f} s: it takes effect when one comes"
        raise Failure(REFUSED, f"{args.id}: {late}, and until then nothing is covered either")
    _, status = await find_standing(client, args.id)
    if args.json:
        emit({"workflow_id": args.id, "status": status})
    else:
        say(f"{clean_line(args.id)}: {status}")
    return 0


def _print(workflow_id: str, status: str, record: StandingRecord) -> None:
    granted = record.grant
    say(clean_line(workflow_id), style="bold")
    ended = f" by {record.by}: {record.reason}" if record.by else ""
    say(clean_line(f"{status}{ended}"))
    say(f"{len(record.uses)} of {granted.at_most} used; until {minute(granted.until)} UTC")
    say(clean_line(f"granted by {granted.by}" + (f": {granted.note}" if granted.note else "")))
    rows = table("field", "may be")
    for path, bound in granted.bounds.items():
        rows.add_row(clean_line(path), clean_line(bound.model_dump_json(exclude_none=True)))
    say("")
    console().print(rows)
    if record.uses:
        rows = table("used (UTC)", "by run", "for", "digest")
        for use in record.uses:
            rows.add_row(minute(use.at), clean_line(use.run), clean_line(use.key), use.digest[:12])
        say("")
        console().print(rows)
    if record.refusals:
        say(f"\nrefused: {len(record.refusals)}")
        for refusal in record.refusals:
            say(clean_line(f"  {minute(refusal.at)} {refusal.by or refusal.message}: {refusal.reason}"))
