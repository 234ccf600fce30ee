"""The model calls that workflows ask for."""

import time
from collections.abc import Mapping
from typing import Any

from pydantic import BaseModel, ValidationError
from temporalio import activity

from activities.llm.fitting import USUAL_WINDOW_TOKENS, WINDOW_TOKENS, fitted
from activities.llm.prices import cost_usd
from activities.llm.prompts import Prompt, load_prompt, retry_turns
from activities.llm.providers import providers_of
from activities.llm.spans import call_span, note_content, note_reply
from activities.llm.verdicts import judged
from activities.providers.base import Call, Completion, Provider
from contracts.errors import BadInput, ModelRefused
from contracts.llm import Answer, Ask, LlmPort, Message, Route, RouteRequest, Usage
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
        provider = self._provider(ask)
        prompt = load_prompt(ask.prompt)
        call = _call(ask, contract, _messages(ask, prompt))
        started = time.perf_counter()
        reply = await self._called(provider, call)
        took = time.perf_counter() - started
        return _answer(ask, prompt, call, reply, took, judged(reply, contract, facts))
