"""An application beside its document: what rules may ask about. Pure; the day is given."""

from contextlib import suppress
from datetime import date

from contracts.credit import CreditReport
from contracts.customer_onboarding import OnboardingRequest
from contracts.kyc import KycFacts
from contracts.mrz import FILLER, Mrz, MrzPart
from contracts.screening import Screened

_SHOWN = 3
_NEVER_SEEN = 50
"""Documents are valid for at most ten years or so: a year that lies farther ahead is of the century before."""


def facts_of(request: OnboardingRequest, mrz: Mrz, screened: Screened, credit: CreditReport, today: date) -> KycFacts:
    """All that the rules are held against."""
    expiry = expiry_of(mrz, today)
    return KycFacts(
        wrong_check_digits=len(mrz.wrong),
        document_number_differs=_plain(request.document_number) != _plain(mrz.number),
        document_expired=None if expiry is None else expiry < today,
        days_to_expiry=None if expiry is None else (expiry - today).days,
        name_similarity=screened.name_similarity,
        birth_date_differs=birth_date_differs(mrz, request.born),
        nationality_differs=_country(request.nationality) != _country(mrz.nationality),
        age=age_on(today, request.born),
        nationality=request.nationality,
        issuer=mrz.issuer if mrz.issuer.isalpha() else "XXX",
        residence=request.residence,
        watchlist_score=screened.score,
        watchlist_same_birth_score=screened.same_birth_score,
        credit_file=credit.found,
        credit_score=credit.score,
        credit_defaults=credit.defaults,
        credit_limit=request.credit_limit,
    )


def expiry_of(mrz: Mrz, today: date) -> date | None:
    """The day after which the document is worth nothing; None where its zone names no day."""
    if MrzPart.EXPIRY in mrz.wrong:
        return None
    year = today.year - today.year % 100 + int(mrz.expiry[:2])
    if year > today.year + _NEVER_SEEN:
        year -= 100
    elif year <= today.year - _NEVER_SEEN:
        year += 100
    with suppress(ValueError):  # 30 February
        return date(year, int(mrz.expiry[2:4]), int(mrz.expiry[4:]))
    return None


def birth_date_differs(mrz: Mrz, born: date) -> bool | None:
    """Whether a part of the date that the zone names is another; None where it names none, or none that can be read."""
    if MrzPart.BIRTH in mrz.wrong or not mrz.birth.strip(FILLER):
        return None
    pairs = zip(mrz.birth, f"{born:%y%m%d}", strict=True)
    return any(one not in (FILLER, other) for one, other in pairs)


def age_on(day: date, born: date) -> int:
    """In whole years."""
    return day.year - born.year - ((day.month, day.day) < (born.month, born.day))


def document_in_short(mrz: Mrz) -> str:
    """Enough to find the paper by, not enough to use it: `TD3 of UTO, number ending in 2C3`."""
    ending = mrz.number[-_SHOWN:] if len(mrz.number) > 2 * _SHOWN else ""
    return f"{mrz.format} of {mrz.issuer}, number " + (f"ending in {ending}" if ending else "not shown")


def _plain(number: str) -> str:
    return "".join(letter for letter in number.upper() if letter.isalnum())


def _country(code: str) -> str:
    """Germany writes one letter; the United Kingdom has five kinds of nationals (Doc 9303-3, section 5)."""
    if code in ("GBD", "GBN", "GBO", "GBP", "GBS"):
        return "GBR"
    return "DEU" if code == "D" else code
