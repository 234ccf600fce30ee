"""The model calls that workflows ask for."""

import asyncio
import time
from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Any

from pydantic import BaseModel, ValidationError
from temporalio import activity

from activities.llm.attempts import to_its_end, will_be_tried_again, worker_ends
from activities.llm.calling import Chat, around_messages, calls_of, most_input_tokens, schema_of, window
from activities.llm.ceilings import Ceilings
from activities.llm.forms import as_said
from activities.llm.prices import Prices
from activities.llm.prompts import load_prompt
from activities.llm.providers import providers_of
from activities.llm.refusals import TooLong
from activities.llm.spans import call_span, note_content, note_reply
from activities.llm.turns import Turns
from activities.llm.verdicts import Asked, judged
from activities.providers.base import Call, Completion, Finish, Provider
from activities.transcripts import Transcripts
from contracts.errors import BadInput, ModelRefused, SignoffError
from contracts.llm import Answer, Ask, LlmPort, ModelRef, Quote, QuoteRequest, Route, RouteRequest, Usage
from contracts.outputs import OutputContract
from runtime.settings import Settings

QUICKLY_JUDGED = 5_000
"""Characters of a reply that is checked within some milliseconds."""


class LlmActivities(LlmPort):
    """Calls models; each reply is checked here, so that its verdict is recorded with it."""

    def __init__(
        self,
        settings: Settings,
        outputs: Mapping[str, OutputContract[Any, Any]],
        providers: Mapping[str, Provider] | None = None,
        *,
        prices: Prices | None = None,
        ceilings: Ceilings | None = None,
        transcripts: Transcripts | None = None,
    ) -> None:
        """`outputs` by wire name; `providers` by name, and `prices`: those of the settings unless given. Without
        `ceilings` there are none, and without `transcripts` no conversations."""
        self._settings = settings
        self._outputs = outputs
        self._providers = providers_of(settings) if providers is None else providers
        self._prices = prices or Prices(settings.limits.prices)
        self._ceilings = ceilings
        self._turns = Turns(transcripts, ceilings)

    @activity.defn(name="llm.route")
    async def route(self, request: RouteRequest) -> Route:
        """The models of a role, from the settings."""
        return Route(models=self._settings.route(request.role))

    @activity.defn(name="llm.quote")
    async def quote(self, request: QuoteRequest) -> Quote:
        """Render the call as `ask` would, price its worst case, enter that against the ceilings.

        Raises ModelRefused (no price is known, or a ceiling is lower than this one call) and BadInput.
        """
        ask = request.ask
        if request.tokens is not None:
            return self._price_of_a_turn(ask, request.tokens)
        call = next(calls_of(ask, *self._contract(ask), load_prompt(ask.prompt)))
        tokens = most_input_tokens(call)
        usd = self._prices.worst_usd(ask.model, tokens, call.max_tokens)
        wait = None
        if self._ceilings and ask.spend_key:
            wait = await self._ceilings.enter(ask.spend_key, request.process, request.tenant, usd)
        return Quote(
            input_tokens=tokens,
            max_tokens=call.max_tokens,
            most_tokens=window(ask.model).reply,
            usd=usd,
            wait_s=wait.seconds if wait else None,
            why=wait.why if wait else None,
        )

    @activity.defn(name="llm.ask")
    async def ask(self, ask: Ask) -> Answer:
        """Render the prompt, call the model once, check the reply.

        Raises ModelUnavailable, ModelRefused, and BadInput for an ask that cannot be right.
        """
        started = time.perf_counter()
        try:
            ask, chat = await self._turns.complete(ask) if ask.head else (ask, load_prompt(ask.prompt))
            contract, facts = self._contract(ask)
            provider = self._provider(ask.model)
            call, reply = await self._sent(provider, calls_of(ask, contract, facts, chat), ask)
        except SignoffError as error:
            if not will_be_tried_again(error):
                await self._settle(ask, Decimal(0))
            raise
        took = time.perf_counter() - started
        return await to_its_end(self._answer(ask, chat, call, reply, took))

    async def close(self) -> None:
        """Close the providers' connections, at the worker's end."""
        for provider in self._providers.values():
            await provider.close()

    def _price_of_a_turn(self, ask: Ask, tokens: int) -> Quote:
        contract = self._outputs.get(ask.contract)
        if contract is None:
            raise BadInput(f"there is no output contract {ask.contract}: correct the conversation of {ask.step}")
        tokens += around_messages(schema_of(contract), ask.scratchpad)
        total, room = window(ask.model)
        most = min(ask.max_tokens, room)
        usd = self._prices.worst_usd(ask.model, tokens, most)
        return Quote(input_tokens=tokens, max_tokens=most, most_tokens=room, usd=usd, window=total)

    def _contract(self, ask: Ask) -> tuple[OutputContract[Any, Any], BaseModel]:
        """The contract and its facts, checked before anything is paid for."""
        contract = self._outputs.get(ask.contract)
        if contract is None:
            raise BadInput(f"there is no output contract {ask.contract}: correct the ask of the step {ask.step}")
        try:
            return contract, contract.facts.model_validate(ask.facts)
        except ValidationError as error:
            first = error.errors(include_url=False)[0]
            where = ".".join(str(part) for part in first["loc"]) or "facts"
            raise BadInput(f"the facts of the step {ask.step} cannot be right: {where}: {first['msg']}") from None

    def _provider(self, model: ModelRef) -> Provider:
        provider = self._providers.get(model.provider)
        if provider is None:
            raise ModelRefused(f"this worker has no provider {model.provider}: add it to SIGNOFF_ENDPOINTS")
        return provider

    async def _sent(self, provider: Provider, calls: Iterable[Call], ask: Ask) -> tuple[Call, Completion]:
        """The call that was taken, and its reply."""
        for call in calls:
            try:
                return call, await self._complete(provider, call)
            except TooLong:
                continue  # it was not billed
            except asyncio.CancelledError:
                if not worker_ends():
                    raise
                # Temporal would ask again elsewhere, and nobody would know that this may have been billed.
                return call, Completion("", Finish.BROKEN, note="the worker was told to end before the reply did")
            except SignoffError:
                raise
            except Exception as error:  # nobody thought of it; raised, Temporal would ask again, in silence
                return call, Completion("", Finish.BROKEN, note=f"the call failed here ({type(error).__name__})")
        raise ModelRefused(f"the prompt {ask.prompt} is too long for {ask.model}: shorten it, or name a larger model")

    async def _complete(self, provider: Provider, call: Call) -> Completion:
        with call_span(call) as span:
            reply = await provider.complete(call)
            note_reply(span, reply)
            if self._settings.capture_content:
                note_content(span, call.messages, reply)
            return reply

    async def _answer(self, ask: Ask, chat: Chat, call: Call, reply: Completion, took: float) -> Answer:
        """The reply's worth and its cost, which is entered against the ceilings."""
        contract, facts = self._contract(ask)
        asked = Asked(rung=ask.rung, repair=ask.repair, scratchpad=ask.scratchpad)
        if len(reply.text) + sum(len(one.arguments) for one in reply.calls) < QUICKLY_JUDGED:
            judgement = judged(reply, contract, facts, asked)
        else:
            # In a thread: a long reply takes a second to check, and every other call's heartbeat would wait for it.
            judgement = await asyncio.to_thread(judged, reply, contract, facts, asked)
        counted = self._prices.cost_usd(call.model, reply)
        cost = ask.reserved_usd if counted is None else counted
        await self._settle(ask, cost)
        answer = Answer(
            verdict=judgement.verdict,
            value=judgement.value,
            problems=judgement.problems,
            reply=as_said(reply),
            prompt=call.messages,
            prompt_version=chat.version,
            model=call.model,
            response_model=reply.response_model,
            request_id=reply.request_id,
            finish_reason=reply.reason,
            usage=reply.usage or Usage(),
            cost_usd=cost,
            duration_s=took,
            rung=ask.rung,
            form_fits=judgement.form_fits,
            repaired=judgement.repaired,
            reasoning=judgement.reasoning,
            cost_is_worst_case=counted is None and cost is not None,
        )
        return await self._turns.kept(ask, answer) if ask.head else answer

    async def _settle(self, ask: Ask, usd: Decimal | None) -> None:
        """Enter what the call did cost in the ceilings' record."""
        if self._ceilings and ask.spend_key and usd is not None:
            await self._ceilings.settle(ask.spend_key, usd)
