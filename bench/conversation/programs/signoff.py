"""This repository's own worker, with a process and a tool of the bench's, and a model that replies at once."""

import json
from collections.abc import Iterator
from contextlib import AsyncExitStack, contextmanager
from pathlib import Path
from unittest import mock

from temporalio import activity
from temporalio.client import Client
from temporalio.worker import Replayer, Worker

from activities.providers.base import Call, Completion, Finish
from bench.conversation.programs.script import MODEL, asked, found, said
from bench.conversation.programs.signoff_fan import ANSWER, BenchFan
from bench.conversation.programs.signoff_process import LOOK_UP, TURN, BenchConversation, Found, LibraryPort, Thing
from contracts.catalogue import OUTPUTS
from contracts.llm import Usage
from contracts.queues import WORK, llm_queue
from contracts.tools import tool_name
from runtime.client import connect
from runtime.sandbox import workflow_runner
from runtime.settings import Settings, load_settings
from workers.catalogue import make_workers
from workers.interceptors import Guard

PROVIDER = "scripted"
SUMMARY = {"summary": "Things were looked up, one after the other; the next one is to be looked up."}


class Scripted:
    """Asks for the tool at each turn, until it has its things."""

    async def complete(self, call: Call) -> Completion:
        """500 bytes of text, and the call."""
        if call.step == "work-summary":
            return _whole(SUMMARY, call)
        await MODEL.think(call.nth)
        if call.step == "ask":
            return _whole({"summary": said(call.nth)}, call)
        turns, size = asked(next(one.content for one in call.messages if one.role == "user"))
        if call.nth >= turns:
            return _whole({"thought": said(call.nth), "calls": [], "result": {"summary": "found"}}, call)
        look = {"id": f"call-{call.nth}", "tool": "look_up", "arguments": {"turn": call.nth, "size": size}}
        return _whole({"thought": said(call.nth), "calls": [look], "result": None}, call)

    async def close(self) -> None:
        """Nothing is open."""


def _whole(reply: object, call: Call) -> Completion:
    size = sum(len(one.content) for one in call.messages)
    usage = Usage(input_tokens=size // 4, output_tokens=150)
    return Completion(json.dumps(reply), Finish.COMPLETE, reason="stop", response_model="scripted", usage=usage)


class Library(LibraryPort):
    """Finds whatever is looked up."""

    @activity.defn(name="bench.look_up")
    async def look_up(self, thing: Thing) -> Found:
        """At once."""
        return Found(text=found(thing.turn, thing.size))


class Signoff:
    """The program."""

    def __init__(self) -> None:
        self._settings: Settings

    async def connect(self, address: str) -> Client:
        """As the worker does; its state is in the folder that the program is started in."""
        self._settings = _settings(address)
        return await connect(self._settings)

    def workers(self, client: Client, part: str, at_end: AsyncExitStack) -> list[Worker]:
        """The catalogue's, which are told of the bench's process, tool, contract and model."""
        queues = {"work": [WORK], "model": [llm_queue(PROVIDER)]}.get(part)
        with _catalogue():
            return make_workers(client, self._settings, queues, at_end)

    def replayer(self, client: Client) -> Replayer:
        """Set up as the worker is."""
        return Replayer(
            workflows=[BenchConversation],
            data_converter=client.data_converter,
            workflow_runner=workflow_runner(),
            interceptors=[Guard()],
        )


def _settings(address: str) -> Settings:
    Path("script.json").write_text("{}")  # a route names a file; the model is another
    return load_settings({"TEMPORAL_ADDRESS": address, "SIGNOFF_MODELS": f"{PROVIDER}:script.json"}, Path.cwd())


@contextmanager
def _catalogue() -> Iterator[None]:
    reads = {tool_name(LOOK_UP): Library().look_up}
    with (
        mock.patch("workers.catalogue.WORKFLOWS", (BenchConversation, BenchFan)),
        mock.patch("workers.catalogue.OUTPUTS", {**OUTPUTS, TURN.name: TURN, ANSWER.name: ANSWER}),
        mock.patch("workers.catalogue.readers_of", return_value=reads),
        mock.patch("activities.llm.service.providers_of", return_value={PROVIDER: Scripted()}),
    ):
        yield


PROGRAM = Signoff()
