"""Turns of a conversation, where its store is not to be had."""

from decimal import Decimal
from pathlib import Path

import pytest

from activities.llm import turns
from activities.llm.turns import Turns
from activities.stores.database import Database
from activities.transcripts import Transcripts
from contracts.errors import ModelUnavailable
from contracts.llm import Answer, Ask, ModelRef, Verdict


async def test_a_turn_whose_conversation_cannot_be_read_now_is_tried_again(tmp_path: Path) -> None:
    """As where no model answers: the run says so, waits, and goes on; nothing is charged."""
    (tmp_path / "file").touch()
    database = Database(f"sqlite:///{tmp_path}/file/signoff.db")
    ask = Ask(step="seek", model=ModelRef(provider="openai"), head=f"{'a' * 24}.10")
    with pytest.raises(ModelUnavailable, match="cannot be used"):
        await Turns(Transcripts(database), None).complete(ask)
    database.close()


async def test_a_reply_that_no_database_takes_before_the_worker_ends_is_paid_for_and_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(turns, "worker_ends", lambda: True)
    (tmp_path / "file").touch()
    database = Database(f"sqlite:///{tmp_path}/file/signoff.db")
    model = ModelRef(provider="openai", model="m")
    ask = Ask(step="seek", model=model, head=f"{'a' * 24}.10", reserved_usd=Decimal("0.1"))
    paid = Answer(value={"result": {"where": "attic"}}, model=model, cost_usd=Decimal("0.02"), duration_s=1)
    kept = await Turns(Transcripts(database), None).kept(ask, paid)
    assert (kept.verdict, kept.head, kept.value, kept.cost_usd) == (Verdict.CUT, None, None, Decimal("0.02"))
    assert "attic" in kept.reply
    assert "before the database took the reply" in kept.problems[0]
    database.close()
