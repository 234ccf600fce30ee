"""Troubleshooting: solve one ticket with the knowledge base, or bring it to a person."""

from collections.abc import Sequence
from datetime import timedelta
from decimal import Decimal
from functools import partial
from typing import Any

from pydantic import BaseModel
from temporalio import workflow
from temporalio.exceptions import ActivityError

from contracts.diagnose import (
    DIAGNOSE_DISK,
    DIAGNOSE_DNS,
    DIAGNOSE_HTTP,
    DIAGNOSE_TCP,
    DIAGNOSE_TLS,
    DiskTarget,
    Target,
)
from contracts.errors import root_message
from contracts.knowledge import (
    READ_SECTIONS,
    SEARCH_KNOWLEDGE,
    KnowledgeHit,
    ReadSections,
    SearchKnowledge,
    SectionName,
)
from contracts.logs import PARSE_LOG, ParseLog
from contracts.outputs import NoFacts
from contracts.tickets import CLOSE_TICKET, READ_TICKET, CloseTicket, ReadTicket, Resolution, Ticket
from contracts.tools import Outcome, Tool
from contracts.troubleshooting import (
    MAY_HAND_TO,
    MOST_HAND_OVERS,
    SPECIALISTS,
    TICKET_KIND,
    TROUBLESHOOTING,
    TURNS,
    USES,
    Brief,
    Finding,
    Fix,
    ForPerson,
    GiveUp,
    HandOver,
    LogQuestion,
    TicketKind,
    TroubleshootingOutcome,
    TroubleshootingRequest,
    TroubleshootingResult,
)
from workflows.patterns.bounded_agent_loop import Agent, Bounds, bounded_agent_loop
from workflows.patterns.guarded_handoff import Handed, Handoff, guarded_handoff
from workflows.patterns.route import Allowed, Choice, choose
from workflows.steps.calls import AskPerson, Calls, Offer, Refused
from workflows.steps.ended import Ended, Ending
from workflows.steps.gates import Gates, Question
from workflows.steps.llm import Llm
from workflows.steps.messages import TakesMessages
from workflows.steps.progress import Progress
from workflows.steps.tools import Tools

BOUNDS = Bounds(turns=8, tool_calls=12, usd=Decimal("1.00"), working_time=timedelta(minutes=3))
"""Of one specialist's work: three of them, and what a person adds, fit into what a run may spend."""

LOOKS: dict[Tool, tuple[str, type[BaseModel], str]] = {
    SEARCH_KNOWLEDGE: ("search_knowledge", SearchKnowledge, "Search the articles"),
    READ_SECTIONS: ("read_article", ReadSections, "Read parts of articles, or, without a heading, all of one"),
    PARSE_LOG: ("parse_log", LogQuestion, "Read the ticket's log"),
    DIAGNOSE_DNS: ("check_dns", Target, "Resolve the name of a system of the customer's"),
    DIAGNOSE_TCP: ("check_port", Target, "Connect to a system of the customer's"),
    DIAGNOSE_HTTP: ("check_http", Target, "Ask a system of the customer's for its HTTP status"),
    DIAGNOSE_TLS: ("check_certificate", Target, "Look at the certificate of a system of the customer's"),
    DIAGNOSE_DISK: ("check_disk", DiskTarget, "Look how much room there is on a disk of the help desk's"),
}
"""Names, arguments and purposes of the tools, as the specialists know them."""


