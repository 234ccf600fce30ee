"""`--follow`: live commentary that stops at a gate and asks."""

from typing import Any

from temporalio.client import Client, WorkflowHandle

from contracts.gates import Card
from starters.cli.asking import ask_person
from starters.cli.output import clean_line, console
from starters.cli.terminal import can_ask
from starters.cli.watching import show_line
from starters.commentary import comment, how_to_decide
from starters.decisions import decide, look_at, own_name
from starters.failures import REFUSED, Failure
from starters.happenings import Ended, Noted, RunStatus
from starters.session import open_cards
from starters.waiting import while_served
from starters.watch import live


async def follow(client: Client, workflow_id: str, run_id: str, *, as_json: bool = False) -> int:
    """Tell a run until it ends, or until the person leaves it waiting. Raises Failure where it ends badly."""
    handle = client.get_workflow_handle(workflow_id, run_id=run_id)
    return await while_served(client, handle, _follow(client, handle, as_json))


async def _follow(client: Client, handle: WorkflowHandle[Any, Any], as_json: bool) -> int:
    asks = can_ask() and not as_json
    async for happening in live(client, handle):
        if line := comment(happening, handle.id):
            show_line(line, as_json=as_json)
        match happening:
            case Noted(note=note, gates=gates) if asks and note and note.outcome == "opened":
                for card in gates or ():
                    if card.gate == note.gate and not await settle_gate(handle, card):
                        return _left(card, handle.id)
            case Ended(status=status, error=error) if status not in (RunStatus.COMPLETED, RunStatus.STOPPED):
                raise Failure(REFUSED, f"{handle.id} {status.replace('_', ' ')}: {error or 'no reason given'}")
    return 0


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
        console().print(f"refused: {clean_line(reply.reason)}")
    return True


def _is_among(card: Card, cards: tuple[Card, ...]) -> bool:
    return any((one.gate, one.digest) == (card.gate, card.digest) for one in cards)


def _left(card: Card, workflow_id: str) -> int:
    console().print(f"left waiting; go on with: {how_to_decide(card, workflow_id)}")
    return 0
