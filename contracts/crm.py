"""The CRM: leads, and what was done with them."""

from typing import Annotated

from pydantic import AfterValidator, BaseModel, ConfigDict, EmailStr, Field, StringConstraints
from temporalio import activity

from contracts.tools import Act, ReadTool, Receipt, WriteTool

LeadId = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$")]
"""Part of workflow ids and effect keys, so it is kept to letters, digits, `.`, `_` and `-`."""


def _one_line(text: str) -> str:
    if not text.isprintable():
        raise ValueError("must be one line of printable characters")
    return text


Line = Annotated[str, StringConstraints(min_length=1, max_length=200, strip_whitespace=True), AfterValidator(_one_line)]
"""A name or a subject, as a mail may hold it: a line break in it would be a header of somebody's choice."""


class Person(BaseModel):
    """A name and a mail address."""

    model_config = ConfigDict(frozen=True)

    name: Line
    email: EmailStr


class Lead(BaseModel):
    """One line of `samples/leads.jsonl`: somebody who may buy, and what is known of them."""

    model_config = ConfigDict(frozen=True)

    lead_id: LeadId
    name: Line = Field(description="full name, as they write it")
    salutation: Line = Field(description='what follows "Dear"')
    email: EmailStr
    company: Line
    timezone: str = Field(description="IANA name; working hours are 9 to 17 there")
    interest: Line = Field(description='what they asked about; reads well after "about"')
    # An activity's input may be 2 MB, and the notes stand in it twice: as what is read and as what is checked against.
    notes: str = Field(
        max_length=100_000, description="free text from calls and mails; any language, not to be trusted"
    )
    owner: Person = Field(description="the salesperson who writes to them")


class ReadLead(BaseModel):
    """Which lead."""

    model_config = ConfigDict(frozen=True)

    lead_id: LeadId


class FollowUp(BaseModel):
    """A follow-up mail that went out."""

    model_config = ConfigDict(frozen=True)

    lead_id: LeadId
    message_id: str


class Logged(BaseModel):
    """The CRM's row for a follow-up."""

    model_config = ConfigDict(frozen=True)

    lead_id: LeadId
    message_id: str


class CrmPort:
    """The CRM's two doors."""

    @activity.defn(name="crm.read_lead")
    async def read_lead(self, request: ReadLead) -> Lead:
        """One lead. Raises NotFound, ToolUnavailable."""
        raise NotImplementedError

    @activity.defn(name="crm.log_follow_up")
    async def log_follow_up(self, act: Act[FollowUp]) -> Receipt[Logged]:
        """Note that a follow-up went out; the same key writes one row. Raises ToolUnavailable."""
        raise NotImplementedError


READ_LEAD = ReadTool(CrmPort.read_lead, at_most=1)
LOG_FOLLOW_UP = WriteTool(CrmPort.log_follow_up, at_most=1)