@workflow.defn(name=TROUBLESHOOTING.workflow_type)
class Troubleshooting(TakesMessages):
    """Solve one ticket with the knowledge base, or bring it to a person."""

    def __init__(self) -> None:
        self.progress = Progress(TROUBLESHOOTING)
        self.gates = Gates(self.progress)
        self.llm = Llm(self.progress, self.gates)
        self.tools = Tools(self.progress, self.gates)
        self.known = TroubleshootingResult(outcome=TroubleshootingOutcome.STOPPED, ticket_id="unknown")

    @workflow.run
    async def run(self, request: TroubleshootingRequest) -> TroubleshootingResult:
        """The story, and how it ends when nobody answers, or somebody stops it."""
        self.known = self.known.model_copy(update={"ticket_id": request.ticket_id})
        return await self.progress.tell(request, self._story(request), self._ended)

    async def _story(self, request: TroubleshootingRequest) -> TroubleshootingResult:
        wanted = ReadTicket(ticket_id=request.ticket_id)
        ticket = await self.tools.use("read-ticket", READ_TICKET, wanted, "Read the ticket")
        if ticket.closed:
            return self._result(TroubleshootingOutcome.ALREADY_CLOSED, reason="it was closed before")
        chosen = await choose(self.llm, self.gates, which_kind(ticket))
        self._learn(kind=chosen.kind, kind_by=chosen.by)
        try:
            end = await self._specialists(ticket, chosen.kind)
        except Ended as silence:
            if silence.how is not Ending.EXPIRED:
                raise
            self._learn(reason=silence.reason)
            outcome, resolution = TroubleshootingOutcome.UNANSWERED, Resolution.UNANSWERED
            return await self._close(ticket, outcome, resolution, unanswered(ticket))
        if isinstance(end, GiveUp):
            return await self._escalate(ticket, end.why, end.known)
        try:
            steps = await self._steps(end)
        except ActivityError as missing:
            return await self._escalate(ticket, f"the fix has no source: {root_message(missing)}", end.cause)
        self._learn(fix=fixed(ticket, end, steps), sources=steps)
        return await self._close(ticket, TroubleshootingOutcome.CLOSED, Resolution.SOLVED, fixed(ticket, end, steps))

    async def _specialists(self, ticket: Ticket, kind: TicketKind) -> Fix | GiveUp:
        """One after the other, until one of them has a fix or gives up. Raises Ended (the customer is silent, too)."""
        if kind not in SPECIALISTS:
            return GiveUp(why="it is no technical trouble, or fits nowhere")
        work = partial(self._work, ticket)
        handed: Handed[TicketKind, Brief, Fix | GiveUp] = await guarded_handoff(
            kind, MAY_HAND_TO, MOST_HAND_OVERS, work
        )
        return handed.result or GiveUp(why=handed.reason, known=handed.briefs[-1].known if handed.briefs else "")

    async def _work(
        self, ticket: Ticket, kind: TicketKind, briefs: tuple[Brief, ...]
    ) -> Fix | GiveUp | Handoff[TicketKind, Brief]:
        self._learn(path=(*self.known.path, kind), briefs=briefs)
        asks = AskPerson("ask-customer", about=ticket, at_most=2, name="ask_customer", silence_ends=True)
        calls = Calls(Allowed(self.tools, kind, USES[kind]), self.gates, offers(ticket, kind), asks)
        done = await bounded_agent_loop(specialist(ticket, kind, briefs), self.llm, calls)
        if done.result is None:
            return GiveUp(why=f"the {kind} specialist came to no end: {done.reason}"[:300])
        end = done.result.end
        return Handoff(end.to, end.brief) if isinstance(end, HandOver) else end

    async def _steps(self, fix: Fix) -> tuple[KnowledgeHit, ...]:
        """In the articles' own words: no model's words tell a customer what to do."""
        parts = tuple(SectionName(file=one.file, heading=one.heading) for one in fix.sources)
        wanted = ReadSections(sections=parts)
        return (await self.tools.use("read-sources", READ_SECTIONS, wanted, "Take the steps from the articles")).hits

    async def _escalate(self, ticket: Ticket, why: str, known: str) -> TroubleshootingResult:
        """A person answers the customer. Raises Ended (nobody does)."""
        self._learn(reason=why)
        shown = ForPerson(ticket=ticket, why=why, known=known, path=self.known.path, briefs=self.known.briefs)
        question = f"What is {ticket.customer.name[:60]} told about {ticket.ticket_id}? No specialist has a fix"
        said = await self.gates.clarify(Question("escalate", question, shown, str))
        self._learn(answered_by=said.by, fix=said.value)
        return await self._close(ticket, TroubleshootingOutcome.ESCALATED, Resolution.ANSWERED, said.value)

    async def _close(
        self, ticket: Ticket, outcome: TroubleshootingOutcome, resolution: Resolution, message: str
    ) -> TroubleshootingResult:
        files = tuple(dict.fromkeys(hit.file for hit in self.known.sources))
        closing = CloseTicket(ticket_id=ticket.ticket_id, resolution=resolution, message=message, sources=files)
        receipt = await self.tools.use("close-ticket", CLOSE_TICKET, closing, f"Close the ticket: {resolution}")
        if receipt.outcome is Outcome.CONFLICT or receipt.result.already:
            reason = "it had been closed meanwhile; the customer was told nothing now"
            return self._result(TroubleshootingOutcome.ALREADY_CLOSED, reason=reason, fix=None, sources=())
        return self._result(outcome)

    def _learn(self, **facts: object) -> None:
        self.known = self.known.model_copy(update=facts)

    def _result(self, outcome: TroubleshootingOutcome, **facts: object) -> TroubleshootingResult:
        return self.known.model_copy(update={"outcome": outcome, "cost_usd": self.progress.cost_usd, **facts})

    def _ended(self, end: Ended) -> TroubleshootingResult:
        return self._result(TroubleshootingOutcome(end.how), reason=end.reason, partial=self.progress.partial(end))


