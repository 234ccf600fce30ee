"""An open gate in words: who may decide, how many are missing, and the command that decides."""

import shlex

from contracts.gates import Card, GateKind
from contracts.policies import ROLE


def how_to_decide(card: Card, workflow_id: str) -> str:
    """The command that answers a gate."""
    name, choices = shlex.quote(workflow_id), "|".join(shlex.quote(choice) for choice in card.choices)
    if card.kind is GateKind.APPROVAL:
        how = f"signoff approve {name}"
    else:
        how = f"signoff answer {name} --choice {choices}" if choices else f"signoff answer {name} --text …"
    return f"{how} --key FILE" if card.signed else how


def standing_words(card: Card) -> str:
    """What is known of it beyond its question; empty where anybody may decide, alone."""
    who = ", ".join(f"role {name.removeprefix(ROLE)}" if name.startswith(ROLE) else name for name in card.waits_on)
    missing = f"{card.needed} more must approve" if card.needed > 1 or card.approved_by else ""
    parts = (
        f"waits on {who}" if who else "",
        missing,
        f"approved by {', '.join(card.approved_by)}" if card.approved_by else "",
        f"abstained: {', '.join(card.abstained)}" if card.abstained else "",
        "decisions must be signed" if card.signed else "",
    )
    return "; ".join(part for part in parts if part)
