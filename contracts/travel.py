"""Trips: what is offered, what a traveller consents to, what is booked."""

from datetime import date, datetime
from typing import Annotated

from pydantic import AwareDatetime, BaseModel, ConfigDict, StringConstraints
from temporalio import activity

from contracts.crm import LeadId, Line, Person
from contracts.exchange import Cost
from contracts.tools import Act, Consent, IrreversibleTool, Receipt, WriteTool

CityCode = Annotated[str, StringConstraints(pattern=r"^[A-Z]{3}$")]
"""Of IATA: a city's, or its airport's."""

Reference = Annotated[str, StringConstraints(pattern=r"^(?:FL|HO)-[0-9A-Z]{8}$")]
"""Of a booking: FL of a flight, HO of a hotel."""


class FlightLeg(BaseModel):
    """One flight on one day. Times are those of the places."""

    model_config = ConfigDict(frozen=True)

    flight_id: LeadId
    airline: Line
    origin: CityCode
    destination: CityCode
    departs: AwareDatetime
    arrives: AwareDatetime


class FlightOffer(BaseModel):
    """There and back with one airline, for everybody."""

    model_config = ConfigDict(frozen=True)

    out: FlightLeg
    back: FlightLeg
    cost: Cost
    terms: str


class FlightOffers(BaseModel):
    """The cheapest first; `near`: on days close by, where there is none on those that were wanted."""

    model_config = ConfigDict(frozen=True)

    offers: tuple[FlightOffer, ...] = ()
    near: tuple[FlightOffer, ...] = ()


class HotelOffer(BaseModel):
    """Rooms of one hotel for a stay, for everybody."""

    model_config = ConfigDict(frozen=True)

    hotel_id: LeadId
    name: Line
    area: Line
    stars: int
    check_in: date
    check_out: date
    rooms: int
    cost: Cost
    terms: str


class HotelOffers(BaseModel):
    """The cheapest first."""

    model_config = ConfigDict(frozen=True)

    offers: tuple[HotelOffer, ...] = ()


class TripOffer(BaseModel):
    """A flight and a hotel, and what they cost together, in the budget's currency or the flight's."""

    model_config = ConfigDict(frozen=True)

    flight: FlightOffer
    hotel: HotelOffer
    total: Cost


class RankedTrips(BaseModel):
    """What fits, the best first; `nearest`: what comes closest where nothing does."""

    model_config = ConfigDict(frozen=True)

    options: tuple[TripOffer, ...] = ()
    nearest: TripOffer | None = None
    rates_as_of: date


class TripToBook(BaseModel):
    """All that a traveller consents to, and all that is booked. Both bookings are made from this."""

    model_config = ConfigDict(frozen=True)

    traveller: Person
    people: int
    flight: FlightOffer
    hotel: HotelOffer
    total: Cost
    budget: Cost | None
    rates_as_of: date
    terms: tuple[str, ...]
    if_the_hotel_fails: str


class TripBooking(BaseModel):
    """A booking that was made. `cost`: what is really paid, never more than was approved."""

    model_config = ConfigDict(frozen=True)

    reference: Reference
    cost: Cost


class CancelBooking(BaseModel):
    """Which booking is to be called off."""

    model_config = ConfigDict(frozen=True)

    reference: Reference


class CancelledBooking(BaseModel):
    """A booking that is none any more."""

    model_config = ConfigDict(frozen=True)

    reference: Reference


class BookingOnFile(BaseModel):
    """What is known of a booking."""

    model_config = ConfigDict(frozen=True)

    reference: Reference
    what: str
    cost: Cost
    booked_at: datetime
    cancelled: bool


class BookingPort:
    """The systems of airlines and hotels."""

    @activity.defn(name="flight.book")
    async def book_flight(self, act: Act[TripToBook]) -> Receipt[TripBooking]:
        """Book the trip's flight, once.

        Raises NotApproved, OutcomeUnknown, ToolFailed (no seats, gone, or dearer than approved: nothing was booked),
        ToolUnavailable.
        """
        raise NotImplementedError

    @activity.defn(name="hotel.book")
    async def book_hotel(self, act: Act[TripToBook]) -> Receipt[TripBooking]:
        """Book the trip's hotel, once. Raises as `book_flight` does."""
        raise NotImplementedError

    @activity.defn(name="flight.cancel")
    async def cancel_flight(self, act: Act[CancelBooking]) -> Receipt[CancelledBooking]:
        """Call a flight off; once it is, it stays so. Raises ToolFailed, ToolUnavailable."""
        raise NotImplementedError

    @activity.defn(name="hotel.cancel")
    async def cancel_hotel(self, act: Act[CancelBooking]) -> Receipt[CancelledBooking]:
        """Call a hotel off. Raises as `cancel_flight` does."""
        raise NotImplementedError


BOOK_FLIGHT = IrreversibleTool(BookingPort.book_flight, at_most=1, consent=Consent.SHARED)
BOOK_HOTEL = IrreversibleTool(BookingPort.book_hotel, at_most=1, consent=Consent.SHARED)
CANCEL_FLIGHT = WriteTool(BookingPort.cancel_flight, at_most=1)
CANCEL_HOTEL = WriteTool(BookingPort.cancel_hotel, at_most=1)
