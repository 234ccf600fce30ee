"""Single values of the file of approvers. Each check returns the value to use, or raises ValueError."""

from datetime import datetime, timedelta
from email.utils import parseaddr
from typing import Annotated, Any

from pydantic import AfterValidator, BeforeValidator, Field

from contracts.durations import Duration
from contracts.policies import ROLE
from runtime.checks import web_url
from runtime.toml_file import length

LONGEST = timedelta(days=366)
"""Of a gate's times; more is a slip of the finger."""


def checked_name(text: str) -> str:
    """A name as a decision's `by` has it. Raises ValueError."""
    if not text.isprintable() or text != text.strip() or not 1 <= len(text) <= 200:
        raise ValueError("must be 1 to 200 printable characters, with no blank around them")
    if text.startswith(ROLE):
        raise ValueError(f'must not begin with "{ROLE}", which marks roles where people and roles stand side by side')
    return text


def _one_of_whom(text: str) -> str:
    checked_name(text.removeprefix(ROLE))
    return text


def listed(value: Any) -> Any:
    """A check: a list, where one text would pass for its letters."""
    if not isinstance(value, list):
        raise ValueError('must be a list, like ["ann"]')
    return value


def moment(value: Any) -> Any:
    """A check: a time that everybody understands alike."""
    if not isinstance(value, datetime) or value.tzinfo is None:
        raise ValueError("must be a date and a time with its offset, like 2026-12-01T09:00:00Z, without quotes")
    return value


def address(text: str) -> str:
    """A mail address, as every mail server takes it."""
    from email_validator import EmailNotValidError, validate_email  # only who names addresses pays for the import

    try:
        plain = validate_email(text, check_deliverability=False).ascii_email
    except EmailNotValidError:
        plain = None
    if plain is None:
        raise ValueError("must be a mail address, like ann@example.com")
    return text


def mailbox(text: str) -> str:
    """A mail address, or a name with one in angle brackets."""
    _, found = parseaddr(text)
    if not text.isprintable() or "@" not in found or (f"<{found}>" not in text and text != found):
        raise ValueError('must be a mail address, like "Signoff <signoff@example.com>"')
    address(found)
    return text


def page(text: str) -> str:
    """A URL that paths can be put behind."""
    if "?" in web_url(text) or "#" in text:
        raise ValueError("must end with its path")
    return text.rstrip("/")


Label = Annotated[str, AfterValidator(checked_name)]
Whom = Annotated[tuple[Annotated[str, AfterValidator(_one_of_whom)], ...], BeforeValidator(listed)]
Length = Annotated[Duration, BeforeValidator(length), Field(gt=timedelta(0), le=LONGEST)]
