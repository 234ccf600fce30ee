"""What a notice says: as a mail, and as JSON for a chat tool. Text only, and never the subject of the gate."""

import hashlib
import shlex
from datetime import UTC, datetime
from urllib.parse import quote

from pydantic import JsonValue

from contracts.approvers import Notice
from contracts.gates import Card, GateKind

_SUBJECT_LENGTH = 200
_SAYS = {
    "opened": "waits for your decision",
    "reminder": "still waits for your decision",
    "escalation": "waits for your decision, too: those who were asked first have not decided",
}


def notice_id(notice: Notice, whom: str) -> str:
    """The same for the same notice to the same person, however often it is sent."""
    card = notice.card
    parts = (
        notice.workflow_id,
        card.gate,
        card.opened_at.isoformat(),
        notice.kind,
        str(card.reminders),
        *card.waits_on,
    )
    return hashlib.sha256("\0".join((*parts, whom)).encode("utf-8", "surrogatepass")).hexdigest()[:32]


def mail_subject(notice: Notice) -> str:
    """One line."""
    said = f"{notice.card.gate} {_SAYS[notice.kind].partition(',')[0]}"
    return _line(f"{said}: {notice.workflow_id}")[:_SUBJECT_LENGTH].strip()


def mail_body(notice: Notice, inbox: str | None, name: str) -> str:
    """Plain text."""
    card = notice.card
    lines = [_line(f"{card.gate} of {notice.process} {_SAYS[notice.kind]}."), "", _line(card.question), ""]
    lines += [f"Run: {_line(notice.workflow_id)}", f"Until: {_clock(card.deadline)}", *_standing(card)]
    if inbox:
        lines += ["", f"Here: {link(notice, inbox)}"]
    lines += ["", "At a terminal:", *(f"    {command}" for command in commands(notice, name))]
    return "\n".join(lines) + "\n"


def hook_body(notice: Notice, inbox: str | None) -> dict[str, JsonValue]:
    """What the webhook is posted. `text` holds none of the question: a chat tool may take it for markup."""
    card = notice.card
    there = link(notice, inbox) if inbox else None
    waits = _SAYS[notice.kind].partition(",")[0].replace("your", "a")
    said = f"{card.gate} of {notice.process} {waits}, until {_clock(card.deadline)}"
    return {
        "type": "signoff.notice/1",
        "id": notice_id(notice, ""),
        "kind": notice.kind,
        "workflow_id": notice.workflow_id,
        "process": notice.process,
        "gate": card.gate,
        "question": _line(card.question),
        "waits_on": list(card.waits_on),
        "needed": card.needed,
        "approved_by": list(card.approved_by),
        "deadline": card.deadline.isoformat(),
        "link": there,
        "commands": list(commands(notice, "YOUR-NAME")),
        "text": f"{said}: {there}" if there else said,
    }


def link(notice: Notice, inbox: str) -> str:
    """The run's page in the inbox, at the gate."""
    run, gate = (quote(text.encode("utf-8", "replace"), safe="") for text in (notice.workflow_id, notice.card.gate))
    return f"{inbox}/runs/{run}?gate={gate}"


def commands(notice: Notice, name: str) -> tuple[str, ...]:
    """How to look and to decide without a browser."""
    card, run = notice.card, _line(notice.workflow_id)
    bound = (run, "--gate", _line(card.gate), "--by", name, *(("--key", "FILE") if card.signed else ()))
    choice = "|".join(str(number + 1) for number in range(len(card.choices)))
    how: tuple[tuple[str, ...], ...] = (
        ("answer", *bound, *(("--choice", choice) if choice else ("--text", "ANSWER"))),
    )
    if card.kind is GateKind.APPROVAL:
        how = (("approve", *bound), ("reject", *bound, "--reason", "WHY"))
    return tuple(shlex.join(("signoff", *words)) for words in (("show", run), *how))


def _standing(card: Card) -> list[str]:
    said = [
        f"Waits on: {', '.join(card.waits_on)}" if card.waits_on else "",
        f"{card.needed} more must approve" if card.needed > 1 or card.approved_by else "",
        f"Approved by: {', '.join(card.approved_by)}" if card.approved_by else "",
        f"Choices: {'; '.join(f'{number} {choice}' for number, choice in enumerate(card.choices, 1))}"
        if card.choices
        else "",
        "Decisions must be signed." if card.signed else "",
    ]
    return [_line(one) for one in said if one]


def _clock(moment: datetime) -> str:
    return f"{moment.astimezone(UTC):%Y-%m-%d %H:%M} UTC"


def _line(text: str) -> str:
    """On one line, and nothing in it that steers a program that shows it."""
    return " ".join("".join(c if c.isprintable() else " " for c in text).split())