def which_kind(ticket: Ticket) -> Choice[TicketKind]:
    """Whose ticket it is: a model says it from a closed list, and a person where it is not sure."""
    return Choice(
        step="kind",
        gate="kind-by-person",
        summary=f"Sort {ticket.ticket_id}",
        prompt="troubleshooting/kind",
        variables={"subject": ticket.subject, "company": ticket.company, "ticket": ticket.body},
        contract=TICKET_KIND,
        kinds=TicketKind,
        about=ticket,
    )


def specialist(ticket: Ticket, kind: TicketKind, briefs: Sequence[Brief]) -> Agent[Finding]:
    """Who works on it, and what is known."""
    log = f"{ticket.log_characters:,} characters, read it with parse_log" if ticket.log_characters else "none"
    return Agent(
        step=kind,
        summary=f"The {kind} specialist",
        prompt=f"troubleshooting/{kind}",
        variables={
            "customer": ticket.customer.name,
            "company": ticket.company,
            "subject": ticket.subject,
            "ticket": ticket.body,
            "log": log,
            "systems": ", ".join(ticket.systems) or "none",
            "briefs": "\n\n".join(map(in_words, briefs)) or "none",
        },
        contract=TURNS[kind],
        facts=NoFacts(),
        bounds=BOUNDS,
    )


def in_words(brief: Brief) -> str:
    """As the specialists after that one read it."""
    return "\n".join((f"why: {brief.why}", f"known: {brief.known}", *(f"tried: {one}" for one in brief.tried)))


def offers(ticket: Ticket, kind: TicketKind) -> Sequence[Offer[Any, Any]]:
    """What a specialist may look at: of logs the ticket's, of systems the customer's."""

    def makes(said: BaseModel) -> BaseModel:
        match said:
            case LogQuestion():
                return ParseLog(ticket_id=ticket.ticket_id, contains=said.contains)
            case Target() if said.system not in ticket.systems:
                raise Refused(f"{said.system} is no system of the ticket; there are: {', '.join(ticket.systems)}")
            case _:
                return said

    looks = ((tool, *LOOKS[tool]) for tool in USES[kind])
    return [Offer(name, name.replace("_", "-"), tool, says, makes, does) for tool, name, says, does in looks]


def fixed(ticket: Ticket, fix: Fix, steps: Sequence[KnowledgeHit]) -> str:
    """What the customer is told of a fix: its cause in the model's words, its steps in the articles'."""
    parts = (f"From our article “{hit.heading.partition(' > ')[0]}”:\n\n{hit.text}" for hit in steps)
    return _letter(
        ticket, fix.cause, *parts, "If this does not help, write to us again: a person goes on with it then."
    )


def unanswered(ticket: Ticket) -> str:
    """What the customer is told who was asked, and did not answer."""
    return _letter(
        ticket,
        f"We asked you a question about “{ticket.subject}”, and have heard nothing since. We take it that it is no "
        "trouble any more, and close the ticket.",
        "If it still is, write to us again: a person goes on with it, and nothing of what you wrote is lost.",
    )


def _letter(ticket: Ticket, *paragraphs: str) -> str:
    return "\n\n".join((f"Dear {ticket.customer.name},", *paragraphs, "Kind regards,\nyour help desk")) + "\n"
