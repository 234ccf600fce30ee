"""How to decide where only signed decisions count: keys stay with their owners, so it is done at a terminal."""

import shlex

from contracts.gates import Card, GateKind

KEY = "KEY-FILE"


def commands(workflow_id: str, card: Card, name: str) -> tuple[str, ...]:
    """The commands, one for each answer that there is; the words in capitals are left to fill in."""
    match card.kind:
        case GateKind.APPROVAL:
            bound = ("--digest", card.digest)
            return (
                _command("approve", workflow_id, card, name, *bound),
                _command("reject", workflow_id, card, name, *bound, "--reason", "WHY"),
            )
        case GateKind.OUTCOME | GateKind.QUESTION if card.choices:
            numbers = range(1, len(card.choices) + 1)
            return tuple(_command("answer", workflow_id, card, name, "--choice", str(number)) for number in numbers)
        case _:
            return (_command("answer", workflow_id, card, name, "--text", "ANSWER"),)


def _command(verdict: str, workflow_id: str, card: Card, name: str, *more: str) -> str:
    words = ("signoff", verdict, workflow_id, "--gate", card.gate, "--by", name, *more, "--key", KEY)
    return shlex.join(words)
