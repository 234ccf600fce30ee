"""Mail: what goes out, and the receipt."""

from datetime import datetime
from typing import Annotated

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StringConstraints
from temporalio import activity

from contracts.crm import Line, Person
from contracts.tools import Act, Consent, IrreversibleTool, Receipt


def _no_control(text: str) -> str:
    if any(not c.isprintable() and c not in "\n\t" for c in text):
        raise ValueError("must hold no control characters")
    return text


Body = Annotated[str, StringConstraints(min_length=1, max_length=20_000), AfterValidator(_no_control)]


class Email(BaseModel):
    """One mail, whole: what the approver sees is what goes out."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    to: Person
    sender: Person
    subject: Line
    body: Body
    invitation: str = Field(description="an iCalendar REQUEST, sent along; empty for none")
    drafted_by: str = Field(description="who wrote the words: a model's name, or template")


class SentMail(BaseModel):
    """What the mail server took."""

    model_config = ConfigDict(frozen=True)

    message_id: str = Field(description="the Message-ID header (RFC 5322), made from the effect's key")
    to: str
    accepted_at: datetime | None = Field(description="None where a person, not the server, said that it went out")


class MailPort:
    """The way out."""

    @activity.defn(name="mail.send")
    async def send(self, act: Act[Email]) -> Receipt[SentMail]:
        """Send one mail, once.

        Raises NotApproved, OutcomeUnknown, ToolUnavailable (nothing went out), ToolFailed (the server refused for
        good).
        """
        raise NotImplementedError


SEND_EMAIL = IrreversibleTool(MailPort.send, at_most=1, consent=Consent.PERSON)
SEND_EMAIL_IN_ADVANCE = IrreversibleTool(MailPort.send, at_most=1, consent=Consent.STANDING)
"""The same for processes whose mails a person may approve in advance, within bounds."""
