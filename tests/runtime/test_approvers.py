"""The file of approvers: what it says."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from contracts.policies import PATIENCE, Escalation, GatePolicy, Silence, Stage
from runtime.approvers import Approvers
from runtime.described import describe_settings
from runtime.settings import check_worker_settings
from runtime.sources import SettingsError
from tests.runtime.conftest import Load
from tests.support.approvers import ANN, BOB, WHOLE

Read = Callable[[str], Approvers]


@pytest.fixture
def read(load: Load, tmp_path: Path) -> Read:
    """The approvers of a file that holds this."""

    def read(toml: str) -> Approvers:
        (tmp_path / "people.toml").write_text(toml, encoding="utf-8")
        found = load(SIGNOFF_APPROVERS="people.toml").approvers
        assert found is not None
        return found

    return read


def test_people_have_roles_keys_and_dates_of_revocation(read: Read) -> None:
    ann, bob, carol = read(WHOLE).people()
    assert (ann.name, ann.roles) == ("ann", ("sales-lead",))
    assert [(key.id, key.public, key.revoked) for key in ann.keys] == [
        ("ann-2025", BOB, datetime(2026, 12, 1, 9, tzinfo=UTC)),
        ("ann-2026", ANN, None),
    ]
    assert (bob.roles, bob.keys) == (("preparer", "sales-lead"), ())
    assert carol.name == "Carol O'Neil"


def test_a_table_replaces_fields_of_the_processes_own_policy_and_leaves_the_others(read: Read) -> None:
    usual = GatePolicy(deadline=timedelta(hours=10), remind_after=timedelta(hours=5), bound=True)
    policy = read(WHOLE).policy_for("sales-follow-up", "review-email", usual)
    assert policy == GatePolicy(
        deadline=timedelta(hours=48),
        remind_after=timedelta(hours=5),
        remind_every=timedelta(seconds=90),
        stages=(Stage(who=("role:preparer",)), Stage(who=("role:sales-lead", "Carol O'Neil"), needed=2)),
        separate=True,
        escalations=(Escalation(after=timedelta(hours=36), to=("role:head",)),),
        silence=Silence.NO,
        signed=True,
        bound=True,
    )


def test_a_step_without_a_table_decides_as_its_process_has_it(read: Read) -> None:
    assert read(WHOLE).policy_for("sales-follow-up", "send-email-outcome", PATIENCE) is PATIENCE
    assert read("").policy_for("another", "step", PATIENCE) is PATIENCE


def test_only_those_whom_a_policy_lets_decide_are_concerned(read: Read) -> None:
    found = read(WHOLE)
    assert [one.name for one in found.concerned(PATIENCE)] == ["ann", "bob", "Carol O'Neil"]
    two = PATIENCE.model_copy(update={"stages": (Stage(who=("role:preparer",)), Stage(who=("Carol O'Neil",)))})
    assert [one.name for one in found.concerned(two)] == ["bob", "Carol O'Neil"]
    later = two.model_copy(update={"escalations": (Escalation(after=timedelta(hours=1), to=("ann",)),)})
    assert [one.name for one in found.concerned(later)] == ["ann", "bob", "Carol O'Neil"]


def test_notices_go_out_by_mail_or_by_webhook_where_there_is_somebody_to_tell(read: Read) -> None:
    found = read(WHOLE)
    assert (found.notices.inbox, found.notices.sender) == ("https://signoff.example.com", "Signoff <s@example.com>")
    assert found.tells_anybody
    assert not read("[approvers.ann]\nemail = 'ann@example.com'").tells_anybody
    assert not read("[approvers.ann]\n[notices]\nfrom = 's@example.com'").tells_anybody
    assert read("[notices]\nwebhook = 'https://chat.example.com/x'").tells_anybody


def test_without_the_setting_there_is_no_list(load: Load) -> None:
    settings = load()
    assert (settings.approvers, settings.approvers_file) == (None, None)


def test_a_file_that_names_nobody_lets_nobody_decide(read: Read) -> None:
    assert read("").concerned(PATIENCE) == ()


def test_the_file_is_shown_with_the_settings_and_the_webhook_is_not(load: Load, tmp_path: Path) -> None:
    (tmp_path / "people.toml").write_text(WHOLE, encoding="utf-8")
    settings = load(SIGNOFF_APPROVERS="people.toml", SIGNOFF_WEBHOOK_SECRET="s3cret-word")
    lines = {line.name: line for line in describe_settings(settings)}
    assert lines["SIGNOFF_APPROVERS"].value == str(tmp_path / "people.toml")
    assert "whoever can reach the namespace may decide" in lines["SIGNOFF_APPROVERS"].meaning
    assert lines["SIGNOFF_WEBHOOK_SECRET"].value == "***"
    assert "hook-token" not in repr(settings)
    assert "s3cret-word" not in repr(settings)


def test_only_a_worker_needs_the_webhooks_secret(load: Load, tmp_path: Path) -> None:
    (tmp_path / "people.toml").write_text(WHOLE, encoding="utf-8")
    with pytest.raises(SettingsError, match=r"^SIGNOFF_WEBHOOK_SECRET is not set, and the webhook of \[notices\] of "):
        check_worker_settings(load(SIGNOFF_APPROVERS="people.toml"))
    check_worker_settings(load(SIGNOFF_WEBHOOK_SECRET="x" * 32))
