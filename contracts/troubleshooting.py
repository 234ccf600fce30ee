"""Troubleshooting: its input, its result, what its models say, and who decides what."""

import re
from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from enum import StrEnum
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from contracts.agents import turn_contract
from contracts.budgets import Limits, Partial, Targets
from contracts.diagnose import DIAGNOSE_DISK, DIAGNOSE_DNS, DIAGNOSE_HTTP, DIAGNOSE_TCP, DIAGNOSE_TLS
from contracts.knowledge import READ_SECTIONS, SEARCH_KNOWLEDGE, KnowledgeHit
from contracts.logs import PARSE_LOG
from contracts.money import Usd
from contracts.outputs import NoFacts
from contracts.policies import GatePolicy, Silence
from contracts.processes import Decider, Process, ProcessInput, Step
from contracts.routing import closed_list
from contracts.tickets import CLOSE_TICKET, READ_TICKET, Ticket, TicketId
from contracts.tools import ReadTool


class TroubleshootingRequest(ProcessInput):
    """Solve one ticket. `{"ticket_id": "ticket-001"}` is complete."""

    ticket_id: TicketId = Field(description="the ticket, as the help desk knows it", examples=["ticket-001"])


class TicketKind(StrEnum):
    """Whose ticket it is: a specialist's, or nobody's of them."""

    NETWORK = "network"
    APPLICATION = "application"
    STORAGE = "storage"
    OTHER = "other"
    """No technical trouble, or one that fits nowhere: a person's."""


SPECIALISTS = (TicketKind.NETWORK, TicketKind.APPLICATION, TicketKind.STORAGE)
MAY_HAND_TO = {one: tuple(other for other in SPECIALISTS if other is not one) for one in SPECIALISTS}
MOST_HAND_OVERS = 3

Sentence = Annotated[str, StringConstraints(min_length=5, max_length=300, strip_whitespace=True)]


class LogQuestion(BaseModel):
    """What a specialist looks for in the ticket's log."""

    model_config = ConfigDict(frozen=True)

    contains: Annotated[str, StringConstraints(max_length=200)] = Field(
        default="", description="lines with these letters are shown, too"
    )


class Source(BaseModel):
    """A part of an article, as the search names it."""

    model_config = ConfigDict(frozen=True)

    file: Annotated[str, StringConstraints(min_length=1, max_length=300)] = Field(description="copied from a hit")
    heading: Annotated[str, StringConstraints(min_length=1, max_length=300)] = Field(description="copied from a hit")


class Fix(BaseModel):
    """What helps. The customer is told the cause in these words, and the steps in those of the articles."""

    model_config = ConfigDict(frozen=True)

    kind: Literal["fix"] = "fix"
    cause: Annotated[str, StringConstraints(min_length=20, max_length=600, strip_whitespace=True)] = Field(
        description="what is wrong and how you know, to the customer, in their language; no steps, no links"
    )
    sources: tuple[Source, ...] = Field(min_length=1, max_length=3, description="parts of articles with the steps")


class Brief(BaseModel):
    """What one specialist tells the next one."""

    model_config = ConfigDict(frozen=True)

    why: Sentence = Field(description="why it is theirs")
    known: Annotated[str, StringConstraints(min_length=5, max_length=1000, strip_whitespace=True)] = Field(
        description="what was found out"
    )
    tried: tuple[Sentence, ...] = Field(default=(), max_length=8, description="what was looked at, and what came of it")


class HandOver(BaseModel):
    """It is another specialist's."""

    model_config = ConfigDict(frozen=True)

    kind: Literal["hand_over"] = "hand_over"
    to: TicketKind
    brief: Brief


class GiveUp(BaseModel):
    """It is a person's."""

    model_config = ConfigDict(frozen=True)

    kind: Literal["give_up"] = "give_up"
    why: Sentence = Field(description="why no article helps")
    known: Annotated[str, StringConstraints(max_length=1000, strip_whitespace=True)] = Field(
        default="", description="what was found out, for the person who goes on"
    )


class Finding(BaseModel):
    """How a specialist's work ends."""

    model_config = ConfigDict(frozen=True)

    end: Fix | HandOver | GiveUp


class ForPerson(BaseModel):
    """What a person is shown who goes on in a specialist's place."""

    model_config = ConfigDict(frozen=True)

    ticket: Ticket
    why: str
    known: str = ""
    path: tuple[TicketKind, ...] = ()
    briefs: tuple[Brief, ...] = ()


class TroubleshootingOutcome(StrEnum):
    """How it ended."""

    CLOSED = "closed"
    """With a fix from the articles."""
    ESCALATED = "escalated"
    """A person has answered the customer, and the ticket is closed."""
    UNANSWERED = "unanswered"
    """The customer was asked, did not answer, and was told how to go on; the ticket is closed."""
    ALREADY_CLOSED = "already_closed"
    """The ticket had been closed before; nothing was done now."""
    EXPIRED = "expired"
    """It was escalated, and no person answered in time; the ticket is open."""
    REJECTED = "rejected"
    STOPPED = "stopped"


