"""What the templates of a run's page are given."""

from collections.abc import Mapping
from typing import Any
from urllib.parse import quote, urlencode

from starters.inbox.auth import Visitor
from starters.inbox.desk import Desk
from starters.inbox.fields import PREFIX, differing, editable_fields
from starters.inbox.look import Looked
from starters.inbox.signing import commands
from starters.inbox.story import Story
from starters.inbox.subjects import lay_out, words
from starters.inbox.verdicts import CHOICE, SAY, Wrong, allowed
from starters.start import run_page

_LABELS = {SAY: "Your words", CHOICE: "Your answer"}


def standing(desk: Desk, looked: Looked, story: Story, gate: str | None, digest: str | None) -> dict[str, Any]:
    """How the run stands. `gate` and `digest`: of what the page shows."""
    run, card = looked.run, looked.card
    ui = run_page(desk.settings.ui_url, desk.client.namespace, run.handle.id, run.found.run_id)
    return {
        "workflow_id": run.handle.id,
        "process": run.process.name,
        "run_status": run.status.replace("_", " "),
        "is_over": looked.is_over,
        "card": card,
        "gate_name": gate,
        "digest": digest,
        "has_changed": card is not None and digest is not None and card.digest != digest,
        "came_of_it": story.closed.get(gate or "") if card is None else None,
        "others": [one for one in looked.cards if card is None or one.gate != card.gate],
        "story": story,
        "ui": ui,
        "poll": _poll(run.handle.id, gate, digest, story.mark),
        "live": False,
    }


def _poll(workflow_id: str, gate: str | None, digest: str | None, seen: str) -> str:
    known = {"gate": gate, "digest": digest, "seen": seen}
    query = urlencode({name: value for name, value in known.items() if value is not None})
    return f"/live/{quote(workflow_id, safe='')}?{query}"


def asked(desk: Desk, visitor: Visitor, looked: Looked, typed: Mapping[str, str], wrong: Wrong) -> dict[str, Any]:
    """What is asked, and the form; `typed`: what somebody had put into it."""
    gate = looked.gate
    if gate is None:
        return {"gate": None, "trouble": looked.trouble, "leftovers": _leftovers(typed)}
    desk.subjects.keep(gate.card.digest, gate.subject)
    was_changed = "digest" in typed and typed["digest"] != gate.card.digest
    before = desk.subjects.find(typed["digest"]) if was_changed else gate.subject
    verdicts = allowed(gate, visitor.name)
    is_asked = "retract" in verdicts or desk.people.may_be_asked(visitor.name, gate.card)
    can_decide = is_asked and not gate.card.signed
    can_edit = can_decide and "approve" in verdicts
    fields = editable_fields(gate.subject, gate.editable if can_edit else (), typed, before, wrong.problems)
    return {
        "gate": gate,
        "trouble": None,
        "subject": lay_out(gate.subject, fields),
        "verdicts": verdicts if can_decide else (),
        "is_asked": is_asked,
        "commands": commands(looked.run.handle.id, gate.card, visitor.name) if gate.card.signed else (),
        "was_changed": was_changed,
        "changes": [words(name) for name in differing(before, gate.subject)],
        "say": typed.get(SAY, ""),
        "choice": typed.get(CHOICE, ""),
        "say_problem": wrong.problems.get(SAY),
        "choice_problem": wrong.problems.get(CHOICE),
        "summary": [(f"f-{name}", _LABELS.get(name) or words(name), text) for name, text in _summary(fields, wrong)],
        "reason": wrong.reason,
        "leftovers": (),
    }


def _summary(fields: Mapping[str, Any], wrong: Wrong) -> list[tuple[str, str]]:
    """What is wrong, for the head of the form: each leads to its field."""
    said = [(name, field.problem) for name, field in fields.items() if field.problem]
    return said + [(name, wrong.problems[name]) for name in (SAY, CHOICE) if name in wrong.problems]


def _leftovers(typed: Mapping[str, str]) -> tuple[tuple[str, str], ...]:
    """What was typed for a gate that is closed: its writer may want to copy it."""
    names = [name for name in typed if name.startswith(PREFIX) or name == SAY]
    return tuple((words(name.removeprefix(PREFIX)), typed[name]) for name in names if typed[name].strip())
