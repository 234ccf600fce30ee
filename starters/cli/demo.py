"""`signoff demo`: one sales follow-up, from the notes to the mail in the maildir, on this machine alone."""

import asyncio
from argparse import Namespace
from dataclasses import asdict
from datetime import UTC, datetime
from typing import Any

from temporalio.client import Client, WorkflowHandle

from contracts.gates import Approve, Card
from contracts.sales_follow_up import SALES_FOLLOW_UP, FollowUpRequest
from starters.cli.asking import show_gate
from starters.cli.demo_words import about_the_draft, show_outcome
from starters.cli.following import left_waiting, opened_gate, raise_if_ended_badly, settle_gate
from starters.cli.output import emit, say
from starters.cli.starting import announce
from starters.cli.telling import Teller
from starters.cli.terminal import ask, can_ask
from starters.commentary import comment
from starters.decisions import decide, look_at
from starters.embedded import Stack, ready_stack
from starters.ending import unwind_on_signals
from starters.failures import BAD_INPUT, REFUSED, Failure
from starters.happenings import Ended, Happening
from starters.session import open_session
from starters.start import start_process
from starters.waiting import while_served
from starters.watch import live

LEAD = "lead-007"
BY = "demo"


def demo(args: Namespace) -> int:
    """Play it. A stack that runs here is used; else one is started, and ended again."""
    if not args.yes and (args.json or not can_ask()):
        raise Failure(BAD_INPUT, "nobody sits here to approve: run `signoff demo` at a terminal, or with --yes")
    unwind_on_signals()
    with Teller(as_json=args.json) as teller, ready_stack(teller.now) as (stack, child):
        code = asyncio.run(Demo(stack, teller, args).play())
        if child and not args.yes:
            _linger()
    return code


def _linger() -> None:
    """The link leads to a server that ends with the demo."""
    try:
        ask("Enter ends the stack, and with it the Temporal UI (`signoff up` brings it back):")
    except EOFError:
        return


class Demo:
    """One showing."""

    def __init__(self, stack: Stack, teller: Teller, args: Namespace) -> None:
        self._stack = stack
        self._teller = teller
        self._yes: bool = args.yes
        self._json: bool = args.json
        self._seen: list[Happening] = []

    async def play(self) -> int:
        """Start, watch, ask, and show what came of it. Raises Failure where the run fails."""
        session = await open_session(self._stack.flags)
        client = session.client
        request = FollowUpRequest(lead_id=LEAD, occasion=f"demo-{datetime.now(UTC):%Y%m%d-%H%M%S}", by=BY)
        started = await start_process(client, SALES_FOLLOW_UP, request, ui_url=self._stack.ui)
        if not self._json:
            self._teller.pause()
            announce(started, as_json=False)
        handle = client.get_workflow_handle(started.workflow_id, run_id=started.run_id)
        end = await while_served(client, handle, self._watch(client, handle))
        if end is None:
            return 0
        if self._json:
            emit({**asdict(started), "status": end.status, "result": end.result})
        else:
            show_outcome(self._seen, self._stack.maildir)
            say(f"The run in the Temporal UI: {started.ui}")
        return 0

    async def _watch(self, client: Client, handle: WorkflowHandle[Any, Any]) -> Ended | None:
        """Until the end; None where the person left it waiting."""
        async for happening in live(client, handle):
            self._seen.append(happening)
            line = comment(happening, handle.id)
            if line and not self._json:
                self._teller.tell(line)
            card = opened_gate(happening)
            if card and not await self._decide(handle, card):
                return None
            raise_if_ended_badly(happening, handle.id)
            if isinstance(happening, Ended):
                return happening
        raise Failure(REFUSED, f"{handle.id}: its history ended before the run did")

    async def _decide(self, handle: WorkflowHandle[Any, Any], card: Card) -> bool:
        """False where the person left it waiting."""
        self._teller.pause()
        if not self._json:
            say(about_the_draft(self._seen))
        if self._yes:
            await self._approve(handle, card)
            return True
        taken = await settle_gate(handle, card)
        if not taken:
            left_waiting(card, handle.id)
        return taken

    async def _approve(self, handle: WorkflowHandle[Any, Any], card: Card) -> None:
        gate = await look_at(handle, card)
        if gate and not self._json:
            show_gate(gate)
        reply = await decide(handle, Approve(by=BY, gate=card.gate, digest=card.digest, note="demo --yes"))
        if not reply.accepted:
            raise Failure(REFUSED, f"{handle.id}: refused: {reply.reason}")
