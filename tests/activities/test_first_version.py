"""Workers of the first version know no lease, and go on beside those of this one until all are replaced."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select, update

from activities.effects import Unseen
from activities.stores.tables import EFFECTS
from contracts.errors import OutcomeUnknown, ToolUnavailable
from contracts.tools import Outcome
from tests.activities.stage import Stage, act, dies


async def claims(stage: Stage, over_in: timedelta) -> None:
    """What such a worker leaves in the ledger when it claims, or takes over, the key."""
    await stage.crash(act(), before_it_acts=True)
    theirs = {"fence": EFFECTS.c.fence + 1, "over_at": datetime.now(UTC) + over_in, "claimed_by": "old"}
    stage.database.transact(lambda connection: connection.execute(update(EFFECTS).values(theirs)))


async def test_their_claims_are_left_alone_until_they_have_surely_stopped(stage: Stage) -> None:
    await claims(stage, timedelta(seconds=50))
    stage.seen, stage.now = Unseen.NOT_FOUND, stage.now + timedelta(days=1)
    with pytest.raises(ToolUnavailable) as caught:
        await stage.play(act())
    assert timedelta(seconds=40) < (caught.value.next_retry_delay or timedelta()) < timedelta(seconds=50)


@pytest.mark.parametrize("seen", [Unseen.NOT_FOUND, Unseen.UNKNOWN])
async def test_what_they_were_about_to_do_may_have_happened(stage: Stage, seen: Unseen) -> None:
    await claims(stage, timedelta(seconds=-1))
    stage.seen = seen
    if seen is Unseen.UNKNOWN:
        with pytest.raises(OutcomeUnknown, match="by old"):
            await stage.play(act())
    else:
        assert (await stage.play(act())).outcome is Outcome.DONE
        assert stage.entry().fence == 3


async def test_they_leave_a_claim_of_this_version_alone_for_a_minute(stage: Stage) -> None:
    stage.perform = dies
    await stage.crash(act())
    over_at = stage.database.transact(lambda connection: connection.execute(select(EFFECTS.c.over_at)).scalar_one())
    assert over_at - datetime.now(UTC) > timedelta(seconds=50)
