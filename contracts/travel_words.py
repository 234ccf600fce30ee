"""What a trip is called in words: of code's own making, so that nothing in them can be wrong."""

from collections.abc import Sequence
from datetime import date

from contracts.crm import Person
from contracts.exchange import Cost
from contracts.travel import FlightLeg, FlightOffer, HotelOffer, TripBooking, TripOffer, TripToBook
from contracts.travel_desk import BookingsFound


def day_in_words(day: date) -> str:
    """Like `Friday, 4 December 2026`."""
    return f"{day:%A}, {day.day} {day:%B %Y}"


def leg_in_words(leg: FlightLeg) -> str:
    """One flight, at the times of its places."""
    later = (leg.arrives.date() - leg.departs.date()).days
    arrives = f"{leg.arrives:%H:%M}" + (" the next day" if later == 1 else "")
    return (
        f"{leg.airline} {leg.flight_id} from {leg.origin} to {leg.destination} on {day_in_words(leg.departs)}, "
        f"{leg.departs:%H:%M} to {arrives}"
    )


def flight_in_words(flight: FlightOffer) -> str:
    """There and back, with its cost."""
    return f"{leg_in_words(flight.out)}, and back with {leg_in_words(flight.back)}: {flight.cost}"


def hotel_in_words(hotel: HotelOffer) -> str:
    """The stay, with its cost."""
    rooms = "1 room" if hotel.rooms == 1 else f"{hotel.rooms} rooms"
    return (
        f"{hotel.name} in {hotel.area} ({hotel.stars} stars), {rooms} from {day_in_words(hotel.check_in)} to "
        f"{day_in_words(hotel.check_out)}: {hotel.cost}"
    )


def offer_in_words(offer: TripOffer) -> str:
    """All of an offer, as an explanation is held against it; also the explanation where no model's fits."""
    return f"{flight_in_words(offer.flight)}. {hotel_in_words(offer.hotel)}. Together {offer.total}."


def choice_in_words(offer: TripOffer) -> str:
    """An offer as one line of a list."""
    return f"{offer.hotel.name} with {offer.flight.out.airline} {offer.flight.out.flight_id}: {offer.total}"


def nearest_in_words(offer: TripOffer, budget: Cost | None) -> str:
    """What comes closest, where nothing fits."""
    above = ""
    if budget and budget.currency == offer.total.currency and offer.total.amount > budget.amount:
        over = Cost(amount=offer.total.amount - budget.amount, currency=budget.currency)
        above = f" That is {over} above the limit."
    return f"The nearest offer: {offer_in_words(offer)}{above}"


NOT_OURS = (
    "This desk books trips (a flight and a hotel together), answers questions about them, and takes complaints about "
    "bookings. Your message seems to be about something else, so nothing was done. If it was about a trip, please "
    "write where to, when, and what it may cost."
)
"""What is said to a message that wants nothing of this."""

IF_THE_HOTEL_FAILS = (
    "The flight is booked first. If the hotel cannot be booked then, the flight is cancelled, free of charge, and "
    "nothing stays booked."
)


def terms_of(offer: TripOffer) -> tuple[str, ...]:
    """The terms of both parts."""
    return f"Flight: {offer.flight.terms}", f"Hotel: {offer.hotel.terms}"


def itinerary(trip: TripToBook, flight: TripBooking, hotel: TripBooking) -> str:
    """What the traveller takes along."""
    who = "1 person" if trip.people == 1 else f"{trip.people} people"
    return "\n".join(
        (
            f"Booked for {trip.traveller.name}, {who}.",
            f"Flight {flight.reference}, {flight.cost} paid:",
            f"- {leg_in_words(trip.flight.out)}",
            f"- {leg_in_words(trip.flight.back)}",
            f"Hotel {hotel.reference}, {hotel.cost} paid:",
            f"- {trip.hotel.name} in {trip.hotel.area}, {day_in_words(trip.hotel.check_in)} to "
            f"{day_in_words(trip.hotel.check_out)}",
            *trip.terms,
        )
    )


def no_trip(reason: str, undone: Sequence[str] = (), stays: Sequence[str] = ()) -> str:
    """That there is no trip, why, and what is booked all the same. `undone`: steps; `stays`: flight, hotel."""
    parts = [f"No trip was booked: {reason}."]
    parts += [f"The {step.removeprefix('cancel-')}, which had been booked, is cancelled." for step in undone]
    parts += [f"The {what} could not be cancelled and is STILL BOOKED: please have it cancelled." for what in stays]
    return " ".join(parts)


def acknowledgement(traveller: Person, case: str, found: BookingsFound) -> str:
    """What somebody is told at once who complains."""
    if found.bookings:
        about = f"It is kept with your booking {' and '.join(one.reference for one in found.bookings)}."
    elif found.unknown:
        about = f"We found no booking {' or '.join(found.unknown)} under your address; please check the reference."
    else:
        about = "It names no booking; if it is about one, please send us the reference, like FL-4H7K2M9Q."
    return f"Dear {traveller.name}, we have your complaint under the number {case}. {about} A person answers it."
