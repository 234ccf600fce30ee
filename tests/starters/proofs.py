"""A run whose mail two people signed, as a history made by hand; and its proof bundle."""

import base64
from collections.abc import Callable
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from contracts.gates import DECISION, canonical, json_digest, signed_bytes
from runtime.codec import data_converter
from starters.audit.bundle import as_file
from starters.audit.collecting import collect
from starters.chain import Chain
from tests.starters.events import History, note

RUN = "sales-follow-up/lead-007/today"
MAIL = {"to": "zoe@example.com", "subject": "Hello", "body": "Dear Zoë"}
DIGEST = json_digest(MAIL)  # type: ignore[arg-type]
KEYS = {name: Ed25519PrivateKey.from_private_bytes(name.encode().ljust(32, b"-")) for name in ("ann", "bob", "eve")}


def public(name: str) -> str:
    """In base64."""
    return base64.b64encode(KEYS[name].public_key().public_bytes_raw()).decode()


def signed(name: str, at: str = "2026-11-21T10:00:05+00:00", **more: Any) -> dict[str, Any]:
    """An approval with its sender's signature."""
    message = {"verdict": "approve", "by": name, "gate": "review-email", "digest": DIGEST, **more}
    raw = KEYS[name].sign(signed_bytes(RUN, DECISION.validate_python(message), at))
    return message | {"signature": {"key": f"{name}-1", "at": at, "value": base64.b64encode(raw).decode()}}


def rules(**policy: Any) -> dict[str, Any]:
    """As they are recorded when the gate opens: two of these three, with signatures."""
    usual = {"deadline": "PT48H", "remind_after": "PT24H", "stages": [{"needed": 2}], "signed": True, "separate": True}
    people = [
        {"name": name, "roles": ["lead"], "keys": [{"id": f"{name}-1", "public": public(name)}]}
        for name in sorted(KEYS)
    ]
    return {"policy": usual | policy, "approvers": people, "notices": False}


def history(requester: str = "zoe") -> History:
    """Ann approves, then Bob; the mail goes out."""
    made = History(request={"lead_id": "lead-007", "by": requester})
    made.local("approvers.rules", rules(), "1", "Who decides at review-email")
    card = {
        "gate": "review-email",
        "kind": "approval",
        "question": "Send this mail to Zoë?",
        "digest": DIGEST,
        "deadline": "2026-11-23T10:00:00Z",
        "opened_at": "2026-11-21T10:00:00Z",
        "step": "review-email",
        "needed": 2,
        "signed": True,
    }
    at_gate = {"gate": "review-email", "digest": DIGEST}
    made.noted(note(**at_gate, outcome="opened"), [card])
    made.updated("u-1", signed("ann"), "cli/ann@host")
    person = {**at_gate, "step": "review-email", "by": "person"}
    after = card | {"needed": 1, "approved_by": ["ann"]}
    made.noted(note(**person, who="ann", outcome="approved, 1 more needed"), [after], "u-1")
    made.updated("u-2", signed("bob"), "cli/bob@host")
    votes = [{"by": name, "key": f"{name}-1", "at": "2026-11-21T10:00:08Z"} for name in ("ann", "bob")]
    made.called("review-email-keys-2-0", "approvers.revocations", {"votes": votes}, {"refused": {}})
    made.noted(note(**person, who="bob", outcome="approved"), [])
    approval = {
        "request": RUN,
        "gate": "review-email",
        "digest": DIGEST,
        "by": "bob",
        "at": "2026-11-21T10:00:08Z",
        "others": ["ann"],
    }
    act = {"key": f"{RUN}/send-email", "digest": DIGEST, "argument": MAIL, "approval": approval}
    receipt = {"key": act["key"], "digest": DIGEST, "outcome": "done", "result": {"message_id": "<1@x>"}}
    made.called("send-email", "mail.send", act, receipt)
    made.completed({"outcome": "sent"})
    return made


def bundle(made: History | None = None) -> bytes:
    """The file."""
    events = tuple((made or history()).events)
    return as_file(collect(RUN, Chain((("run-1", events),), whole=True), data_converter()))[0]


def rewritten(data: dict[str, Any], change: Callable[[dict[str, Any]], Any]) -> bytes:
    """The file as somebody writes it who knows how: changed, and with the right SHA-256."""
    change(data["bundle"])
    return canonical({"bundle": data["bundle"], "sha256": json_digest(data["bundle"])})