class TroubleshootingResult(BaseModel):
    """What came of it; partial when the run was stopped."""

    model_config = ConfigDict(frozen=True)

    outcome: TroubleshootingOutcome = Field(description="how it ended")
    ticket_id: TicketId = Field(description="the ticket it was about")
    reason: str | None = Field(default=None, description="why it was not closed with a fix")
    kind: TicketKind | None = Field(default=None, description="as it was first taken for")
    kind_by: str | None = Field(default=None, description="model or person who said so")
    path: tuple[TicketKind, ...] = Field(default=(), description="the specialists who worked on it, in their order")
    briefs: tuple[Brief, ...] = Field(default=(), description="what each of them told the next one")
    fix: str | None = Field(default=None, description="what the customer was told")
    sources: tuple[KnowledgeHit, ...] = Field(default=(), description="what the fix rests on, where it stands")
    answered_by: str | None = Field(default=None, description="who answered, when it was escalated")
    cost_usd: Usd = Field(default=Decimal(0), description="cost of the model calls")
    partial: Partial | None = Field(default=None, description="where it was stopped, or came to a limit")


_COMMAND = re.compile(r"https?:|www\.|[`|<>{}\\$@]|(?:^|\s)(?:sudo|curl|wget|rm|chmod|chown|sh|bash)\s", re.IGNORECASE)
"""What a cause has no need of: a log may have asked for it. Steps come from articles alone."""


def _check(specialist: TicketKind) -> Callable[[Finding, NoFacts], list[str]]:
    others = [one.value for one in MAY_HAND_TO[specialist]]

    def problems(finding: Finding, facts: NoFacts) -> list[str]:
        match finding.end:
            case HandOver(to=to) if to not in MAY_HAND_TO[specialist]:
                return [f"you may hand over to {' or '.join(others)}; give up where it is neither's"]
            case Fix(cause=cause) if found := _COMMAND.search(cause):
                return [f"{found[0].strip()!r} has no place in the cause: steps and links stand in the articles"]
        return []

    return problems


TICKET_KIND = closed_list("troubleshooting.kind", TicketKind)
TURNS = {
    specialist: turn_contract(f"troubleshooting.{specialist}_turn", Finding, NoFacts, _check(specialist))
    for specialist in SPECIALISTS
}
"""What each specialist says in a turn."""

_ALL_USE = (SEARCH_KNOWLEDGE, READ_SECTIONS, PARSE_LOG)
USES: dict[TicketKind, tuple[ReadTool[Any, Any], ...]] = {
    TicketKind.NETWORK: (*_ALL_USE, DIAGNOSE_DNS, DIAGNOSE_TCP, DIAGNOSE_HTTP, DIAGNOSE_TLS),
    TicketKind.APPLICATION: (*_ALL_USE, DIAGNOSE_HTTP),
    TicketKind.STORAGE: (*_ALL_USE, DIAGNOSE_DISK),
    TicketKind.OTHER: (),
}
"""What each specialist may use. All of it only reads: the type says so."""

PATIENT = GatePolicy(deadline=timedelta(days=4), remind_after=timedelta(days=2))
"""With customers."""

OR_NOBODYS = GatePolicy(deadline=timedelta(days=1), remind_after=timedelta(hours=12), silence=Silence.DEFAULT)
"""A ticket that nobody sorts is escalated."""

TROUBLESHOOTING = Process(
    name="troubleshooting",
    workflow_type="Troubleshooting",
    does="Solve one ticket with the knowledge base, or bring it to a person.",
    input=TroubleshootingRequest,
    result=TroubleshootingResult,
    business_key=lambda request: request.ticket_id,
    steps=(
        Step("read-ticket", Decider.CODE, "read the ticket", READ_TICKET),
        Step("choose-models", Decider.CODE, "take the models' route from the worker's settings"),
        Step("kind", Decider.MODEL_ROUTES, "say which specialist's it is; unsure, a person says it"),
        Step("kind-by-person", Decider.PERSON, "say which specialist's it is; silence: nobody's", gate=OR_NOBODYS),
        *(
            step
            for one in SPECIALISTS
            for step in (
                Step(f"{one}", Decider.MODEL_ROUTES, f"the {one} specialist: decide what to look at, and how it ends"),
                Step(f"{one}-summary", Decider.MODEL_FILLS, "summarise older turns of a long search"),
            )
        ),
        Step("search-knowledge", Decider.MODEL_ROUTES, "search the articles", SEARCH_KNOWLEDGE),
        Step("read-article", Decider.MODEL_ROUTES, "read parts of articles", READ_SECTIONS),
        Step("parse-log", Decider.MODEL_ROUTES, "read the ticket's log", PARSE_LOG),
        Step("check-dns", Decider.MODEL_ROUTES, "resolve a name of the customer's", DIAGNOSE_DNS),
        Step("check-port", Decider.MODEL_ROUTES, "connect to a system of the customer's", DIAGNOSE_TCP),
        Step("check-http", Decider.MODEL_ROUTES, "ask a system of the customer's for its status", DIAGNOSE_HTTP),
        Step("check-certificate", Decider.MODEL_ROUTES, "look at the certificate of one", DIAGNOSE_TLS),
        Step("check-disk", Decider.MODEL_ROUTES, "look how much room a disk has", DIAGNOSE_DISK),
        Step("ask-customer", Decider.PERSON, "answer a specialist's question; silence closes the ticket", gate=PATIENT),
        Step("read-sources", Decider.CODE, "take the fix's steps from the articles that it names", READ_SECTIONS),
        Step("escalate", Decider.PERSON, "answer the customer in a specialist's place; silence leaves the ticket open"),
        Step("close-ticket", Decider.CODE, "close the ticket with what the customer is told", CLOSE_TICKET),
        Step("close-ticket-outcome", Decider.PERSON, "say whether it was closed, where nobody can look it up"),
    ),
    outputs=(TICKET_KIND, *TURNS.values()),
    limits=Limits(steps=80, tool_calls=40),
    targets=Targets(usd=Decimal("0.60"), working_time=timedelta(minutes=3)),
)
