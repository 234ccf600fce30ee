"""Amounts as ledgers, banks and spreadsheets write them."""

import re
from decimal import Decimal

from contracts.money import places_of
from contracts.prose.terms import CURRENCIES, READS_ALSO_AS

_SIGNED = re.compile(
    r"^(?P<open>\()?\s*(?P<minus>[-\u2212+])?\s*(?P<digits>[\d.,'\u2019\s]*\d)\s*(?P<after>[-\u2212])?\s*(?P<close>\))?$"
)
_SIGN = re.compile(r"[^\d\s.,'\u2019()+\u2212-]+")
_GROUPED = re.compile(r"\d{1,3}(?P<sep>[ .,'])\d{3}(?:(?P=sep)\d{3})*|\d{1,2}(?:,\d{2})+,\d{3}|\d+")
"""The second form is that of India: 12,34,567."""


def read_amount(written: str, currency: str) -> Decimal:
    """`9,950.00`, `9.950,00`, `9 950,00`, `9'950.00`, `12,34,567.00`, `(120.00)`, `120.00-`.

    One separator with three digits behind it groups thousands, except in a currency of three decimal places, where
    nobody can tell: that is refused. A sign or a code beside it must be that of the currency. Raises ValueError, which
    says why.
    """
    found = _SIGNED.match(_without_sign(written.strip(), currency))
    if found is None or bool(found["open"]) != bool(found["close"]):
        raise ValueError(f"{written!r} is no amount")
    plain = re.sub(r"\s", " ", found["digits"]).replace("\u2019", "'")
    whole, fraction = _parted(plain, places_of(currency), currency)
    if not _GROUPED.fullmatch(whole):
        raise ValueError(f"{written!r} is no amount: its digits are not grouped as anybody groups them")
    if len(fraction.rstrip("0")) > places_of(currency):
        raise ValueError(f"{written!r} has more decimal places than {currency} has")
    value = Decimal(re.sub(r"\D", "", whole) + "." + (fraction or "0"))
    negative = found["open"] or found["minus"] in ("-", "\u2212") or found["after"]
    return -value if negative else value


def _without_sign(written: str, currency: str) -> str:
    """`$9,500.00` and `9.500,00 EUR` without what says the currency."""
    for sign in _SIGN.findall(written):
        code = CURRENCIES.get(sign.lower())
        if code not in (currency, *READS_ALSO_AS.get(currency, ())):
            raise ValueError(f"{written!r} is no amount in {currency}")
        written = written.replace(sign, " ", 1)
    return written.strip()


def _parted(plain: str, places: int, currency: str) -> tuple[str, str]:
    """What stands before and behind the decimal sign."""
    last = max(plain.rfind("."), plain.rfind(","))
    if last < 0:
        return plain, ""
    whole, sign, fraction = plain[:last], plain[last], plain[last + 1 :]
    if plain.count(sign) > 1:
        return plain, ""
    if len(fraction) == 3 and not re.search(r"[.,' ]", whole) and 0 < len(whole) <= 3 and whole != "0":
        if places == 3:
            raise ValueError(f"{plain!r} can be read in two ways, for {currency} has three decimal places")
        return plain, ""
    return whole, fraction
