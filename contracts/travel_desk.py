"""The travel desk: reading what somebody wants, searching the inventory, keeping complaints."""

from datetime import date

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field
from temporalio import activity

from contracts.crm import Person
from contracts.exchange import Cost
from contracts.tools import Act, ReadTool, Receipt, WriteTool
from contracts.travel import BookingOnFile, CityCode, FlightOffers, HotelOffers, RankedTrips, Reference

MOST_PEOPLE = 9
A_ROOM_HOLDS = 2


class TripWords(BaseModel):
    """What a message says about a trip, in its own words; None: it says nothing of that."""

    model_config = ConfigDict(frozen=True)

    destination: str | None = Field(default=None, max_length=120, description="the words that name where to")
    origin: str | None = Field(default=None, max_length=120, description="the words that name where from")
    dates: str | None = Field(default=None, max_length=120, description="all the words about when and how long")
    people: str | None = Field(default=None, max_length=120, description="the words that say who travels, or how many")
    budget: str | None = Field(default=None, max_length=120, description="the words that limit what it may cost")


class TripAnswers(TripWords):
    """What the traveller said when asked; it goes before the message's words."""

    currency: str | None = Field(default=None, description="of the budget, where its amount does not say it")


class Understand(BaseModel):
    """A message with its words, to be read as codes, days and amounts."""

    model_config = ConfigDict(frozen=True)

    message: str
    timezone: str = Field(description="the traveller's, IANA")
    now: AwareDatetime
    home: CityCode | None = None
    words: TripWords
    answers: TripAnswers = TripAnswers()


class TripQuestion(BaseModel):
    """What the traveller has to be asked; an answer is one of the choices, or words where there are none."""

    model_config = ConfigDict(frozen=True)

    about: str = Field(description="the field of TripAnswers")
    question: str = Field(max_length=300)
    choices: tuple[str, ...] = ()


class Understood(BaseModel):
    """What is wanted, as far as it is known; `question` asks for the first thing that is not."""

    model_config = ConfigDict(frozen=True)

    today: date = Field(description="where the traveller is")
    destination: CityCode | None = None
    origin: CityCode | None = None
    leaves: date | None = None
    returns: date | None = None
    people: int = 1
    budget: Cost | None = Field(default=None, description="for the whole trip; None: no limit was stated")
    question: TripQuestion | None = None


class TripSearch(BaseModel):
    """What to look for."""

    model_config = ConfigDict(frozen=True)

    origin: CityCode
    destination: CityCode
    leaves: date
    returns: date
    people: int = Field(ge=1, le=MOST_PEOPLE)
    now: AwareDatetime = Field(description="what leaves before is not offered")


class RankTrips(BaseModel):
    """What was found, and what it may cost."""

    model_config = ConfigDict(frozen=True)

    flights: FlightOffers
    hotels: HotelOffers
    budget: Cost | None = None


class FindBooking(BaseModel):
    """A booking that somebody names; only its own traveller is told of it."""

    model_config = ConfigDict(frozen=True)

    message: str = Field(description="where the reference stands")
    email: str


class BookingsFound(BaseModel):
    """The bookings that a message names; `unknown`: references of nobody's, or of somebody else's."""

    model_config = ConfigDict(frozen=True)

    bookings: tuple[BookingOnFile, ...] = ()
    unknown: tuple[str, ...] = ()


class AskInventory(BaseModel):
    """What somebody wants to know about."""

    model_config = ConfigDict(frozen=True)

    origin: CityCode | None = None
    destination: CityCode | None = None


class InventoryFacts(BaseModel):
    """What the inventory says, a sentence each."""

    model_config = ConfigDict(frozen=True)

    facts: tuple[str, ...]


class FileComplaint(BaseModel):
    """A complaint as it came, and what its sender is told at once."""

    model_config = ConfigDict(frozen=True)

    traveller: Person
    message: str
    references: tuple[Reference, ...] = ()


class FiledComplaint(BaseModel):
    """Under which number it is kept."""

    model_config = ConfigDict(frozen=True)

    case: str


class TravelPort:
    """The travel desk: it reads its inventory, and keeps complaints."""

    @activity.defn(name="travel.understand")
    async def understand(self, request: Understand) -> Understood:
        """Read words as codes, days and amounts. Raises BadInput (time zone, home), ToolUnavailable."""
        raise NotImplementedError

    @activity.defn(name="travel.search_flights")
    async def search_flights(self, request: TripSearch) -> FlightOffers:
        """Flights there and back with seats for everybody. Raises ToolUnavailable."""
        raise NotImplementedError

    @activity.defn(name="travel.search_hotels")
    async def search_hotels(self, request: TripSearch) -> HotelOffers:
        """Hotels with rooms for everybody on every night. Raises ToolUnavailable."""
        raise NotImplementedError

    @activity.defn(name="travel.rank")
    async def rank(self, request: RankTrips) -> RankedTrips:
        """What fits, by price, at today's rates. Raises ToolFailed (no rate), ToolUnavailable."""
        raise NotImplementedError

    @activity.defn(name="travel.find_bookings")
    async def find_bookings(self, request: FindBooking) -> BookingsFound:
        """The bookings that a message names. Raises ToolUnavailable."""
        raise NotImplementedError

    @activity.defn(name="travel.facts")
    async def facts(self, request: AskInventory) -> InventoryFacts:
        """What there is to say about places. Raises ToolUnavailable."""
        raise NotImplementedError

    @activity.defn(name="travel.file_complaint")
    async def file_complaint(self, act: Act[FileComplaint]) -> Receipt[FiledComplaint]:
        """Keep a complaint, once. Raises ToolUnavailable."""
        raise NotImplementedError


UNDERSTAND_TRIP = ReadTool(TravelPort.understand, at_most=12)
SEARCH_FLIGHTS = ReadTool(TravelPort.search_flights, at_most=1)
SEARCH_HOTELS = ReadTool(TravelPort.search_hotels, at_most=1)
RANK_TRIPS = ReadTool(TravelPort.rank, at_most=1)
FIND_BOOKINGS = ReadTool(TravelPort.find_bookings, at_most=1)
READ_INVENTORY = ReadTool(TravelPort.facts, at_most=1)
FILE_COMPLAINT = WriteTool(TravelPort.file_complaint, at_most=1)
