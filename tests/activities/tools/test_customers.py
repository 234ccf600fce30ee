"""Customers and credit files: entered once, with the decision; found by name and date of birth."""

import asyncio
from datetime import date

import pytest
from sqlalchemy import func, select

from activities.stores.credit import put_credit
from activities.stores.database import Database
from activities.stores.tables import CREDIT_FILES, CUSTOMERS
from activities.tools.credit import CreditActivities
from activities.tools.customers import CustomerActivities
from contracts.credit import CreditFile, CreditReport, ReadCredit
from contracts.crm import Person
from contracts.customers import Admission, NewCustomer
from contracts.errors import ToolFailed
from contracts.gates import digest_of
from contracts.kyc import Verdict
from contracts.tools import Act, Outcome

ADMISSION = Admission(
    verdict=Verdict.REFER,
    officers=("ann", "bob"),
    rules_version="1",
    rules_digest="a" * 64,
    watchlist_digest="b" * 64,
)
FILE = CreditFile(name="Jürgen Größler", born=date(1981, 3, 2), score=640, defaults=0)


def new(run: str = "today", limit: int = 2500) -> Act[NewCustomer]:
    """The act of entering a customer."""
    argument = NewCustomer(
        application_id="application-1",
        applicant=Person(name=FILE.name, email="j@customer.example"),
        product="credit card",
        credit_limit=limit,
        admission=ADMISSION,
    )
    return Act(key=f"onboarding/application-1/{run}/create", digest=digest_of(argument), argument=argument)


async def test_a_customer_is_entered_once_with_the_decision(database: Database) -> None:
    crm = CustomerActivities(database)
    receipts = await asyncio.gather(*(crm.create(new()) for _ in range(5)))
    assert {(one.outcome, one.result.already) for one in receipts} == {(Outcome.DONE, False)}
    (row,) = database.transact(lambda connection: connection.execute(select(CUSTOMERS)).mappings().all())
    assert Admission.model_validate(row["admission"]) == ADMISSION
    assert (row["customer_id"], row["credit_limit"]) == ("C-application-1", 2500)


async def test_a_second_action_for_the_application_changes_nothing_and_says_so(database: Database) -> None:
    crm = CustomerActivities(database)
    await crm.create(new())
    later = await crm.create(new(run="tomorrow", limit=9000))
    assert (later.outcome, later.result.already) == (Outcome.DONE, True)
    conflict = await crm.create(new(limit=9000))
    assert conflict.outcome is Outcome.CONFLICT
    rows = database.transact(lambda connection: connection.execute(select(CUSTOMERS.c.credit_limit)).all())
    assert [row[0] for row in rows] == [2500]


async def test_a_file_is_found_whatever_the_capitals_and_blanks(database: Database) -> None:
    database.transact(lambda connection: put_credit(connection, [FILE, FILE]))
    assert database.transact(lambda connection: connection.scalar(select(func.count()).select_from(CREDIT_FILES))) == 1
    bureau = CreditActivities(database)
    found = await bureau.read(ReadCredit(name="  JÜRGEN  größler ", born=FILE.born))
    assert found == CreditReport(found=True, score=640, defaults=0)
    other = await bureau.read(ReadCredit(name=FILE.name, born=date(1981, 3, 3)))
    assert other == CreditReport(found=False, score=None, defaults=None)


async def test_a_file_that_cannot_be_right_is_no_file_and_its_words_are_not_told(database: Database) -> None:
    database.transact(lambda connection: put_credit(connection, [FILE]))
    database.transact(lambda connection: connection.execute(CREDIT_FILES.update().values(score=9999)))
    with pytest.raises(ToolFailed, match="cannot be right") as failed:
        await CreditActivities(database).read(ReadCredit(name=FILE.name, born=FILE.born))
    assert "9999" not in failed.value.message
