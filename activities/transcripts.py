"""Conversations, kept and read: each message is stored once, and the newest head of each is remembered for a while."""

import json
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any, TypeVar

from sqlalchemy import Connection

from activities.llm.prompts import harmless
from activities.stores import transcripts as store
from activities.stores.database import Database
from activities.stores.transcripts import Place, Row, Words
from contracts.errors import BadInput
from contracts.llm import Message
from contracts.transcript import Head, Opening, Said, bytes_of, shown, size_of

T = TypeVar("T")

_REMEMBERED = 500
"""Conversations whose messages stay in memory, so that a turn reads nothing back that this worker has just written."""


@dataclass(frozen=True)
class Conversation:
    """What the model is shown up to a head, and what the conversation began with."""

    first: str
    """Address of the opening."""
    opening: Opening
    version: str
    """Of the prompt."""
    words: tuple[Words, ...]
    """Each with its text."""

    @property
    def messages(self) -> tuple[Message, ...]:
        """As they are sent: what one side says in several messages is one."""
        runs = groupby(self.words, key=lambda one: one.role)
        return tuple(
            Message(role=role, content="\n\n".join(shown(one.text or "") for one in run)) for role, run in runs
        )


class Transcripts:
    """The database's conversations."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._recent: OrderedDict[Head, Conversation] = OrderedDict()
        self._texts: OrderedDict[str, str] = OrderedDict()
        """By place, what a model is shown of messages that were kept by themselves."""

    async def open(self, opening: Opening, version: str, messages: Sequence[Message]) -> Head:
        """Begin a conversation with these messages, which stay in sight."""
        body = {
            "opening": opening.model_dump(mode="json"),
            "version": version,
            "words": [Words(one.role, one.content, pinned=True) for one in messages],
        }
        size = sum(bytes_of(one.content) for one in messages)
        first = await self._put(opening.owner, Place(opening.owner, size=size), body)
        return store.head_of(first["hash"], size)

    async def read(self, head: Head) -> Conversation:
        """Up to `head`. Raises BadInput where a row is missing or was changed, ToolUnavailable."""
        known = self._recent.get(head)
        if known is None:
            known = await self._database.run(lambda connection: _read(connection, head))
            _remember(self._recent, head, known)
        return known

    async def append(self, head: Head, said: Sequence[Said], reply: str) -> Head:
        """What was said to the model, and what it answered; the new head."""
        before = await self.read(head)
        words = [await self._words(one) for one in said]
        words.append(Words("assistant", harmless(reply)))
        size = size_of(head) + sum(bytes_of(one.text or "") for one in words)
        place = Place(opening=before.first, parent=store.address_in(head), size=size)
        stored = [one._replace(text=None) if one.ref else one for one in words]
        made = await self._put(before.opening.owner, place, {"words": stored})
        return self._moved(
            head, made, Conversation(before.first, before.opening, before.version, (*before.words, *words))
        )

    async def with_said(self, head: Head, said: Sequence[Said]) -> Conversation:
        """The conversation as a model is to be shown it, nothing stored yet."""
        before = await self.read(head)
        words = [await self._words(one) for one in said]
        return Conversation(before.first, before.opening, before.version, (*before.words, *words))

    async def keep(self, head: Head, text: str) -> tuple[str, int]:
        """Store a message by itself; answers where, and the size of what a model is shown of it."""
        before = await self.read(head)
        size = bytes_of(text)
        made = await self._put(before.opening.owner, Place(opening=before.first, size=size), {"text": text})
        _remember(self._texts, made["hash"], shown(text))
        return str(made["hash"]), size

    async def compact(self, head: Head, summary: str, room: int) -> Head:
        """The pinned messages, a summary of what lies between, and the last messages that fit into `room` bytes."""
        before = await self.read(head)
        words = [*(one for one in before.words if one.pinned), Words("user", harmless(summary))]
        words += _last([one for one in before.words if not one.pinned], room)
        size = sum(bytes_of(one.text or "") for one in words)
        place = Place(opening=before.first, parent=store.address_in(head), size=size, fresh=True)
        stored = [one._replace(text=None) if one.ref else one for one in words]
        made = await self._put(before.opening.owner, place, {"words": stored})
        return self._moved(head, made, Conversation(before.first, before.opening, before.version, tuple(words)))

    async def _words(self, said: Said) -> Words:
        if said.text is not None:
            return Words("user", harmless(said.text), pinned=said.pinned)
        if said.ref is None:
            raise BadInput("a message has neither words nor a place: correct the ask")
        text = self._texts.get(said.ref)
        if text is None:
            text = await self._database.run(lambda connection: _text(connection, str(said.ref)))
            _remember(self._texts, said.ref, text)
        return Words("user", text, said.ref, said.pinned)

    async def _put(self, run: str, place: Place, body: Any) -> Row:
        await self._database.sealing.ready(run)
        made = store.row(self._database.sealing, run, place, body)
        await self._database.run(lambda connection: store.put(connection, [made]))
        return made

    def _moved(self, old: Head, made: Row, now: Conversation) -> Head:
        self._recent.pop(old, None)
        head = store.head_of(made["hash"], made["size"])
        _remember(self._recent, head, now)
        return head


def _remember(kept: OrderedDict[str, T], name: str, value: T) -> None:
    kept[name] = value
    while len(kept) > _REMEMBERED:
        kept.popitem(last=False)


def _last(words: Sequence[Words], room: int) -> list[Words]:
    """As many of the last messages as fit, from one of the user's on."""
    kept: list[Words] = []
    tail: list[Words] = []
    for one in reversed(words):
        room -= bytes_of(one.text or "")
        if room < 0:
            break
        tail.insert(0, one)
        if one.role == "user":
            kept = list(tail)
    return kept


def _read(connection: Connection, head: Head) -> Conversation:
    rows = store.line(connection, head)
    first = rows[0] if rows[0]["parent"] is None else store.fetch(connection, rows[0]["opening"])
    begun = json.loads(first["body"])
    words = [Words(*one) for row in rows for one in json.loads(row["body"])["words"]]
    whole = [one if one.ref is None else one._replace(text=_text(connection, one.ref)) for one in words]
    return Conversation(first["hash"], Opening.model_validate(begun["opening"]), begun["version"], tuple(whole))


def _text(connection: Connection, ref: str) -> str:
    body: Any = json.loads(store.fetch(connection, ref)["body"])
    return shown(str(body["text"]))
