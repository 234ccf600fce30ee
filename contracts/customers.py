"""Customers: entered once, and only with a decision."""

from typing import Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator
from temporalio import activity

from contracts.crm import Line, Person
from contracts.gates import Who
from contracts.kyc import Verdict
from contracts.processes import Label
from contracts.tools import Act, Receipt, WriteTool

OFFICERS = 2
"""So many different people admit whom the rules refer."""


class Admission(BaseModel):
    """Why somebody is a customer: the rules let them pass, or two officers admitted them."""

    model_config = ConfigDict(frozen=True)

    verdict: Literal[Verdict.PASS, Verdict.REFER]
    officers: tuple[Who, ...] = Field(description="who admitted them, where the rules did not")
    rules_version: str = Field(min_length=1)
    rules_digest: str = Field(min_length=64, max_length=64)
    watchlist_digest: str = Field(min_length=64, max_length=64)

    @model_validator(mode="after")
    def _is_a_decision(self) -> Self:
        different = {officer.casefold() for officer in self.officers}
        if self.verdict is Verdict.REFER and len(different) < OFFICERS:
            raise ValueError(f"takes {OFFICERS} different officers")
        return self


class NewCustomer(BaseModel):
    """Who becomes a customer. There is none without an admission."""

    model_config = ConfigDict(frozen=True)

    application_id: Label
    applicant: Person
    product: Line
    credit_limit: int = Field(ge=0, description="in whole euros")
    admission: Admission


class EnteredCustomer(BaseModel):
    """The CRM's row."""

    model_config = ConfigDict(frozen=True)

    application_id: Label
    customer_id: str
    already: bool = Field(description="whether another action had entered them before; nothing was done then")


class CustomersPort:
    """The CRM's door for customers."""

    @activity.defn(name="customer.create")
    async def create(self, act: Act[NewCustomer]) -> Receipt[EnteredCustomer]:
        """Enter a customer, once for an application. Raises ToolFailed, ToolUnavailable."""
        raise NotImplementedError


CREATE_CUSTOMER = WriteTool(CustomersPort.create, at_most=1)


def customer_id(application_id: str) -> str:
    """The number that a customer is told: the application's, so that nothing is counted or drawn."""
    return f"C-{application_id}"
