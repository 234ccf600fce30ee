"""Policies that nobody could meet stop a worker at its start, by name."""

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from contracts.catalogue import PROCESSES
from contracts.policies import PATIENCE, Escalation, GatePolicy, Silence, Stage
from contracts.sales_follow_up import SALES_FOLLOW_UP
from runtime.settings import Settings, SettingsError, load_settings
from tests.support.approvers import ANN, BOB
from workers.approvers import check_gates, check_notices, gates_that_wait, who_decides

GATE = "[gates.sales-follow-up.review-email]\n"
TWO = '[approvers.ann]\nroles = ["lead"]\n[approvers.bob]\n'
REVOKED = "revoked = 2020-01-01T00:00:00Z"


def settings_of(folder: Path, toml: str | None, **flags: str) -> Settings:
    """As a worker in this folder has them."""
    if toml is None:
        return load_settings(flags, folder)
    (folder / "people.toml").write_text(toml, encoding="utf-8")
    return load_settings({"SIGNOFF_APPROVERS": "people.toml", **flags}, folder)


def with_policy(monkeypatch: pytest.MonkeyPatch, policy: GatePolicy) -> None:
    """Let the process's own policy be this one."""
    steps = (replace(step, gate=policy) if step.name == "review-email" else step for step in SALES_FOLLOW_UP.steps)
    monkeypatch.setitem(PROCESSES, SALES_FOLLOW_UP.name, replace(SALES_FOLLOW_UP, steps=tuple(steps)))


def key(name: str, public: str, more: str = "") -> str:
    """A key of somebody's."""
    return f'[[approvers.{name}.keys]]\nid = "{name}"\npublic = "{public}"\n{more}\n'


@pytest.mark.parametrize(
    "toml",
    [
        TWO,
        TWO + GATE + "stages = [{ needed = 2 }]",
        TWO + GATE + "separate = true",
        TWO + GATE + 'stages = [{ who = ["role:lead", "bob"] }, { who = ["ann"] }]',
        TWO + key("ann", ANN) + GATE + "signed = true",
        TWO + key("ann", ANN, "revoked = 2999-01-01T00:00:00Z") + GATE + "signed = true",
        TWO + GATE + 'escalations = [{ after = "1h", to = ["bob"] }]',
    ],
)
def test_a_policy_that_can_be_met_starts(tmp_path: Path, toml: str) -> None:
    check_gates(settings_of(tmp_path, toml))


@pytest.mark.parametrize(
    ("toml", "says"),
    [
        (TWO + GATE + 'stages = [{ who = ["role:head"] }]', 'asks the role "head", and nobody is that'),
        (TWO + GATE + 'stages = [{ who = ["anne"] }]', 'asks "anne", and nobody is that'),
        (TWO + GATE + 'escalations = [{ after = "1h", to = ["role:boss"] }]', 'asks the role "boss"'),
        (TWO + GATE + "stages = [{ needed = 3 }]", "needs 3 of anybody; there are 2: name more, or need fewer"),
        (TWO + GATE + 'stages = [{ who = ["role:lead"], needed = 2 }]', "needs 2 of role:lead; there is 1: "),
        (
            TWO + GATE + 'stages = [{ who = ["ann"] }, { who = ["role:lead"] }]',
            "needs 1 of role:lead besides those of its other stages; there is 1: ",
        ),
        (
            TWO + GATE + "separate = true\nstages = [{ needed = 2 }]",
            "needs 2 of anybody, also when one of them is the requester, who does not decide (separate); there are 2: ",
        ),
        (
            TWO + GATE + 'separate = true\nstages = [{ who = ["ann"] }]',
            "needs 1 of ann, also when one of them is the requester",
        ),
        (TWO + GATE + "signed = true", "needs 1 of anybody; there is nobody who has a key that is not revoked"),
        (TWO + key("ann", ANN, REVOKED) + GATE + "signed = true", "needs 1 of anybody; there is nobody who has a key"),
        (
            TWO + key("ann", ANN) + key("bob", BOB, REVOKED) + GATE + "signed = true\nstages = [{ needed = 2 }]",
            "needs 2 of anybody; there is 1 who has a key that is not revoked: ",
        ),
        (TWO + GATE + 'silence = "default"', 'has silence = "default", and no question with a default answer'),
    ],
)
def test_a_policy_of_the_file_that_nobody_could_meet_is_named(tmp_path: Path, toml: str, says: str) -> None:
    with pytest.raises(SettingsError) as refused:
        check_gates(settings_of(tmp_path, toml))
    line = str(refused.value)
    assert line.startswith(
        f"SIGNOFF_APPROVERS names {tmp_path / 'people.toml'}, where [gates.sales-follow-up.review-email] {says}"
    )
    assert line.isprintable()


