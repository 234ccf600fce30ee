"""CustomerOnboarding: its input, its result, what its model fills in, and who decides what."""

import re
import unicodedata
from datetime import date, timedelta
from decimal import Decimal
from enum import StrEnum
from typing import Annotated

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StringConstraints

from contracts.budgets import Partial, Targets
from contracts.credit import READ_CREDIT
from contracts.crm import Person
from contracts.customers import CREATE_CUSTOMER, OFFICERS
from contracts.kyc import Country, KycDecision, KycFacts
from contracts.mail import SEND_EMAIL_IN_ADVANCE
from contracts.money import Usd
from contracts.mrz import MrzPart, clean_mrz
from contracts.outputs import OutputContract
from contracts.policies import GatePolicy, Stage
from contracts.processes import Decider, Label, Process, ProcessInput, Step
from contracts.sales_follow_up import EMAIL_DRAFT, DraftFacts, EmailDraft
from contracts.screening import READ_RULES, SCREEN_NAME, ListedPerson

_LONGEST_NAME = 100

Zone = Annotated[
    tuple[Annotated[str, StringConstraints(max_length=200)], ...], Field(max_length=3), AfterValidator(clean_mrz)
]


def _is_a_name(person: Person) -> Person:
    """It stands in a greeting that nobody may read before it goes out: no links, no figures."""
    if not all(unicodedata.category(letter)[0] in "LM" or letter in " -'\u2019.," for letter in person.name):
        raise ValueError("the name must be of letters, blanks, hyphens, apostrophes, full stops and commas")
    if len(person.name) > _LONGEST_NAME:
        raise ValueError(f"the name must have at most {_LONGEST_NAME} characters")
    return person


class Product(StrEnum):
    """What there is to apply for. A closed list: its words stand in a mail that nobody may read before it goes out."""

    CURRENT_ACCOUNT = "current account"
    SAVINGS_ACCOUNT = "savings account"
    BUSINESS_ACCOUNT = "business account"
    CREDIT_CARD = "credit card"


class OnboardingRequest(ProcessInput):
    """One application to become a customer, with what the applicant says and what their document says."""

    application_id: Label = Field(description="tells this application from others", examples=["application-001"])
    applicant: Annotated[Person, AfterValidator(_is_a_name)] = Field(
        description="name and mail address, as the applicant writes them",
        examples=[{"name": "Anna Maria Eriksson", "email": "anna.eriksson@customer.example"}],
    )
    born: date = Field(description="date of birth", examples=["1974-08-12"])
    nationality: Country = Field(
        description="as in the document: three letters, or D for Germany", examples=["UTO", "D"]
    )
    residence: Country = Field(description="where they live", examples=["UTO"])
    document_number: Annotated[str, StringConstraints(min_length=1, max_length=40)] = Field(
        description="as the applicant typed it; blanks, hyphens and small letters make no difference",
        examples=["L898902C3"],
    )
    mrz: Zone = Field(
        description="the machine readable zone, line by line: 3 lines of 30 (TD1), 2 of 36 (TD2) or 2 of 44 (TD3)",
        examples=[["P<UTOERIKSSON<<ANNA<MARIA<<<<<<<<<<<<<<<<<<<", "L898902C36UTO7408122F3504152ZE184226B<<<<<16"]],
    )
    product: Product = Field(description="what is applied for", examples=["current account"])
    credit_limit: int = Field(default=0, ge=0, le=1_000_000, description="what is applied for, in whole euros")
    sender: Person = Field(
        description="who welcomes them", examples=[{"name": "Clara Weiss", "email": "clara.weiss@harbourbank.example"}]
    )


class OnboardingOutcome(StrEnum):
    """How it ended."""

    WELCOMED = "welcomed"
    """Admitted, entered in the CRM, and told so."""
    ADMITTED = "admitted"
    """Admitted and entered; nobody let the welcome go out, and reason says why."""
    ALREADY_CUSTOMER = "already_customer"
    """This application had been entered before; nothing was done now."""
    REFUSED = "refused"
    """By the rules."""
    REJECTED = "rejected"
    """By an officer, whom the rules had referred it to."""
    EXPIRED = "expired"
    """Referred, and no two officers admitted them in time."""
    STOPPED = "stopped"


