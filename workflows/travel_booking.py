"""TravelBooking: one message of a traveller; a trip is booked whole or not at all, and never above the limit."""

from temporalio import workflow
from temporalio.exceptions import ActivityError

from contracts.errors import root_message
from contracts.gates import Approved
from contracts.tools import Outcome, Receipt
from contracts.travel import (
    BOOK_FLIGHT,
    BOOK_HOTEL,
    CANCEL_FLIGHT,
    CANCEL_HOTEL,
    CancelBooking,
    RankedTrips,
    TripBooking,
    TripOffer,
    TripToBook,
)
from contracts.travel_booking import (
    MOST_QUESTIONS,
    TRAVEL_BOOKING,
    ComplaintShown,
    Intent,
    MessageShown,
    OptionsShown,
    TravelOutcome,
    TravelRequest,
    TravelResult,
)
from contracts.travel_desk import (
    FILE_COMPLAINT,
    FIND_BOOKINGS,
    RANK_TRIPS,
    READ_INVENTORY,
    SEARCH_FLIGHTS,
    SEARCH_HOTELS,
    UNDERSTAND_TRIP,
    AskInventory,
    FileComplaint,
    FindBooking,
    RankTrips,
    TripAnswers,
    TripSearch,
    TripWords,
    Understand,
    Understood,
)
from contracts.travel_words import (
    NOT_OURS,
    acknowledgement,
    choice_in_words,
    itinerary,
    nearest_in_words,
    no_trip,
)
from workflows.patterns.route import Branch, choose, route
from workflows.steps.ended import Ended
from workflows.steps.gates import Gates, Question
from workflows.steps.llm import Llm
from workflows.steps.messages import TakesMessages
from workflows.steps.progress import Progress
from workflows.steps.saga import Saga
from workflows.steps.tools import Tools, Undo
from workflows.travel_questions import answer_inquiry, explain_options, extract_words, review_trip, which_intent

NONE_OF_THEM = "none of them"


class NotBooked(Exception):
    """A part of the trip had been booked otherwise before: what was booked now is taken back."""


