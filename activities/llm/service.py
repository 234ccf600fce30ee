"""The model calls that workflows ask for."""

import asyncio
import time
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import replace
from typing import Any

from pydantic import BaseModel, ValidationError
from temporalio import activity

from activities.llm.fitting import HOSTED, LOCAL, Window, fitted
from activities.llm.prices import cost_usd
from activities.llm.prompts import Prompt, load_prompt, retry_turns
from activities.llm.providers import providers_of
from activities.llm.refusals import TooLong
from activities.llm.spans import call_span, note_content, note_reply
from activities.llm.verdicts import Judgement, judged
from activities.providers.base import Call, Completion, Provider
from contracts.errors import BadInput, ModelRefused
from contracts.llm import Answer, Ask, LlmPort, Message, ModelRef, Route, RouteRequest, Usage
from contracts.outputs import OutputContract
from runtime.settings import Settings


class LlmActivities(LlmPort):
    """Calls models; each reply is checked here, so that its verdict is recorded with it."""

    def __init__(
        self,
        settings: Settings,
        outputs: Mapping[str, OutputContract[Any, Any]],
        providers: Mapping[str, Provider] | None = None,
    ) -> None:
        """`outputs` by wire name; `providers` by name, those of the settings unless given."""
        self._settings = settings
        self._outputs = outputs
        self._providers = providers_of(settings) if providers is None else providers

    @activity.defn(name="llm.route")
    async def route(self, request: RouteRequest) -> Route:
        """The models of a role, from the settings."""
        return Route(models=self._settings.route(request.role))

    @activity.defn(name="llm.ask")
    async def ask(self, ask: Ask) -> Answer:
        """Render the prompt, call the model once, check the reply.

        Raises ModelUnavailable, ModelRefused, and BadInput for an ask that cannot be right.
        """
        contract, facts = self._contract(ask)
        provider = self._provider(ask.model)
        prompt = load_prompt(ask.prompt)
        started = time.perf_counter()
        call, reply = await self._sent(provider, _call(ask, contract, facts), ask, prompt)
        took = time.perf_counter() - started
        # In a thread: a long reply takes a second to check, and every other call's heartbeat would wait for it.
        judgement = await asyncio.to_thread(judged, reply, contract, facts)
        return _answer(call, prompt.version, reply, judgement, took)

    async def close(self) -> None:
        """Close the providers' connections, at the worker's end."""
        for provider in self._providers.values():
            await provider.close()

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

    async def _sent(self, provider: Provider, call: Call, ask: Ask, prompt: Prompt) -> tuple[Call, Completion]:
        """The prompt's length is an estimate; a provider that finds it too long is sent less. Neither is billed."""
        for share in (1.0, 0.5, 0.25):
            call = replace(call, messages=_messages(ask, prompt, share))
            with suppress(TooLong):
                return call, await self._complete(provider, call)
        raise ModelRefused(f"the prompt {ask.prompt} is too long for {ask.model}: shorten it, or name a larger model")

    async def _complete(self, provider: Provider, call: Call) -> Completion:
        with call_span(call) as span:
            reply = await provider.complete(call)
            note_reply(span, reply)
            if self._settings.capture_content:
                note_content(span, call.messages, reply)
            return reply


def _window(ask: Ask) -> Window:
    return LOCAL if ask.model.provider == "local" else HOSTED


def _call(ask: Ask, contract: OutputContract[Any, Any], facts: BaseModel) -> Call:
    """What is asked of the model, without its messages yet."""
    return Call(
        model=ask.model,
        messages=(),
        schema=contract.value.model_json_schema(),
        max_tokens=min(ask.max_tokens, _window(ask).reply),
        step=ask.step,
        sources={name: text for name, text in facts if isinstance(text, str)},
        rung=0 if ask.retry is None else 1,
    )


def _messages(ask: Ask, prompt: Prompt, share: float) -> tuple[Message, ...]:
    """The prompt, with the turns of a re-ask, short enough for the model's window."""
    window = _window(ask)
    again = retry_turns(ask.retry) if ask.retry else ()
    room = window.total - min(ask.max_tokens, window.reply)
    return fitted(lambda values: (*prompt.filled(values), *again), ask.variables, room, share)


def _answer(call: Call, version: str, reply: Completion, judgement: Judgement, took: float) -> Answer:
    return Answer(
        verdict=judgement.verdict,
        value=judgement.value,
        problems=judgement.problems,
        reply=reply.text,
        prompt=call.messages,
        prompt_version=version,
        model=call.model,
        response_model=reply.response_model,
        request_id=reply.request_id,
        finish_reason=reply.reason,
        usage=reply.usage or Usage(),
        cost_usd=cost_usd(call.model, reply),
        duration_s=took,
    )