class OnboardingResult(BaseModel):
    """What came of it; partial when the run was stopped. It names no document in full."""

    model_config = ConfigDict(frozen=True)

    outcome: OnboardingOutcome = Field(description="how it ended")
    application_id: Label = Field(description="the application")
    reason: str | None = Field(default=None, description="why it ended without a welcome")
    document: str | None = Field(default=None, description="size, issuer, and the number's last three characters")
    decision: KycDecision | None = Field(default=None, description="what the rules say, with those that led to it")
    officers: tuple[str, ...] = Field(default=(), description="who admitted them, where the rules did not")
    customer_id: str | None = Field(default=None, description="in the CRM; None: they are no customer")
    drafted_by: str | None = Field(default=None, description="model that wrote the welcome, or template")
    approved_by: str | None = Field(default=None, description="who let the welcome go out")
    standing: str | None = Field(default=None, description="the standing approval that covered the welcome")
    message_id: str | None = Field(default=None, description="Message-ID of the mail that went out")
    cost_usd: Usd = Field(default=Decimal(0), description="cost of the model calls")
    partial: Partial | None = Field(default=None, description="where it was stopped, or came to a limit")


class OnboardingCase(BaseModel):
    """What officers are shown of an application that the rules refer. Nothing in it can be edited."""

    model_config = ConfigDict(frozen=True)

    application_id: Label
    applicant: Person
    born: date
    name_on_document: str
    document: str
    wrong: tuple[MrzPart, ...] = Field(description="parts of the machine readable zone that cannot be right")
    product: Product
    facts: KycFacts
    decision: KycDecision
    alike: tuple[ListedPerson, ...] = Field(description="names of the watchlist that are like theirs")


_NOT_TO_TELL = re.compile(
    r"\b(?:watch ?lists?|sanction\w*|screen(?:ed|ing)\b|compliance|risk\w*|credit (?:score|bureau|file|check)\w*"
    r"|background checks?|identity checks?|officers?|verif\w+|referred|suspic\w+|passport|identity card)\b",
    re.IGNORECASE,
)
"""How somebody was looked at is not for a mail."""


def _check_welcome(value: EmailDraft, facts: DraftFacts) -> list[str]:
    text = "\n\n".join((value.subject, *value.paragraphs))
    told = [f'"{found}" tells how they were looked at: leave it out' for found in _NOT_TO_TELL.findall(text)]
    return [*EMAIL_DRAFT.check(value, facts), *dict.fromkeys(told)]


WELCOME: OutputContract[EmailDraft, DraftFacts] = OutputContract(
    "customer_onboarding.welcome", EmailDraft, DraftFacts, _check_welcome
)

TWO_OFFICERS = GatePolicy(
    deadline=timedelta(days=5),
    remind_after=timedelta(days=1),
    remind_every=timedelta(days=1),
    stages=(Stage(needed=OFFICERS),),
    separate=True,
    at_least=OFFICERS,
)
"""Different people, neither of them the requester; no settings make it fewer."""

CUSTOMER_ONBOARDING = Process(
    name="customer-onboarding",
    workflow_type="CustomerOnboarding",
    does="Admit one applicant by rules, or by two officers; enter them, and welcome them.",
    input=OnboardingRequest,
    result=OnboardingResult,
    business_key=lambda request: request.application_id,
    steps=(
        Step("check-identity", Decider.CODE, "read the document's zone, hold its check digits and dates"),
        Step("read-credit", Decider.CODE, "ask the credit bureau", READ_CREDIT),
        Step("screen-name", Decider.CODE, "hold the names against the watchlist", SCREEN_NAME),
        Step("read-rules", Decider.CODE, "take the table of rules as it is now", READ_RULES),
        Step("decide", Decider.CODE, "pass, refer or refuse, by the rules"),
        Step("review-case", Decider.PERSON, "two officers admit whom the rules refer", gate=TWO_OFFICERS),
        Step("choose-models", Decider.CODE, "take the models' route from the worker's settings"),
        Step("write-welcome", Decider.MODEL_FILLS, "write the welcome; code checks every fact, else a template"),
        Step("create-customer", Decider.CODE, "enter them in the CRM, with the decision", CREATE_CUSTOMER),
        Step("review-welcome", Decider.PERSON, "approve, edit or reject the mail; of those who passed, in advance"),
        Step("send-welcome", Decider.CODE, "send exactly what was approved, once", SEND_EMAIL_IN_ADVANCE),
        Step("send-welcome-outcome", Decider.PERSON, "say whether it went out, where nobody can look it up"),
        Step("create-customer-outcome", Decider.PERSON, "say whether they were entered, where nobody can look it up"),
    ),
    outputs=(WELCOME,),
    targets=Targets(usd=Decimal("0.20"), working_time=timedelta(minutes=1)),
)
