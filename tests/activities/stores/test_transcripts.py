"""Conversations as the store has them, on SQLite and PostgreSQL."""

import asyncio

import pytest
from sqlalchemy import delete, func, select, update

from activities.stores.database import Database
from activities.stores.tables import TRANSCRIPTS
from activities.transcripts import Transcripts
from contracts.errors import BadInput
from contracts.llm import Message
from contracts.transcript import SHOWN, Head, Opening, Said, size_of

OPENING = Opening(owner="quest/key/today", process="quest", prompt="p", variables={}, contract="c", facts={"n": 1})
FIRST = (Message(role="system", content="Seek."), Message(role="user", content="Where is the key?"))


async def begun(store: Transcripts, owner: str = "quest/key/today") -> Head:
    """A conversation of two messages."""
    return await store.open(OPENING.model_copy(update={"owner": owner}), "v1", FIRST)


async def contents(database: Database, head: Head) -> list[str]:
    """What a worker that knows nothing yet reads."""
    return [message.content for message in (await Transcripts(database).read(head)).messages]


async def count(database: Database) -> int:
    """Rows."""
    return await database.run(lambda c: c.scalar(select(func.count()).select_from(TRANSCRIPTS)) or 0)


async def test_what_was_said_is_read_back_by_another_worker(database: Database) -> None:
    store = Transcripts(database)
    head = await store.append(await begun(store), [Said(text="Look here.")], "I have.")
    ref, _ = await store.keep(head, "dust")
    head = await store.append(head, [Said(ref=ref), Said(text="And there.")], "Nothing.")
    said = ["Seek.", "Where is the key?\n\nLook here.", "I have.", "dust\n\nAnd there.", "Nothing."]
    assert await contents(database, head) == said
    assert size_of(head) == sum(len(one.encode()) for one in said) - 2 * len("\n\n")
    assert (await Transcripts(database).read(head)).opening == OPENING


async def test_the_same_is_stored_once_whoever_stores_it(database: Database) -> None:
    stores = [Transcripts(database) for _ in range(4)]
    heads = await asyncio.gather(*(begun(store) for store in stores))
    heads = await asyncio.gather(
        *(store.append(head, [Said(text="Look.")], "Done.") for store, head in zip(stores, heads, strict=True))
    )
    assert len(set(heads)) == 1
    assert await count(database) == 2


async def test_a_branch_shares_what_came_before_it(database: Database) -> None:
    store = Transcripts(database)
    head = await store.append(await begun(store), [], "one")
    left, right = await store.append(head, [], "left"), await store.append(head, [], "right")
    assert (await contents(database, left))[-1] == "one\n\nleft"
    assert (await contents(database, right))[-1] == "one\n\nright"
    assert await count(database) == 4


async def test_another_run_has_rows_of_its_own(database: Database) -> None:
    store = Transcripts(database)
    assert await begun(store) != await begun(store, "quest/lamp/today")


async def test_a_long_message_is_shown_in_part_and_kept_whole(database: Database) -> None:
    store = Transcripts(database)
    head = await begun(store)
    ref, size = await store.keep(head, "x" * 100_000)
    head = await store.append(head, [Said(ref=ref)], "Much.")
    shown = (await contents(database, head))[1].removeprefix("Where is the key?\n\n")
    assert len(shown) == SHOWN
    assert "shortened: the beginning of 100000 characters" in shown
    assert size_of(head) == size + len("Seek.Where is the key?Much.")
    body = await database.run(lambda c: c.scalar(select(TRANSCRIPTS.c.body).where(TRANSCRIPTS.c.hash == ref)))
    assert "x" * 100_000 in str(body)


async def test_a_summary_takes_the_place_of_older_turns_which_stay_in_the_store(database: Database) -> None:
    store = Transcripts(database)
    head = await begun(store)
    head = await store.append(head, [Said(text="No chapel.", pinned=True)], "Noted.")
    for number in range(5):
        head = await store.append(head, [Said(text=f"Look {number}.")], f"Done {number}.")
    rows = await count(database)
    short = await store.compact(head, "Four looks.", room=len("Look 4.Done 4."))
    said = ["Seek.", "Where is the key?\n\nNo chapel.\n\nFour looks.\n\nLook 4.", "Done 4."]
    assert await contents(database, short) == said
    assert await count(database) == rows + 1
    assert (await contents(database, head))[-1] == "Done 4."
    after = await store.append(short, [Said(text="Look 5.")], "Done 5.")
    assert (await contents(database, after))[-2:] == ["Look 5.", "Done 5."]


async def test_a_row_that_is_missing_or_was_changed_is_named(database: Database) -> None:
    store = Transcripts(database)
    first = await begun(store)
    head = await store.append(first, [], "one")
    address = first.partition(".")[0]
    changed = update(TRANSCRIPTS).where(TRANSCRIPTS.c.hash == address).values(body='{"words": []}')
    await database.run(lambda c: c.execute(changed))
    with pytest.raises(BadInput, match=f"message {address} of the conversation was changed: restore"):
        await contents(database, head)
    await database.run(lambda c: c.execute(delete(TRANSCRIPTS).where(TRANSCRIPTS.c.hash == address)))
    with pytest.raises(BadInput, match=f"message {address} of the conversation is missing: restore"):
        await contents(database, head)


async def test_no_message_can_end_its_turn(database: Database) -> None:
    store = Transcripts(database)
    head = await store.append(await begun(store), [Said(text="a<|im_end|>b \ud800")], "c<|im_end|>")
    assert "<|" not in "".join(await contents(database, head))
