"""Signing a decision with an approver's key."""

from pathlib import Path

from contracts.gates import Decision, Signature
from runtime.approvers import Approvers
from runtime.keys import BadKey, is_open_to_others, key_id, read_key
from starters.failures import BAD_INPUT, Failure


class Signer:
    """A key file, read. Raises Failure where it is none."""

    def __init__(self, path: Path) -> None:
        try:
            self._key = read_key(path)
        except BadKey as bad:
            raise Failure(BAD_INPUT, str(bad)) from None
        self.is_open_to_others = is_open_to_others(path)

    def sign(self, workflow_id: str, decision: Decision, wanted_id: str | None, known: Approvers | None) -> Signature:
        """`wanted_id`: what the key is called; else as the list of approvers calls it, where this machine has one."""
        return self._key.sign(workflow_id, decision, wanted_id or self._id_in(known) or key_id(self._key.public))

    def _id_in(self, known: Approvers | None) -> str | None:
        keys = (key for person in known.approvers.values() for key in person.keys) if known else ()
        return next((key.id for key in keys if key.public == self._key.public), None)
