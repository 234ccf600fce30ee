"""Reading what a traveller wants. What is missing, or can be read in two ways, becomes a question."""

import re
from collections.abc import Callable, Collection, Sequence
from datetime import date
from decimal import Decimal

from activities.stores.travel import City
from activities.tools.travel_amounts import (
    NAMES,
    Amount,
    is_for_each,
    is_nightly,
    read_amounts,
    talks_of_money,
)
from activities.tools.travel_dates import HOW, Stay, plain, read_stays, words_of
from contracts.exchange import Cost, rounded_up
from contracts.prose.amounts import AMOUNT_READERS
from contracts.prose.facts import read_facts
from contracts.prose.text import fold
from contracts.travel_desk import MOST_PEOPLE, TripQuestion, Understand, Understood

NO_LIMIT = "no limit"

_ALONE = words_of("alone", "solo", "just me", "only me", "myself", "me", "allein", "nur ich", "sola", "seul", "seule")
_WITH_OTHERS = words_of(
    "we", "us", "our", "family", "wife", "husband", "kids", "children", "friends", "couple", "girlfriend", "boyfriend",
    "people", "persons", "adults", "wir", "uns", "frau", "mann", "familie", "kinder", "personen", "nosotros",
    "familia", "personas", "nous", "famille", "personnes",
)  # fmt: skip
_EVERYBODY = 1
"""Who travels where nobody but the sender is spoken of; the approval says for how many it is."""


class Ask(Exception):
    """Something has to be asked."""

    def __init__(self, about: str, question: str, choices: Collection[str] = ()) -> None:
        super().__init__(question)
        self.question = TripQuestion(about=about, question=question[:300], choices=tuple(choices))


def understand(request: Understand, today: date, cities: Sequence[City], currencies: Collection[str]) -> Understood:
    """What is wanted, up to the first thing that has to be asked. `currencies`: those with a rate."""
    known = Understood(today=today)
    steps: tuple[Callable[[], dict[str, object]], ...] = (
        lambda: {"destination": _destination(request, cities)},
        lambda: {"origin": _origin(request, cities, str(known.destination))},
        lambda: dict(zip(("leaves", "returns"), _stay(request, today), strict=True)),
        lambda: {"people": _people(request)},
        lambda: {"budget": _budget(request, known.people, currencies)},
    )
    for step in steps:
        try:
            known = known.model_copy(update=step())
        except Ask as ask:
            return known.model_copy(update={"question": ask.question})
    return known


def places_in(text: str, cities: Sequence[City]) -> list[City]:
    """The cities that a text names, each once."""
    said = plain(text)
    return [city for city in cities if words_of(city.code, city.name, *city.aliases).search(said)]


def _destination(request: Understand, cities: Sequence[City]) -> str:
    said = request.answers.destination or request.words.destination
    found = places_in(said, cities) if said else []
    if len(found) == 1:
        return found[0].code
    names = [city.name for city in found or cities]
    if found:
        raise Ask("destination", f"Where is the trip to go? {said!r} names more than one place", names)
    why = f"{said!r} is no place that is served here" if said else "the message does not say it"
    raise Ask("destination", f"Where is the trip to go? {_capital(why)}", names)


def _origin(request: Understand, cities: Sequence[City], destination: str) -> str:
    said = request.answers.origin or request.words.origin
    found = places_in(said, cities) if said else [city for city in cities if city.code == request.home]
    if len(found) == 1 and found[0].code != destination:
        return found[0].code
    others = [city for city in (found if len(found) > 1 else cities) if city.code != destination]
    why = f"{said!r} does not say it" if said else "the message does not say it"
    raise Ask("origin", f"Where does the trip begin? {_capital(why)}", [city.name for city in others])


def _stay(request: Understand, today: date) -> Stay:
    said = request.answers.dates or request.words.dates
    if not said:
        raise Ask("dates", f"When does the trip begin and end? Write {HOW}")
    stays, problem = read_stays(said, today)
    if len(stays) == 1:
        return stays[0]
    if stays:
        choices = [f"{leaves} to {returns}" for leaves, returns in stays]
        raise Ask("dates", f"Which days are meant by {said!r}?", choices)
    raise Ask("dates", f"When does the trip begin and end? Of {said!r}: {problem}")


def _people(request: Understand) -> int:
    said = request.answers.people or request.words.people
    if said is None and not _WITH_OTHERS.search(plain(request.message)):
        return _EVERYBODY
    count = _count(said) if said else None
    if count is None or not 1 <= count <= MOST_PEOPLE:
        what = f"{said!r} does not say it as a number" if said else "the message speaks of several"
        raise Ask("people", f"How many people travel? {_capital(what)}", [str(n) for n in range(1, MOST_PEOPLE + 1)])
    return count


def _count(said: str) -> int | None:
    facts, _ = read_facts(fold(said).text, AMOUNT_READERS)
    numbers = [claim[1] for fact in facts for claim in fact.readings[:1] if claim[0] == "number"]
    if numbers:
        total = sum(Decimal(str(number)) for number in numbers)
        return int(total) if total == int(total) else None
    return 1 if _ALONE.search(plain(said)) and not _WITH_OTHERS.search(plain(said)) else None


def _budget(request: Understand, people: int, currencies: Collection[str]) -> Cost | None:
    amount = _limit(request)
    if amount is None:
        return None
    cost = rounded_up(amount.amount, _currency(request, amount, currencies))
    about = request.answers.budget or request.message
    return cost.times(people) if is_for_each(about) else cost


def _limit(request: Understand) -> Amount | None:
    """The stated limit. Code looks for amounts itself: a limit that a model overlooks is none the less one."""
    how = f"Write an amount with its currency, like 20000 INR, or: {NO_LIMIT}"
    if said := request.answers.budget:
        found = read_amounts(said)
        if plain(said) == NO_LIMIT:
            return None
        if len(found) == 1 and not is_nightly(said):
            return found[0]
        raise Ask("budget", f"What may the whole trip cost at most? {said!r} does not say it. {how}")
    found, quoted = read_amounts(request.message), request.words.budget
    if not found and not quoted and not talks_of_money(request.message):
        return None
    if len(found) == 1 and not is_nightly(request.message):
        return found[0]
    if len(found) > 1:
        choices = [*dict.fromkeys(amount.written for amount in found), NO_LIMIT]
        raise Ask("budget", "Which of these amounts is the most that the whole trip may cost?", choices)
    words = quoted or (found[0].written if found else "money")
    raise Ask("budget", f"What may the whole trip cost at most? The message speaks of {words!r}. {how}")


def _currency(request: Understand, amount: Amount, currencies: Collection[str]) -> str:
    may_be = [code for code in amount.currencies or tuple(NAMES) if code in currencies]
    if said := request.answers.currency:
        chosen = re.match(r"[A-Z]{3}", said)
        if chosen and chosen[0] in may_be:
            return chosen[0]
    if len(may_be) == 1:
        return may_be[0]
    choices = [f"{code} ({NAMES[code]})" for code in may_be or currencies if code in NAMES]
    raise Ask("currency", f"In which currency is {amount.written!r} meant?", choices)


def _capital(words: str) -> str:
    return words[0].upper() + words[1:]
