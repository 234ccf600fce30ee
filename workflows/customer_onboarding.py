"""CustomerOnboarding: rules admit, or two officers do; nobody becomes a customer without a decision."""

from temporalio import workflow

from contracts.credit import READ_CREDIT, CreditReport, ReadCredit
from contracts.customer_onboarding import (
    CUSTOMER_ONBOARDING,
    WELCOME,
    OnboardingCase,
    OnboardingOutcome,
    OnboardingRequest,
    OnboardingResult,
)
from contracts.customers import CREATE_CUSTOMER, Admission, EnteredCustomer, NewCustomer, customer_id
from contracts.identity import document_in_short, facts_of
from contracts.kyc import KycDecision, KycFacts, Verdict, decide
from contracts.mail import SEND_EMAIL_IN_ADVANCE, Email
from contracts.mrz import Mrz, read_mrz
from contracts.notes import Note
from contracts.sales_follow_up import DraftFacts, EmailDraft
from contracts.screening import READ_RULES, SCREEN_NAME, ReadKycRules, Screened, ScreenName
from contracts.tools import Outcome, Receipt
from workflows.steps.blanks import Blank, Filled
from workflows.steps.ended import Ended, Ending
from workflows.steps.gates import Gates, Review
from workflows.steps.llm import Llm
from workflows.steps.messages import TakesMessages
from workflows.steps.progress import Progress
from workflows.steps.tools import Tools


@workflow.defn(name=CUSTOMER_ONBOARDING.workflow_type)
class CustomerOnboarding(TakesMessages):
    """Admit one applicant by rules, or by two officers; enter them, and welcome them."""

    def __init__(self) -> None:
        self.progress = Progress(CUSTOMER_ONBOARDING)
        self.gates = Gates(self.progress)
        self.llm = Llm(self.progress, self.gates)
        self.tools = Tools(self.progress, self.gates)
        self.known = OnboardingResult(outcome=OnboardingOutcome.STOPPED, application_id="unknown")

    @workflow.run
    async def run(self, request: OnboardingRequest) -> OnboardingResult:
        """The story, and how it ends when an officer says no, nobody answers, or somebody stops it."""
        self.known = self.known.model_copy(update={"application_id": request.application_id})
        return await self.progress.tell(request, self._story(request), self._ended)

    async def _story(self, request: OnboardingRequest) -> OnboardingResult:
        mrz = self._check_identity(request)
        credit = await self._read_credit(request)
        screened = await self._screen(request, mrz)
        facts = facts_of(request, mrz, screened, credit, workflow.now().date())
        decision = await self._by_the_rules(facts, screened)
        if decision.verdict is Verdict.REFUSE:
            return self._result(OnboardingOutcome.REFUSED, reason=why(decision))
        admission = await self._admit(case(request, mrz, facts, decision, screened))
        welcome = await self.llm.fill(write_welcome(request))
        entered = await self._create(request, admission)
        if entered.outcome is not Outcome.DONE or entered.result.already:
            reason = f"{request.application_id} had been entered before; nothing was done now"
            return self._result(OnboardingOutcome.ALREADY_CUSTOMER, reason=reason, officers=())
        self._learn(customer_id=entered.result.customer_id, drafted_by=welcome.by)
        return await self._welcome(review_welcome(request, welcome), admission)

    def _check_identity(self, request: OnboardingRequest) -> Mrz:
        with self.progress.step("check-identity"):
            mrz = read_mrz(request.mrz)
            document = document_in_short(mrz)
            self._learn(document=document)
            text = f"{document}; wrong: {', '.join(mrz.wrong) or 'nothing'}"
            self._note("check-identity", "wrong" if mrz.wrong else "check digits hold", text)
        return mrz

    async def _read_credit(self, request: OnboardingRequest) -> CreditReport:
        whose = ReadCredit(name=request.applicant.name, born=request.born)
        return await self.tools.use("read-credit", READ_CREDIT, whose, "Ask the credit bureau")

    async def _screen(self, request: OnboardingRequest, mrz: Mrz) -> Screened:
        whom = ScreenName(name=request.applicant.name, document_name=mrz.name, born=request.born)
        return await self.tools.use("screen-name", SCREEN_NAME, whom, "Hold the names against the watchlist")

    async def _by_the_rules(self, facts: KycFacts, screened: Screened) -> KycDecision:
        """By the table alone: no model has been asked so far, and none is told what comes of it."""
        table = await self.tools.use("read-rules", READ_RULES, ReadKycRules(), "Take the table of rules")
        with self.progress.step("decide"):
            decision = decide(table, facts, screened.digest)
            self._learn(decision=decision)
            self._note("decide", decision.verdict, f"by table {decision.rules_version}: {why(decision)}")
        return decision

    async def _admit(self, case: OnboardingCase) -> Admission:
        """Whom the rules refer, two officers admit. Raises Ended (one says no, or not two say yes in time)."""
        officers: tuple[str, ...] = ()
        if case.decision.verdict is Verdict.REFER:
            question = f"Admit {case.application_id}? Two officers decide: {why(case.decision)}"
            approval = (await self.gates.approve(Review("review-case", question[:300], case))).approval
            officers = (*approval.others, approval.by)
        self._learn(officers=officers)
        said = case.decision
        return Admission(
            verdict=Verdict.REFER if officers else Verdict.PASS,
            officers=officers,
            rules_version=said.rules_version,
            rules_digest=said.rules_digest,
            watchlist_digest=said.watchlist_digest,
        )

    async def _create(self, request: OnboardingRequest, admission: Admission) -> Receipt[EnteredCustomer]:
        new = NewCustomer(
            application_id=request.application_id,
            applicant=request.applicant,
            product=request.product,
            credit_limit=request.credit_limit,
            admission=admission,
        )
        return await self.tools.use("create-customer", CREATE_CUSTOMER, new, "Enter the customer in the CRM")

    async def _welcome(self, review: Review[Email], admission: Admission) -> OnboardingResult:
        """Only whom the rules let pass is welcomed under a standing approval."""
        in_advance = SEND_EMAIL_IN_ADVANCE if admission.verdict is Verdict.PASS else None
        try:
            approved = await self.gates.approve(review, in_advance)
        except Ended as no:
            if no.how is Ending.STOPPED:
                raise
            return self._result(OnboardingOutcome.ADMITTED, reason=f"the welcome did not go out: {no.reason}")
        self._learn(approved_by=approved.approval.by, standing=approved.approval.standing)
        receipt = await self.tools.use("send-welcome", SEND_EMAIL_IN_ADVANCE, approved, "Send the welcome")
        self._learn(message_id=receipt.result.message_id)
        if receipt.outcome is Outcome.CONFLICT:
            reason = f"{self.progress.action} had sent another text before; nothing was sent now"
            # What is known so far is about the mail that did not go out.
            return self._result(
                OnboardingOutcome.WELCOMED, reason=reason, drafted_by=None, approved_by=None, standing=None
            )
        return self._result(OnboardingOutcome.WELCOMED)

    def _note(self, step: str, outcome: str, text: str) -> None:
        self.progress.note(Note(at=workflow.now(), step=step, outcome=outcome, text=text[:1000]))

    def _learn(self, **facts: object) -> None:
        self.known = self.known.model_copy(update=facts)

    def _result(self, outcome: OnboardingOutcome, **facts: object) -> OnboardingResult:
        return self.known.model_copy(update={"outcome": outcome, "cost_usd": self.progress.cost_usd, **facts})

    def _ended(self, end: Ended) -> OnboardingResult:
        return self._result(OnboardingOutcome(end.how), reason=end.reason, partial=self.progress.partial(end))


