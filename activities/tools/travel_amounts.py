"""What a trip may cost: amounts of money in a message, with every currency that they may be in."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

from activities.tools.travel_dates import plain, words_of
from contracts.prose.facts import either

RUPEES = ("INR", "IDR", "PKR", "LKR", "NPR", "MUR", "SCR")
"""The rupiah among them: who writes about Bali in English says rupees for it, too."""
DOLLARS = ("USD", "AUD", "CAD", "NZD", "SGD", "HKD")
PESOS = ("MXN", "PHP")
KRONOR = ("SEK", "NOK", "DKK")

NAMES = {
    "INR": "Indian rupee", "IDR": "Indonesian rupiah", "PKR": "Pakistani rupee", "LKR": "Sri Lankan rupee",
    "NPR": "Nepalese rupee", "MUR": "Mauritian rupee", "SCR": "Seychellois rupee", "USD": "US dollar",
    "AUD": "Australian dollar", "CAD": "Canadian dollar", "NZD": "New Zealand dollar", "SGD": "Singapore dollar",
    "HKD": "Hong Kong dollar", "EUR": "euro", "GBP": "British pound", "CHF": "Swiss franc", "JPY": "Japanese yen",
    "CNY": "Chinese yuan", "THB": "Thai baht", "AED": "UAE dirham", "SEK": "Swedish krona", "NOK": "Norwegian krone",
    "DKK": "Danish krone", "MXN": "Mexican peso", "PHP": "Philippine peso",
}  # fmt: skip
"""The currencies that a limit may be in."""

_WORDS: Mapping[str, tuple[str, ...]] = {
    plain(word): codes
    for words, codes in (
        ("rs|rupee|rupees|rupien|rupie|rupias|roupies|rúpias|रुपये|रुपए|रुपया|ルピー", RUPEES),
        ("$|dollar|dollars|bucks|dólares|dolares|ドル", DOLLARS),
        ("peso|pesos", PESOS),
        ("kr|kronor|kroner|kronen", KRONOR),
        ("¥|￥", ("JPY", "CNY")),
        ("₹|rupees indian|indian rupees|indische rupien", ("INR",)),
        ("rp|rupiah|rupiahs", ("IDR",)),
        ("€|euro|euros|ユーロ", ("EUR",)),
        ("£|pound|pounds|quid|pfund|libras", ("GBP",)),
        ("us$|us dollars|us-dollar", ("USD",)),
        ("franken|francs|sfr", ("CHF",)),
        ("円|yen", ("JPY",)),
        ("元|yuan|rmb", ("CNY",)),
        ("baht|฿", ("THB",)),
        ("dirham|dirhams|dhs", ("AED",)),
        ("s$", ("SGD",)),
        ("a$|au$", ("AUD",)),
    )
    for word in words.split("|")
} | {code.casefold(): (code,) for code in NAMES}

_SCALES = {
    plain(word): Decimal(value)
    for words, value in (
        ("k|thousand|tausend|mil|mille|rb|ribu|हज़ार|हजार|千", 1_000),
        ("lakh|lakhs|lac|लाख", 100_000),
        ("万", 10_000),
        ("m|million|millions|millionen|mio|millones|jt|juta", 1_000_000),
        ("crore|crores|करोड़", 10_000_000),
    )
    for word in words.split("|")
}
_SURE = {scale for scale in _SCALES if scale != "m"}
"""After these a number is an amount, whatever stands before it."""

_CURRENCY = rf"(?<![a-z]){either(_WORDS)}(?![a-z])"
_CURRENCY_AFTER = _CURRENCY.removeprefix("(?<![a-z])")
_AFTER_SCALE = rf"(?={_CURRENCY_AFTER}|(?![a-z]))"
_LIMIT = either(
    map(plain, (
        "under", "below", "max", "maximum", "up to", "at most", "budget", "budget of", "budget is", "not more than",
        "no more than", "less than", "within", "unter", "höchstens", "maximal", "bis zu", "menos de", "máximo", "hasta",
        "moins de", "kurang dari", "maksimal", "<", "cap",
    ))
)  # fmt: skip
_THINGS = r"(?!\s?(?:nights?|days?|people|persons?|adults?|kids?|hours?|h\b|stops?|stars?|km|kg|%|pm|am|:|[/.-]\d))"
_NUMBER = r"(?<![a-z\d.,])\d(?:[\d.,' ]{0,14}\d)?"
_MONEY = re.compile(
    rf"(?:(?<![a-z])(?P<limit>{_LIMIT})[:\s]\s?)?(?:(?P<before>{_CURRENCY})\.?\s?)?(?P<number>{_NUMBER})"
    rf"(?:\s?(?P<scale>{either(_SCALES)}){_AFTER_SCALE})?(?:\s?(?P<after>{_CURRENCY_AFTER}))?{_THINGS}"
)
_ANY_CURRENCY = re.compile(_CURRENCY)
_EACH = words_of("per person", "each", "pp", "p.p.", "per head", "a head", "pro person", "pro kopf", "por persona",
                 "por pessoa", "par personne", "per orang", "प्रति व्यक्ति")  # fmt: skip
_NIGHTLY = words_of("per night", "a night", "each night", "per day", "a day", "pro nacht", "por noche", "por noite",
                    "par nuit", "per malam")  # fmt: skip


@dataclass(frozen=True)
class Amount:
    """An amount as it was written. `currencies`: those that it can be in; empty: it does not say."""

    written: str
    amount: Decimal
    currencies: tuple[str, ...]


def read_amounts(text: str) -> tuple[Amount, ...]:
    """The amounts of money in a text, each once, in order."""
    found: dict[tuple[Decimal, tuple[str, ...]], Amount] = {}
    for match in _MONEY.finditer(plain(text)):
        currency = match["before"] or match["after"]
        if not (currency or match["limit"] or match["scale"] in _SURE):
            continue
        amount = value_of(match["number"]) * _SCALES.get(match["scale"], Decimal(1))
        currencies = _WORDS[currency] if currency else ()
        start = match.end("limit") if match["limit"] else match.start()
        written = match[0][start - match.start() :].strip(" :")
        found.setdefault((amount, currencies), Amount(written, amount, currencies))
    return tuple(found.values())


def value_of(figures: str) -> Decimal:
    """Figures in any of the usual groupings: `20,000` `20.000` `20 000` `1,50,000` `1.234,56` `1.5`."""
    last = max(figures.rfind(","), figures.rfind("."))
    whole, fraction = (figures[:last], figures[last + 1 :]) if last >= 0 else (figures, "")
    if len(fraction) == 3 and whole not in ("", "0"):
        whole, fraction = whole + fraction, ""
    digits = [re.sub(r"\D", "", part) for part in (whole, fraction)]
    return Decimal(".".join(part for part in digits if part))


def talks_of_money(text: str) -> bool:
    """Whether a currency is named at all."""
    return _ANY_CURRENCY.search(plain(text)) is not None


def is_for_each(text: str) -> bool:
    """Whether an amount is for each traveller."""
    return _EACH.search(plain(text)) is not None


def is_nightly(text: str) -> bool:
    """Whether an amount is for one night or one day, so that nobody knows what the trip may cost."""
    return _NIGHTLY.search(plain(text)) is not None
