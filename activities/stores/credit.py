"""The credit bureau's and the customers' tables, read and written within their caller's transaction."""

from collections.abc import Iterable
from datetime import UTC, date, datetime

from sqlalchemy import Connection, select

from activities.stores.tables import CREDIT_FILES, CUSTOMERS, insert_into
from contracts.credit import CreditFile
from contracts.customers import NewCustomer


def find_credit(connection: Connection, name: str, born: date) -> CreditFile | None:
    """A person's file; capitals and blanks make no difference."""
    wanted = select(CREDIT_FILES).where(CREDIT_FILES.c.person == _person(name, born))
    row = connection.execute(wanted).mappings().one_or_none()
    return CreditFile.model_validate(dict(row)) if row else None


def put_credit(connection: Connection, files: Iterable[CreditFile]) -> None:
    """Add files; one that is there already is replaced."""
    for file in files:
        values = file.model_dump(mode="json") | {"person": _person(file.name, file.born)}
        row = insert_into(connection, CREDIT_FILES).values(values)
        connection.execute(row.on_conflict_do_update(index_elements=["person"], set_=values))


def is_customer(connection: Connection, application_id: str) -> bool:
    """Whether somebody was entered for an application."""
    wanted = select(CUSTOMERS.c.customer_id).where(CUSTOMERS.c.application_id == application_id)
    return connection.scalar(wanted) is not None


def put_customer(connection: Connection, key: str, customer_id: str, new: NewCustomer) -> None:
    """Enter a customer, with the decision that made them one; the first for an application stays."""
    values = new.model_dump(mode="json", exclude={"applicant"})
    row = insert_into(connection, CUSTOMERS).values(
        customer_id=customer_id,
        name=new.applicant.name,
        email=new.applicant.email,
        created_by=key,
        created_at=datetime.now(UTC),
        **values,
    )
    connection.execute(row.on_conflict_do_nothing())


def _person(name: str, born: date) -> str:
    return f"{' '.join(name.casefold().split())}/{born}"