def test_a_list_of_nobody_leaves_every_gate_without_anybody(tmp_path: Path) -> None:
    with pytest.raises(
        SettingsError, match=r"^the gate review-email of sales-follow-up needs 1 of anybody; there is no"
    ):
        check_gates(settings_of(tmp_path, ""))


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"signed": True}, "wants signed decisions, and SIGNOFF_APPROVERS is not set"),
        ({"stages": (Stage(who=("role:lead",)),)}, "asks role:lead, and SIGNOFF_APPROVERS is not set"),
        ({"escalations": (Escalation(after=timedelta(hours=1), to=("eve",)),)}, "asks eve, and SIGNOFF_APPROVERS"),
    ],
)
def test_a_process_that_wants_certain_people_does_not_start_without_a_list(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, changes: dict[str, object], says: str
) -> None:
    with_policy(monkeypatch, PATIENCE.model_copy(update=changes))
    with pytest.raises(SettingsError) as refused:
        check_gates(settings_of(tmp_path, None))
    assert str(refused.value).startswith(f"the gate review-email of sales-follow-up {says}")


def test_a_processes_own_policy_is_held_against_the_list(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with_policy(monkeypatch, PATIENCE.model_copy(update={"stages": (Stage(who=("role:lead",)),)}))
    check_gates(settings_of(tmp_path, TWO))
    with pytest.raises(SettingsError, match=r'^the gate review-email of sales-follow-up asks the role "lead".*people'):
        check_gates(settings_of(tmp_path, "[approvers.bob]"))


def test_a_process_that_takes_several_people_waits_where_there_are_too_few_and_no_other_does(tmp_path: Path) -> None:
    settings = settings_of(tmp_path, "[approvers.ann]")
    check_gates(settings)
    cases, reports = gates_that_wait(settings)
    assert cases.startswith("the gate review-case of customer-onboarding needs 2 of anybody")
    assert reports.startswith("the gate sign-report of compliance-report ")
    assert gates_that_wait(settings_of(tmp_path, None)) == []


@pytest.mark.parametrize("gate", ["customer-onboarding.review-case", "compliance-report.sign-report"])
def test_no_file_lets_one_person_decide_what_takes_two(tmp_path: Path, gate: str) -> None:
    with pytest.raises(SettingsError, match="it takes 2 different people"):
        check_gates(settings_of(tmp_path, TWO + f"[gates.{gate}]\nstages = [{{ needed = 1 }}]"))


def test_a_question_that_has_a_default_may_fall_back_on_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with_policy(monkeypatch, PATIENCE.model_copy(update={"silence": Silence.DEFAULT}))
    check_gates(settings_of(tmp_path, TWO + GATE + 'silence = "default"'))


def test_mails_want_a_server_that_sends_them(tmp_path: Path) -> None:
    toml = TWO + '[notices]\nfrom = "s@example.com"'
    with pytest.raises(
        SettingsError, match=r"^SIGNOFF_SMTP_URL is not set, and \[notices\] of .*people\.toml needs it"
    ):
        check_notices(settings_of(tmp_path, toml))
    check_notices(settings_of(tmp_path, toml, SIGNOFF_SMTP_URL="smtp://localhost:25"))
    check_notices(settings_of(tmp_path, TWO))


def test_a_worker_says_at_its_start_who_may_decide(tmp_path: Path) -> None:
    assert who_decides(settings_of(tmp_path, None)) == (
        "SIGNOFF_APPROVERS is not set: whoever can reach the namespace may decide"
    )
    assert (
        who_decides(settings_of(tmp_path, TWO)) == f"2 approvers in {tmp_path / 'people.toml'}: nobody else may decide"
    )


def test_the_file_of_the_handbook_starts(tmp_path: Path) -> None:
    page = (Path(__file__).parents[2] / "docs" / "approvers.md").read_text(encoding="utf-8")
    settings = settings_of(tmp_path, page.split("```toml\n")[1].split("```")[0], SIGNOFF_SMTP_URL="smtp://localhost:25")
    check_gates(settings)
    check_notices(settings)
    assert who_decides(settings).startswith("3 approvers in ")
