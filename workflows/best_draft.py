"""BestDraft: three writers, one picker, one person's consent, one mail."""

from functools import partial
from typing import cast

from temporalio import workflow

from contracts.best_draft import (
    BEST_DRAFT,
    DRAFT,
    ORCHESTRATE,
    PICK,
    BestDraftOutcome,
    BestDraftRequest,
    BestDraftResult,
    Done,
    DraftText,
    DraftToSend,
    Mode,
    NoWords,
    Pick,
    Tone,
    Written,
)
from contracts.llm import Role
from contracts.mail import SEND_EMAIL_IN_ADVANCE, Email
from contracts.outputs import NoFacts
from contracts.sales_follow_up import DraftFacts, EmailDraft
from contracts.tools import Outcome
from workflows.patterns.bounded_agent_loop import Agent, Bounds, bounded_agent_loop
from workflows.patterns.parallel import sections
from workflows.steps.blanks import Blank, Filled
from workflows.steps.calls import Calls, Refused, Skill
from workflows.steps.ended import Ended
from workflows.steps.gates import Gates, Review
from workflows.steps.llm import Llm
from workflows.steps.messages import TakesMessages
from workflows.steps.progress import Progress
from workflows.steps.tools import Tools


@workflow.defn(name=BEST_DRAFT.workflow_type)
class BestDraft(TakesMessages):
    """Have a mail written three times, and send the best one, once."""

    def __init__(self) -> None:
        self.progress = Progress(BEST_DRAFT)
        self.gates = Gates(self.progress)
        self.llm = Llm(self.progress, self.gates)
        self.tools = Tools(self.progress, self.gates)

    @workflow.run
    async def run(self, request: BestDraftRequest) -> BestDraftResult:
        """The story, and how it ends when a person says no, nobody answers, or somebody stops it."""
        self.known = BestDraftResult(outcome=BestDraftOutcome.STOPPED, brief_id=request.brief_id, mode=request.mode)
        return await self.progress.tell(request, self._story(request), self._ended)

    async def _story(self, request: BestDraftRequest) -> BestDraftResult:
        if request.mode is Mode.MODEL:
            return await self._by_model(request)
        await self.llm.ready(Role.DEFAULT)  # once, not once for each writer
        writers = {tone: self.llm.fill(write(tone, request)) for tone in Tone}
        drafts = (await sections(self.progress, "writers", writers)).done
        order = self._shuffled()
        pick = await self.llm.fill(pick_draft(request, [drafts[tone].value for tone in order], order))
        self.learn(order=order, picked_by=pick.by)
        picked = order[pick.value.number - 1]
        return await self.send(request, picked, drafts[picked])

    async def _by_model(self, request: BestDraftRequest) -> BestDraftResult:
        """A model decides what is written and what is sent; code decides what can be."""
        hands = Hands(self, request)
        end = await bounded_agent_loop(orchestrate(request), self.llm, hands.calls)
        if not (sent := hands.sent):
            reason = f"the model sent nothing: {end.result.summary if end.result else end.reason}"
            return self._result(BestDraftOutcome.NOT_SENT, reason=reason)
        self.known = sent
        self.learn(path=hands.path, picked_by=end.by if end.result and sent.picked else None)
        return self._result(sent.outcome)

    async def send(self, request: BestDraftRequest, picked: Tone, draft: Filled[EmailDraft]) -> BestDraftResult:
        """One of the drafts, once a person has approved it, here or in advance."""
        self.learn(picked=picked, drafted_by=draft.by)
        approved = await self.gates.approve(review_email(request, draft), SEND_EMAIL_IN_ADVANCE)
        self.learn(approved_by=approved.approval.by, standing=approved.approval.standing)
        receipt = await self.tools.use("send-email", SEND_EMAIL_IN_ADVANCE, approved, f"Send it to {request.to.name}")
        self.learn(message_id=receipt.result.message_id)
        if receipt.outcome is Outcome.CONFLICT:
            reason = f"{self.progress.action} had sent another text before; nothing was sent now"
            # What is known so far is about the mail that did not go out.
            self.learn(picked=None, picked_by=None, drafted_by=None, approved_by=None, standing=None)
            return self._result(BestDraftOutcome.ALREADY_SENT, reason=reason)
        return self._result(BestDraftOutcome.SENT)

    def _shuffled(self) -> tuple[Tone, ...]:
        """An order by chance, so that the picker's liking for a place can be told from its liking for a draft."""
        order = self.progress.chain.journal.once(
            "order of the drafts", lambda: workflow.random().sample([tone.value for tone in Tone], len(Tone))
        )
        return tuple(map(Tone, order))

    def learn(self, **facts: object) -> None:
        """For the result, however the run ends."""
        self.known = self.known.model_copy(update=facts)

    def _result(self, outcome: BestDraftOutcome, **facts: object) -> BestDraftResult:
        return self.known.model_copy(update={"outcome": outcome, "cost_usd": self.progress.cost_usd, **facts})

    def _ended(self, end: Ended) -> BestDraftResult:
        return self._result(BestDraftOutcome(end.how), reason=end.reason, partial=self.progress.partial(end))