def why(decision: KycDecision) -> str:
    """The rules that led to the verdict, in the table's words."""
    decided = (one for one in decision.fired if one.then is decision.verdict)
    return "; ".join(f"{one.because} ({one.rule})" for one in decided) or "nothing speaks against it"


def case(
    request: OnboardingRequest, mrz: Mrz, facts: KycFacts, decision: KycDecision, screened: Screened
) -> OnboardingCase:
    """What officers see."""
    return OnboardingCase(
        application_id=request.application_id,
        applicant=request.applicant,
        born=request.born,
        name_on_document=mrz.name,
        document=document_in_short(mrz),
        wrong=mrz.wrong,
        product=request.product,
        facts=facts,
        decision=decision,
        alike=screened.alike,
    )


def write_welcome(request: OnboardingRequest) -> Blank[EmailDraft]:
    """Write the words between greeting and closing. The model is told nothing of identity, credit or decision."""
    return Blank(
        step="write-welcome",
        summary=f"Write the welcome for {request.application_id}",
        prompt="customer_onboarding/welcome",
        variables={"product": request.product, "sender": request.sender.name},
        contract=WELCOME,
        facts=DraftFacts(sources=(request.product, request.sender.name), recipient=request.applicant.name),
        otherwise=lambda: template(request),
    )


def template(request: OnboardingRequest) -> EmailDraft:
    """A welcome that says nothing wrong."""
    return EmailDraft(
        subject=f"Welcome: your {request.product}"[:90].rstrip(),
        paragraphs=[
            f"Thank you for choosing us for your {request.product}. We are glad to have you with us.",
            "If you have a question, simply answer this mail.",
        ],
    )


def review_welcome(request: OnboardingRequest, draft: Filled[EmailDraft]) -> Review[Email]:
    """The whole mail, as it would go out. Greeting, number and closing are code's, whatever the model wrote."""
    number = customer_id(request.application_id)
    limit = f" Your credit limit is {request.credit_limit:,} EUR." if request.credit_limit else ""
    paragraphs = (
        f"Dear {request.applicant.name},",
        *draft.value.paragraphs,
        f"Your {request.product} is open. Your customer number is {number}.{limit}",
        f"Kind regards,\n{request.sender.name}",
    )
    return Review(
        gate="review-welcome",
        question=f"Send the welcome to customer {number}?",
        subject=Email(
            to=request.applicant,
            sender=request.sender,
            subject=draft.value.subject,
            body="\n\n".join(paragraphs) + "\n",
            invitation="",
            drafted_by=draft.by,
        ),
        editable=("subject", "body"),
    )
