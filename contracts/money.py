"""Money: US dollars, exact; and amounts of any currency in words."""

from decimal import Decimal
from typing import Annotated

from pydantic import PlainSerializer

Usd = Annotated[Decimal, PlainSerializer(float, return_type=float, when_used="json")]
"""US dollars: exact in code, a number in JSON."""

_PLACES = dict.fromkeys(("CLP", "ISK", "JPY", "KRW", "PYG", "UGX", "VND", "XAF", "XOF"), 0) | dict.fromkeys(
    ("BHD", "IQD", "JOD", "KWD", "LYD", "OMR", "TND"), 3
)


def places_of(currency: str) -> int:
    """Decimal places of a currency (ISO 4217, column "minor unit"); two where the table says nothing."""
    return _PLACES.get(currency, 2)


def in_words(amount: Decimal, currency: str) -> str:
    """As a report writes it: `EUR 9,950.00`, `JPY 1,200,000`."""
    return f"{currency} {amount:,.{places_of(currency)}f}"
