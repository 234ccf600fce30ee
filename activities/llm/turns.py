"""A turn of a conversation: what its opening says is filled into the ask, and a reply that fits is kept."""

import asyncio
import json
import logging
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal

from temporalio import activity

from activities.llm.attempts import worker_ends
from activities.llm.calling import Chat
from activities.llm.ceilings import Ceilings
from activities.llm.prompts import load_prompt
from activities.transcripts import Conversation, Transcripts
from contracts.agents import CONVERSATION_SUMMARY
from contracts.errors import BadInput, ModelUnavailable, ToolUnavailable
from contracts.lean import lean
from contracts.llm import Answer, Ask, Message, ModelRef, Verdict
from contracts.transcript import Head, Opening, shown

_LOG = logging.getLogger(__name__)

SUMMARISE = "conversation/summarise"

STORE_AGAIN_S = 1.0
"""After so long a reply that the database did not take is offered to it again."""

_NOT_STORED = "the worker was told to end before the database took the reply"


@dataclass(frozen=True)
class Spoken:
    """A conversation, as the chat that goes out."""

    version: str
    messages: tuple[Message, ...]

    def filled(self, values: Mapping[str, str]) -> tuple[Message, ...]:
        """As it is: its variables were filled in when it began."""
        return self.messages


class Turns:
    """Turns of the conversations of a store."""

    def __init__(self, transcripts: Transcripts | None, ceilings: Ceilings | None) -> None:
        self._transcripts = transcripts
        self._ceilings = ceilings

    async def complete(self, ask: Ask) -> tuple[Ask, Chat]:
        """The ask with what the opening says, and the chat.

        Raises BadInput, and ModelUnavailable while a ceiling is met or the database is away: nothing was billed.
        """
        assert ask.head
        try:
            talk = await self._store.with_said(ask.head, ask.said)
            ask = ask.model_copy(update={"spend_key": await self._entered(ask, talk.opening)})
        except ToolUnavailable as error:
            raise ModelUnavailable(error.message) from None
        if ask.shorten:
            conversation = {"variables": {"conversation": _older(talk)}, "prompt": SUMMARISE}
            summary = {"contract": CONVERSATION_SUMMARY.name, "facts": {}, **conversation}
            return ask.model_copy(update=summary), load_prompt(SUMMARISE)
        opening = talk.opening
        known = {"contract": opening.contract, "facts": opening.facts, "scratchpad": opening.scratchpad}
        return ask.model_copy(update=known), Spoken(talk.version, talk.messages)

    async def kept(self, ask: Ask, answer: Answer) -> Answer:
        """The answer as history has it: what stands in the store is left out."""
        assert ask.head
        known = {"prompt": (), "model": ModelRef(provider=""), "duration_s": round(answer.duration_s, 3)}
        if answer.verdict is not Verdict.FITS:
            return lean(answer.model_copy(update=known))
        known |= {"reply": "", "form_fits": False, "finish_reason": None}
        if not answer.cost_usd and not ask.reserved_usd:
            known["cost_usd"] = None  # free, as the ask says
        if isinstance(answer.value, dict):
            known["value"] = {name: one for name, one in answer.value.items() if one is not None}
        if answer.response_model in (ask.model.model, ask.model.provider):
            known["response_model"] = None
        if not ask.shorten:
            reply = json.dumps(answer.value, ensure_ascii=False)
            head = await self._stored(ask, reply)
            if head is None:
                known |= {"verdict": Verdict.CUT, "value": None, "problems": (_NOT_STORED,), "reply": reply}
            known |= {"prompt_version": "", "head": head}
        return lean(answer.model_copy(update=known))

    async def _stored(self, ask: Ask, reply: str) -> Head | None:
        """Where the conversation stands with this reply in it; None when the worker ends before the database takes it.

        The reply is paid for: were this to fail the call, it would be bought again, and charged once. The call's own
        time-out ends the waiting, and is charged.
        """
        assert ask.head
        while True:
            try:
                return await self._store.append(ask.head, ask.said, reply)
            except ToolUnavailable as error:
                if worker_ends():
                    return None
                _LOG.warning("a reply of %s waits to be stored: %s", ask.step, error.message)
            # It is paid for: nothing else is done until the database takes it.
            await asyncio.sleep(STORE_AGAIN_S)

    @property
    def _store(self) -> Transcripts:
        if self._transcripts is None:
            raise BadInput("this worker keeps no conversations: give its LlmActivities transcripts")
        return self._transcripts

    async def _entered(self, ask: Ask, opening: Opening) -> str | None:
        """Enter the call against the ceilings."""
        if self._ceilings is None or not activity.in_activity():
            return None
        info = activity.info()
        key = f"{info.workflow_run_id}/{info.activity_id}"
        usd = ask.reserved_usd or Decimal(0)
        if wait := await self._ceilings.enter(key, opening.process, opening.tenant, usd):
            raise ModelUnavailable(wait.why, wait=timedelta(seconds=wait.seconds))
        return key


def _older(talk: Conversation) -> str:
    """All that is not pinned, as text."""
    return "\n\n".join(f"[{one.role}] {shown(one.text or '')}" for one in talk.words if not one.pinned)
