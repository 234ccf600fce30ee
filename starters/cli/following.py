"""`--follow`: live commentary that stops at a gate and asks."""

import shlex
import sys
from typing import Any

from temporalio.client import Client, WorkflowHandle

from contracts.gates import Card
from starters.cli.asking import ask_person
from starters.cli.output import clean_line, say
from starters.cli.telling import Teller
from starters.cli.terminal import can_ask
from starters.commentary import comment
from starters.decisions import decide, look_at, own_name
from starters.failures import REFUSED, Failure
from starters.gate_words import how_to_decide
from starters.happenings import Ended, Happening, Noted, RunStatus, WentOn
from starters.session import open_cards
from starters.waiting import while_served
from starters.watch import live


async def follow(client: Client, workflow_id: str, run_id: str, *, as_json: bool = False) -> int:
    """Tell a run until it ends, or until the person leaves it waiting. Raises Failure where it ends badly."""
    handle = client.get_workflow_handle(workflow_id, run_id=run_id)
    return await while_served(client, handle, _follow(client, handle, as_json))


async def _follow(client: Client, handle: WorkflowHandle[Any, Any], as_json: bool) -> int:
    asks = can_ask() and not as_json
    if not asks:
        how = f"to decide: signoff approve {shlex.quote(handle.id)}"
        print(f"signoff: no question is asked where no person types; {clean_line(how)}", file=sys.stderr, flush=True)
    with Teller(as_json=as_json) as teller:
        async for happening in live(client, handle):
            if line := comment(happening, handle.id):
                teller.tell(line)
            if isinstance(happening, WentOn):
                handle = client.get_workflow_handle(handle.id, run_id=happening.run_id)
            card = opened_gate(happening)
            # Keys stay with their owners' commands: a gate that wants signatures is not asked here.
            if card and asks and not card.signed:
                teller.pause()
                if not await settle_gate(handle, card):
                    return left_waiting(card, handle.id)
            elif card and _is_among(card, await open_cards(await handle.describe())):
                return 0 if as_json else left_waiting(card, handle.id)
            raise_if_ended_badly(happening, handle.id)
    return 0


def opened_gate(happening: Happening) -> Card | None:
    """The gate, where this opened one."""
    if not isinstance(happening, Noted) or not happening.note or happening.note.outcome != "opened":
        return None
    return next((card for card in happening.gates or () if card.gate == happening.note.gate), None)


async def settle_gate(handle: WorkflowHandle[Any, Any], card: Card) -> bool:
    """Ask until a decision is taken or the gate is closed; False where the person leaves it waiting."""
    # The history tells of gates that were closed long ago, too.
    while _is_among(card, await open_cards(await handle.describe())):
        gate = await look_at(handle, card)
        if gate is None:
            return True
        decision = ask_person(gate, own_name())
        if decision is None:
            return False
        reply = await decide(handle, decision)
        if reply.accepted:
            return True
        say(f"refused: {clean_line(reply.reason)}")
    return True


def left_waiting(card: Card, workflow_id: str) -> int:
    """Say how to go on; a person who does not want to decide now has done nothing wrong."""
    say(f"left waiting; go on with: {how_to_decide(card, workflow_id)}")
    return 0


def raise_if_ended_badly(happening: Happening, workflow_id: str) -> None:
    """Raise Failure where the run ended otherwise than by itself."""
    match happening:
        case Ended(status=status, error=error) if status not in (RunStatus.COMPLETED, RunStatus.STOPPED):
            raise Failure(REFUSED, f"{workflow_id} {status.replace('_', ' ')}: {error or 'no reason given'}")


def _is_among(card: Card, cards: tuple[Card, ...]) -> bool:
    return any((one.gate, one.digest) == (card.gate, card.digest) for one in cards)
