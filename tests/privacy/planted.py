"""Thirty marked words, and runs in which each is said somewhere: by the CRM, a ticket, a model, a person, a server."""

from collections.abc import Mapping
from typing import Any

from aiosmtpd.smtp import SMTP, Envelope, Session
from sqlalchemy import Connection, update

from activities.stores.tables import LEADS, TICKETS
from tests.support.help_desk import ends, uses

PLACES = (
    "lead: name",
    "lead: address",
    "lead: company",
    "lead: notes",
    "requester",
    "draft: subject",
    "draft: paragraph",
    "note of an approval",
    "edited subject",
    "edited body",
    "refused message",
    "unreadable signal",
    "reason of a no",
    "reason of a stop",
    "refusal by a server",
    "customer: name",
    "customer: address",
    "ticket: subject",
    "ticket: body",
    "ticket: log",
    "thought of a model",
    "argument of a tool",
    "a question to the customer",
    "answer of the customer",
    "why a specialist gave up",
    "what a specialist knew",
    "answer of a person",
    "note of an update",
    "a large log",
    "brief",
)
MARKS: Mapping[str, str] = {place: f"quince{chr(97 + n // 6)}{chr(97 + n % 6)}vex" for n, place in enumerate(PLACES)}
"""By where it is said; letters only, so that no check of amounts or dates takes it for one."""

LEAD = "lead-007"
TICKET = "ticket-009"


def m(place: str) -> str:
    """The mark of a place."""
    return MARKS[place]


def plant_lead(connection: Connection) -> None:
    """Into the CRM."""
    row = {
        "name": f"Ada {m('lead: name')}",
        "email": f"{m('lead: address')}@example.com",
        "company": f"{m('lead: company')} Ltd",
        "notes": f"She asked about {m('lead: notes')}.",
    }
    connection.execute(update(LEADS).where(LEADS.c.lead_id == LEAD).values(row))


def plant_ticket(connection: Connection) -> None:
    """Into the help desk."""
    customer = {"name": f"Bo {m('customer: name')}", "email": f"{m('customer: address')}@example.com"}
    lines = [f"2026-11-16T08:{n:02}:00Z ERROR scanner {m('a large log')} {'x' * 400}" for n in range(60)]
    row = {
        "customer": customer,
        "subject": f"Scanner {m('ticket: subject')}",
        "body": f"It says {m('ticket: body')}.",
        "log": "\n".join([f"2026-11-16T08:00:00Z ERROR scanner {m('ticket: log')}", *lines]),
    }
    connection.execute(update(TICKETS).where(TICKETS.c.ticket_id == TICKET).values(row))


def follow_up_script() -> dict[str, Any]:
    """What a model says of the lead."""
    draft = {
        "subject": f"Your {m('draft: subject')} plans",
        "paragraphs": [f"Thank you for telling us about {m('draft: paragraph')}. I would be glad to hear more."],
    }
    return {"summarise-signals": [{"signals": []}], "draft-email": [draft]}


def ticket_script() -> dict[str, Any]:
    """What models say of the ticket."""
    question = f"What do you see of {m('a question to the customer')} when the scanner does not work?"
    gives_up = ends(
        kind="give_up",
        why=f"no article tells of {m('why a specialist gave up')}",
        known=f"what the log says of {m('what a specialist knew')}",
    )
    return {
        "kind": [{"kind": "application", "confidence": 0.9}],
        "application": [
            uses(
                ("parse_log", {"contains": "ERROR"}),
                ("parse_log", {"contains": m("ticket: log")}),
                ("search_knowledge", {"query": f"scanner {m('argument of a tool')}"}),
                thought=f"The log tells of {m('thought of a model')}",
            ),
            uses(("ask_customer", {"question": question})),
            gives_up,
        ],
    }


class Refusing:
    """A mail server that refuses, and says why."""

    async def handle_RCPT(
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        """Nobody is known here."""
        return f"550 5.1.1 no such person: {m('refusal by a server')}"
