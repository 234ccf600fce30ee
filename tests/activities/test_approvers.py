"""What holds at a gate, and which signatures count, as the file of approvers is now."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from activities.approvers import ApproversActivities
from contracts.approvers import RevocationsRequest, RulesRequest, Signed
from contracts.errors import ToolUnavailable
from contracts.policies import PATIENCE, Stage
from runtime.settings import load_settings
from tests.support.approvers import ANN, BOB

GATE = "[gates.sales-follow-up.review-email]\n"
KEYS = f"""
[approvers.ann]
roles = ["lead"]
email = "ann@example.com"
[[approvers.ann.keys]]
id = "ann-2026"
public = "{ANN}"
revoked = 2026-12-01T09:00:00Z
[approvers.bob]
[[approvers.bob.keys]]
id = "bob-1"
public = "{BOB}"
"""
ASKED = RulesRequest(process="sales-follow-up", step="review-email", usual=PATIENCE)
NOON = datetime(2026, 12, 1, 12, tzinfo=UTC)


class Office:
    """A worker's activities, and the file that they read."""

    def __init__(self, folder: Path) -> None:
        self.file = folder / "people.toml"
        self.write(KEYS)
        self.activities = ApproversActivities(load_settings({"SIGNOFF_APPROVERS": "people.toml"}, folder))

    def write(self, toml: str) -> None:
        """Change the file."""
        self.file.write_text(toml, encoding="utf-8")

    async def refused(self, *votes: tuple[str, str, datetime]) -> dict[str, str]:
        """Why which votes do not count."""
        signed = tuple(Signed(by=by, key=key, at=at) for by, key, at in votes)
        return (await self.activities.revocations(RevocationsRequest(votes=signed))).refused


@pytest.fixture
def office(tmp_path: Path) -> Office:
    """Two approvers, one of whose keys is revoked from nine o'clock on."""
    return Office(tmp_path)


async def test_a_gate_is_told_its_policy_and_those_whom_it_lets_decide(office: Office) -> None:
    office.write(KEYS + GATE + 'stages = [{ who = ["role:lead"] }]\nbound = true\n')
    rules = await office.activities.rules(ASKED)
    assert rules.policy == PATIENCE.model_copy(update={"stages": (Stage(who=("role:lead",)),), "bound": True})
    assert rules.approvers is not None
    (ann,) = rules.approvers
    assert [(key.id, key.public, key.revoked) for key in ann.keys] == [
        ("ann-2026", ANN, datetime(2026, 12, 1, 9, tzinfo=UTC))
    ]
    assert not rules.notices


async def test_without_a_list_everybody_may(tmp_path: Path) -> None:
    rules = await ApproversActivities(load_settings({}, tmp_path)).rules(ASKED)
    assert (rules.policy, rules.approvers, rules.notices) == (PATIENCE, None, False)


async def test_somebody_new_may_decide_at_the_next_gate_without_a_restart(office: Office) -> None:
    office.write(KEYS + "[approvers.carol]\n")
    rules = await office.activities.rules(ASKED)
    assert rules.approvers is not None
    assert [one.name for one in rules.approvers] == ["ann", "bob", "carol"]


async def test_a_gate_tells_people_where_there_is_a_way_to(office: Office) -> None:
    office.write(KEYS + '[notices]\nfrom = "s@example.com"\n')
    assert (await office.activities.rules(ASKED)).notices


async def test_votes_from_a_revocation_on_do_not_count_and_earlier_ones_do(office: Office) -> None:
    assert await office.refused(("ann", "ann-2026", NOON - timedelta(hours=4)), ("bob", "bob-1", NOON)) == {}
    assert await office.refused(("ann", "ann-2026", NOON), ("bob", "bob-1", NOON)) == {
        "ann": "the key ann-2026 of ann was revoked at 2026-12-01 09:00 UTC"
    }
    exactly = await office.refused(("ann", "ann-2026", NOON - timedelta(hours=3)))
    assert exactly.keys() == {"ann"}


async def test_a_revocation_needs_no_restart(office: Office) -> None:
    assert await office.refused(("bob", "bob-1", NOON)) == {}
    office.write(KEYS + "revoked = 2026-12-01T11:59:59+00:00\n")
    assert (await office.refused(("bob", "bob-1", NOON))).keys() == {"bob"}


async def test_who_has_left_and_a_key_that_is_gone_do_not_count(office: Office) -> None:
    office.write("[approvers.ann]")
    assert await office.refused(("ann", "ann-2026", NOON), ("bob", "bob-1", NOON)) == {
        "ann": "the key ann-2026 of ann is no longer among the approvers' keys",
        "bob": "bob is no longer among the approvers",
    }


@pytest.mark.parametrize("toml", ["[approvers", "[approvers.ann]\nrole = 5", None])
async def test_a_file_that_went_bad_is_named_and_asked_again(office: Office, toml: str | None) -> None:
    office.write(toml) if toml else office.file.unlink()
    says = r"^ToolUnavailable: SIGNOFF_APPROVERS names .*people\.toml, wh"
    with pytest.raises(ToolUnavailable, match=says) as raised:
        await office.activities.rules(ASKED)
    assert raised.value.message.isprintable()
    with pytest.raises(ToolUnavailable, match=says):
        await office.refused(("ann", "ann-2026", NOON))


async def test_a_gate_that_nobody_could_decide_any_more_waits_for_a_better_file(office: Office) -> None:
    office.write(KEYS + GATE + "stages = [{ needed = 3 }]\n")
    with pytest.raises(ToolUnavailable, match=r"the gate review-email of sales-follow-up needs 3 of anybody"):
        await office.activities.rules(ASKED)


async def test_a_worker_without_the_list_does_not_say_that_keys_hold(tmp_path: Path) -> None:
    activities = ApproversActivities(load_settings({}, tmp_path))
    with pytest.raises(ToolUnavailable, match=r"^ToolUnavailable: SIGNOFF_APPROVERS is not set for this worker"):
        await activities.revocations(RevocationsRequest(votes=()))
