"""Who may sign in, and whether a gate waits for them."""

from pydantic import TypeAdapter, ValidationError

from contracts.approvers import Approver
from contracts.gates import Card, Who
from runtime.settings import Settings

NAMED = 20
"""A card names no more than so many who are asked."""

_WHO: TypeAdapter[str] = TypeAdapter(Who)


class People:
    """Those whom SIGNOFF_APPROVERS names; everybody where it is not set."""

    def __init__(self, settings: Settings) -> None:
        listed = settings.approvers
        self._known = None if listed is None else {one.name: one for one in listed.people()}

    def problem(self, name: str) -> str | None:
        """Why somebody of that name cannot sign in; None where they can."""
        try:
            _WHO.validate_python(name)
        except ValidationError:
            return "a name has 1 to 200 printable characters"
        if self._known is not None and name not in self._known:
            return f"{name} is not among the approvers of SIGNOFF_APPROVERS"
        return None

    def is_asked(self, name: str, card: Card) -> bool:
        """Whether the gate waits for this person's decision."""
        if has_said(name, card):
            return False
        return not card.waits_on or self._person(name).is_one_of(card.waits_on)

    def may_be_asked(self, name: str, card: Card) -> bool:
        """Whether the gate may wait for them: where no list is kept, nobody here knows who has which role."""
        is_whole = len(card.waits_on) < NAMED
        return self._known is None or not card.waits_on or not is_whole or self._person(name).is_one_of(card.waits_on)

    def _person(self, name: str) -> Approver:
        return (self._known or {}).get(name) or Approver(name=name)


def has_said(name: str, card: Card) -> bool:
    """Whether they have approved or abstained, which they may take back."""
    # As the run has it: two spellings of a name are one person.
    return name.casefold() in {one.casefold() for one in (*card.approved_by, *card.abstained)}