class Hands:
    """What a model can do: have each draft written once, and send one of them, once.

    What it has done stands in `calls.kept`, for a run that goes on in a new one amid the loop.
    """

    def __init__(self, story: BestDraft, request: BestDraftRequest) -> None:
        self._story, self._request = story, request
        writers = [
            Skill(f"write_{tone}", NoWords, partial(self._write, tone), f"Have the {tone} draft written")
            for tone in Tone
        ]
        send = Skill("send_email", DraftToSend, self._send, "Send one of the drafts to the recipient, once")
        self.calls = Calls(story.tools, story.gates, (*writers, send))

    @property
    def path(self) -> tuple[str, ...]:
        """The tools that were used, in order."""
        return tuple(map(str, cast(list[str], self.calls.kept.get("path", []))))

    @property
    def sent(self) -> BestDraftResult | None:
        """What is known since the mail went out."""
        found = self.calls.kept.get("sent")
        return None if found is None else BestDraftResult.model_validate(found)

    async def _write(self, tone: Tone, _: NoWords) -> DraftText:
        if tone in self.calls.kept:
            raise Refused(f"the {tone} draft has been written")
        draft = await self._story.llm.fill(write(tone, self._request))
        self.calls.kept[tone] = Written(draft=draft.value, by=draft.by).model_dump(mode="json")
        self._did(f"write_{tone}")
        return as_text(draft.value)

    async def _send(self, mail: DraftToSend) -> Done:
        if self.sent:
            raise Refused("a mail has gone out, and there is no second one")
        if mail.to != self._request.to.email:
            raise Refused(f"this mail goes to {self._request.to.email}, and to nobody else")
        found = {tone: Written.model_validate(self.calls.kept[tone]) for tone in Tone if tone in self.calls.kept}
        said = DraftText(subject=mail.subject, text=mail.text)
        tone = next((tone for tone, written in found.items() if as_text(written.draft) == said), None)
        if tone is None:
            raise Refused("this is none of the drafts, letter by letter: copy subject and text of one that was written")
        result = await self._story.send(self._request, tone, Filled(found[tone].draft, found[tone].by))
        self.calls.kept["sent"] = result.model_dump(mode="json")
        self._did("send_email")
        return Done(summary=result.reason or f"the {tone} draft was sent to {mail.to}")

    def _did(self, name: str) -> None:
        self.calls.kept["path"] = [*self.path, name]
        self._story.learn(path=self.path)


def orchestrate(request: BestDraftRequest) -> Agent[Done]:
    """Have drafts written, and send one."""
    return Agent(
        step="orchestrate",
        summary=f"Send a mail about {request.topic}",
        prompt="best_draft/orchestrate",
        variables={"topic": request.topic, "brief": request.brief, "to": request.to.email},
        contract=ORCHESTRATE,
        facts=NoFacts(),
        bounds=Bounds(turns=8, tool_calls=10),
    )


def write(tone: Tone, request: BestDraftRequest) -> Blank[EmailDraft]:
    """Write the words between greeting and closing. A writer sees the brief, and no other draft."""
    return Blank(
        step=f"write-{tone}",
        summary=f"Write a {tone} draft about {request.topic}",
        prompt=f"best_draft/write_{tone}",
        variables={"topic": request.topic, "brief": request.brief},
        contract=DRAFT,
        facts=DraftFacts(
            sources=(request.brief, request.topic, request.to.name, request.sender.name), recipient=request.to.name
        ),
        otherwise=lambda: template(tone, request),
    )


def template(tone: Tone, request: BestDraftRequest) -> EmailDraft:
    """A mail that says nothing wrong, in three tones."""
    opening = {
        Tone.HUMOROUS: f"I promised myself to write a short mail about {request.topic}, and this is it.",
        Tone.SERIOUS: f"I am writing to you about {request.topic}, because it matters to us.",
        Tone.PROFESSIONAL: f"I am writing to you about {request.topic}.",
    }
    return EmailDraft(
        subject=f"About {request.topic}",
        paragraphs=[f"{opening[tone]} I would be glad to tell you more, and to answer your questions."],
    )


def pick_draft(request: BestDraftRequest, drafts: list[EmailDraft], order: tuple[Tone, ...]) -> Blank[Pick]:
    """Pick one by its number. Where no reply can be used it is the professional one."""
    return Blank(
        step="pick-draft",
        summary=f"Pick the best draft about {request.topic}",
        prompt="best_draft/pick_draft",
        variables={
            "brief": request.brief,
            **{f"draft_{n}": f"{one.subject}\n\n{one.text}" for n, one in enumerate(map(as_text, drafts), 1)},
        },
        contract=PICK,
        facts=NoFacts(),
        otherwise=lambda: Pick(number=order.index(Tone.PROFESSIONAL) + 1),
        max_tokens=400,
        scratchpad=True,
    )


def as_text(draft: EmailDraft) -> DraftText:
    """A draft as those read it who choose."""
    return DraftText(subject=draft.subject, text="\n\n".join(draft.paragraphs))


def review_email(request: BestDraftRequest, draft: Filled[EmailDraft]) -> Review[Email]:
    """The whole mail, as it would go out. Nothing can be edited: what is sent is one of the drafts."""
    paragraphs = (f"Dear {request.to.name},", *draft.value.paragraphs, f"Kind regards,\n{request.sender.name}")
    return Review(
        gate="review-email",
        question=f"Send this mail to {request.to.name}?",
        subject=Email(
            to=request.to,
            sender=request.sender,
            subject=draft.value.subject,
            body="\n\n".join(paragraphs) + "\n",
            invitation="",
            drafted_by=draft.by,
        ),
    )
