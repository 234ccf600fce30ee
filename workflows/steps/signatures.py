"""Signatures of decisions: Ed25519 (RFC 8032) over all that a decision means, checked against the keys that were known
when the gate opened."""

import base64
from datetime import datetime, timedelta

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from contracts.approvers import Approver, ApproverKey
from contracts.gates import Card, Decision, Signature, signed_bytes
from workflows.steps.refused import Refused

SKEW = timedelta(minutes=5)
"""How far a signer's clock may be off."""


def check_signature(
    decision: Decision, approver: Approver | None, workflow_id: str, card: Card, now: datetime, last: datetime | None
) -> datetime:
    """When it was signed. `last`: the time in the sender's signature before this one at the same gate.

    Raises Refused: not signed, not by a key of theirs, not for this, too old, or a repetition.
    """
    by, signature = decision.by, decision.signature
    if signature is None:
        raise Refused(f"{card.gate} wants signed decisions: sign with --key")
    if approver is None:
        raise Refused("signatures cannot be checked here: SIGNOFF_APPROVERS names no keys")
    if decision.gate is None or decision.digest is None:
        raise Refused("a signed decision names its gate and its digest")
    key = next((key for key in approver.keys if key.id == signature.key), None)
    if key is None:
        raise Refused(f"{by} has no key {signature.key!r}")
    if key.revoked and key.revoked <= now:
        raise Refused(f"the key {key.id!r} of {by} was revoked at {key.revoked:%Y-%m-%d %H:%M %Z}")
    at = _signed_at(signature)
    if not card.opened_at - SKEW <= at <= now + SKEW:
        raise Refused(f"it was signed at {signature.at}, which does not lie between the gate's opening and now")
    if last is not None and at <= last:
        raise Refused("it was signed before what its sender decided last: a repetition does not count")
    if not _is_genuine(key, signature, signed_bytes(workflow_id, decision, signature.at)):
        raise Refused(f"the signature is not one of {by} for this decision")
    return at


def _signed_at(signature: Signature) -> datetime:
    try:
        at = datetime.fromisoformat(signature.at)
    except ValueError:
        at = None
    if at is None or at.tzinfo is None:
        raise Refused("the signature's time is not a date and a time with its offset")
    return at


def _is_genuine(key: ApproverKey, signature: Signature, signed: bytes) -> bool:
    public = Ed25519PublicKey.from_public_bytes(base64.b64decode(key.public))
    try:
        public.verify(base64.b64decode(signature.value), signed)
    except InvalidSignature:
        return False
    return True
