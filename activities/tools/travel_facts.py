"""What the travel inventory says about places, in sentences of code's own."""

from collections.abc import Mapping, Sequence

from activities.stores.travel import ListedHotel, TimetableFlight
from contracts.travel_desk import AskInventory

_DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")


def facts_about(
    asked: AskInventory, names: Mapping[str, str], flights: Sequence[TimetableFlight], hotels: Sequence[ListedHotel]
) -> tuple[str, ...]:
    """Sentences that answers are made from, and held against."""
    if not asked.destination:
        return (f"We book trips between these places: {_listed(sorted(names.values()))}.",)
    place = names[asked.destination]
    origins = sorted({names[flight.origin] for flight in flights})
    if not flights:
        begin = f" from {names[asked.origin]}" if asked.origin else ""
        facts = [f"We have no flights{begin} to {place}."]
    elif asked.origin:
        facts = [_flights(asked.origin, place, names, flights)]
    else:
        facts = [f"We have flights to {place} from {_listed(origins)}."]
        facts += [
            _flights(code, place, names, [one for one in flights if one.origin == code])
            for code in sorted({flight.origin for flight in flights}, key=lambda code: names[code])
        ][:4]
    return (*facts, _hotels(place, hotels))


def _flights(origin: str, place: str, names: Mapping[str, str], flights: Sequence[TimetableFlight]) -> str:
    cheapest = min(flights, key=lambda flight: (flight.price, flight.flight_id))
    days = sorted({day for flight in flights for day in flight.weekdays})
    when = "every day" if len(days) == 7 else f"on {_listed([_DAYS[day] for day in days])}"
    return (
        f"Flights from {names[origin]} to {place} go {when}; the cheapest is {cheapest.airline} {cheapest.flight_id} "
        f"for {cheapest.cost} a person, one way."
    )


def _hotels(place: str, hotels: Sequence[ListedHotel]) -> str:
    if not hotels:
        return f"We have no hotels in {place}."
    cheapest = min(hotels, key=lambda hotel: (hotel.price, hotel.hotel_id))
    count = "1 hotel" if len(hotels) == 1 else f"{len(hotels)} hotels"
    return (
        f"We have {count} in {place}; the cheapest is {cheapest.name} in {cheapest.area} ({cheapest.stars} stars) for "
        f"{cheapest.cost} a room and night."
    )


def _listed(words: Sequence[str]) -> str:
    return " and ".join(filter(None, (", ".join(words[:-1]), words[-1])))