@workflow.defn(name=TRAVEL_BOOKING.workflow_type)
class TravelBooking(TakesMessages):
    """Book one trip whole or not at all; answer a question; take a complaint."""

    def __init__(self) -> None:
        self.progress = Progress(TRAVEL_BOOKING)
        self.gates = Gates(self.progress)
        self.llm = Llm(self.progress, self.gates)
        self.tools = Tools(self.progress, self.gates)
        self.saga = Saga(self.tools, self.gates)
        self.known = TravelResult(outcome=TravelOutcome.STOPPED, request_id="unknown")

    @workflow.run
    async def run(self, request: TravelRequest) -> TravelResult:
        """The story, and how it ends when a person says no, nobody answers, or somebody stops it."""
        self.known = self.known.model_copy(update={"request_id": request.request_id})
        return await self.progress.tell(request, self._story(request), self._ended)

    async def _story(self, request: TravelRequest) -> TravelResult:
        chosen = await choose(self.llm, self.gates, which_intent(request))
        self._learn(intent=chosen.kind, intent_by=chosen.by)
        books = (UNDERSTAND_TRIP, SEARCH_FLIGHTS, SEARCH_HOTELS, RANK_TRIPS, BOOK_FLIGHT, BOOK_HOTEL)
        undoes = (CANCEL_FLIGHT, CANCEL_HOTEL)
        branches = {
            Intent.BOOKING: Branch((*books, *undoes), lambda tools: self._book(request, tools)),
            Intent.INQUIRY: Branch((UNDERSTAND_TRIP, READ_INVENTORY), lambda tools: self._inquiry(request, tools)),
            Intent.COMPLAINT: Branch((FIND_BOOKINGS, FILE_COMPLAINT), lambda tools: self._complaint(request, tools)),
            Intent.OTHER: Branch((), lambda tools: self._not_ours()),
        }
        return await route(self.progress, self.tools, chosen.kind, branches)

    async def _book(self, request: TravelRequest, tools: Tools) -> TravelResult:
        wanted = await self._clear(request, tools)
        if wanted is None:
            reason = f"after {MOST_QUESTIONS} questions it is not clear what is wanted"
            return self._result(TravelOutcome.NOT_UNDERSTOOD, reason=reason, message=no_trip(reason))
        self._learn(budget=wanted.budget)
        ranked = await self._ranked(wanted, tools)
        if not ranked.options:
            reason = "nothing fits" + (f" the limit of {wanted.budget}" if wanted.budget else " these days")
            nearest = nearest_in_words(ranked.nearest, wanted.budget) if ranked.nearest else "There is nothing near it."
            message = f"{no_trip(reason)} {nearest}"
            return self._result(TravelOutcome.NOTHING_FITS, reason=reason, message=message, trip=ranked.nearest)
        picked = await self._pick(wanted, ranked)
        if picked is None:
            reason = "the traveller picked none of the options"
            return self._result(TravelOutcome.REJECTED, reason=reason, message=no_trip(reason))
        self._learn(trip=picked)
        approved = await self.gates.approve(review_trip(request, wanted, picked, ranked))
        self._learn(approved_by=approved.approval.by)
        return await self._all_or_nothing(approved, tools)

    async def _clear(self, request: TravelRequest, tools: Tools) -> Understood | None:
        """Ask back until everything is known. Raises Ended (nobody answers)."""
        words = (await self.llm.fill(extract_words(request))).value
        answers = TripAnswers()
        for _ in range(MOST_QUESTIONS):
            wanted = await self._understood(request, words, answers, tools)
            if wanted.question is None:
                return wanted
            asked = wanted.question
            known = "; ".join(f"{name}: {said}" for name, said in answers.model_dump(exclude_none=True).items())
            shown = MessageShown(message=request.message, traveller=request.traveller, known=known)
            said = await self.gates.clarify(Question("ask-back", asked.question, shown, str, asked.choices))
            answers = answers.model_copy(update={asked.about: said.value[:300]})
        return None

    async def _understood(
        self, request: TravelRequest, words: TripWords, answers: TripAnswers, tools: Tools
    ) -> Understood:
        asked = Understand(
            message=request.message,
            timezone=request.timezone,
            now=workflow.now(),
            home=request.home,
            words=words,
            answers=answers,
        )
        return await tools.use("understand", UNDERSTAND_TRIP, asked, "Read places, days and amounts")

    async def _ranked(self, wanted: Understood, tools: Tools) -> RankedTrips:
        search = TripSearch.model_validate(wanted.model_dump() | {"now": workflow.now()})
        flights = await tools.use("search-flights", SEARCH_FLIGHTS, search, "Search flights")
        hotels = await tools.use("search-hotels", SEARCH_HOTELS, search, "Search hotels")
        offers = RankTrips(flights=flights, hotels=hotels, budget=wanted.budget)
        return await tools.use("rank", RANK_TRIPS, offers, "Keep what fits, by price")

    async def _pick(self, wanted: Understood, ranked: RankedTrips) -> TripOffer | None:
        explained = await self.llm.fill(explain_options(ranked.options))
        self._learn(explained_by=explained.by)
        choices = {f"{n}: {choice_in_words(one)}": one for n, one in enumerate(ranked.options, 1)}
        shown = OptionsShown(
            explanations=tuple(explained.value.options),
            explained_by=explained.by,
            options=ranked.options,
            budget=wanted.budget,
            rates_as_of=ranked.rates_as_of.isoformat(),
        )
        question = "Which trip is it to be? Nothing is booked before you have approved price and terms"
        picked = await self.gates.clarify(Question("pick-option", question, shown, str, (*choices, NONE_OF_THEM)))
        return choices.get(picked.value)

    async def _all_or_nothing(self, trip: Approved[TripToBook], tools: Tools) -> TravelResult:
        """The flight, then the hotel; whatever ends this early takes back what was booked."""
        self.saga = Saga(tools, self.gates)
        try:
            async with self.saga as saga:
                flight = await saga.use("book-flight", BOOK_FLIGHT, trip, "Book the flight", undo=cancel_flight)
                _ours(flight)
                hotel = await saga.use("book-hotel", BOOK_HOTEL, trip, "Book the hotel", undo=cancel_hotel)
                _ours(hotel)
        except ActivityError as failed:
            return self._nothing(trip.value, TravelOutcome.NOT_BOOKED, root_message(failed))
        except NotBooked as before:
            return self._nothing(trip.value, TravelOutcome.ALREADY_BOOKED, str(before))
        booked = {"flight": flight.result.reference, "hotel": hotel.result.reference}
        paid = (flight.result.cost, hotel.result.cost)
        message = itinerary(trip.value, flight.result, hotel.result)
        return self._result(TravelOutcome.BOOKED, **booked, paid=paid, message=message)

    def _nothing(self, trip: TripToBook, outcome: TravelOutcome, reason: str) -> TravelResult:
        stays = self._stays()
        if stays:
            outcome = TravelOutcome.HALF_BOOKED
        return self._result(outcome, reason=reason, message=no_trip(reason, self.saga.undone, stays), **self._undone())

    def _stays(self) -> list[str]:
        return [step.removeprefix("cancel-") for step in self.saga.left]

    def _undone(self) -> dict[str, object]:
        return {"cancelled": tuple(self.saga.undone), "left": tuple(self.saga.left)}

    async def _inquiry(self, request: TravelRequest, tools: Tools) -> TravelResult:
        words = (await self.llm.fill(extract_words(request))).value
        known = await self._understood(request, words, TripAnswers(), tools)
        asked = AskInventory(origin=known.origin, destination=known.destination)
        facts = (await tools.use("read-inventory", READ_INVENTORY, asked, "Take the facts")).facts
        answer = await self.llm.fill(answer_inquiry(request, facts))
        said = {"message": answer.value.answer, "answered_by": answer.by}
        return self._result(TravelOutcome.INQUIRY_ANSWERED, **said)

    async def _complaint(self, request: TravelRequest, tools: Tools) -> TravelResult:
        about = FindBooking(message=request.message, email=request.traveller.email)
        found = await tools.use("find-bookings", FIND_BOOKINGS, about, "Find the bookings that are named")
        references = tuple(booking.reference for booking in found.bookings)
        complaint = FileComplaint(traveller=request.traveller, message=request.message, references=references)
        case = (await tools.use("file-complaint", FILE_COMPLAINT, complaint, "Keep the complaint")).result.case
        # Told even if nobody comes: `_ended` answers with what is known.
        self._learn(case=case, message=acknowledgement(request.traveller, case, found))
        shown = ComplaintShown(case=case, message=request.message, traveller=request.traveller, bookings=found)
        question = f"What is {request.traveller.name[:60]} told about {case}?"
        said = await self.gates.clarify(Question("answer-complaint", question, shown, str))
        message = f"{self.known.message}\n\n{said.value}"
        return self._result(TravelOutcome.COMPLAINT_ANSWERED, message=message, answered_by=said.by)

    async def _not_ours(self) -> TravelResult:
        return self._result(
            TravelOutcome.NOT_OURS, reason="the message wants nothing of what is done here", message=NOT_OURS
        )

    def _learn(self, **facts: object) -> None:
        self.known = self.known.model_copy(update=facts)

    def _result(self, outcome: TravelOutcome, **facts: object) -> TravelResult:
        return self.known.model_copy(update={"outcome": outcome, "cost_usd": self.progress.cost_usd, **facts})

    def _ended(self, end: Ended) -> TravelResult:
        facts: dict[str, object] = {"reason": end.reason, "partial": self.progress.partial(end)} | self._undone()
        if self.known.case:
            outcome = TravelOutcome(end.how)
            filed = TravelOutcome.COMPLAINT_FILED if outcome is TravelOutcome.EXPIRED else outcome
            return self._result(filed, **facts)
        return self._result(
            TravelOutcome(end.how), message=no_trip(end.reason, self.saga.undone, self._stays()), **facts
        )


def _ours(receipt: Receipt[TripBooking]) -> None:
    match receipt.outcome:
        case Outcome.CONFLICT:
            raise NotBooked(f"{receipt.key} had booked another trip before")
        case Outcome.UNDONE:
            raise NotBooked(f"{receipt.key} had been booked and called off before: start it with a new occasion")
        case Outcome.DONE:
            return


def cancel_flight(booked: TripBooking) -> Undo[CancelBooking]:
    """How the flight is taken back."""
    cancel = CancelBooking(reference=booked.reference)
    return Undo("cancel-flight", CANCEL_FLIGHT, cancel, f"Cancel the flight {booked.reference}")


def cancel_hotel(booked: TripBooking) -> Undo[CancelBooking]:
    """How the hotel is taken back."""
    cancel = CancelBooking(reference=booked.reference)
    return Undo("cancel-hotel", CANCEL_HOTEL, cancel, f"Cancel the hotel {booked.reference}")
