"""Who decides what is declared, and a run does nothing besides."""

import json

import pytest

from contracts.catalogue import PROCESSES
from contracts.errors import UndeclaredStep
from contracts.sales_follow_up import SALES_FOLLOW_UP
from tests.replay.test_replay import HISTORIES
from workflows.steps.progress import Progress


def test_a_step_that_the_boundary_does_not_declare_fails_the_run() -> None:
    with pytest.raises(UndeclaredStep, match="send-money") as refused:
        Progress(SALES_FOLLOW_UP).begin("send-money")
    assert refused.value.non_retryable


def test_a_step_taken_again_has_a_number() -> None:
    progress = Progress(SALES_FOLLOW_UP)
    assert [progress.begin("draft-email") for _ in range(3)] == ["draft-email", "draft-email-2", "draft-email-3"]


def test_the_recorded_runs_took_every_declared_step_but_the_one_for_crashes() -> None:
    taken: dict[str, set[str]] = {name: set() for name in PROCESSES}
    for path in HISTORIES:
        steps = taken[path.name.partition(".")[0]]
        for event in json.loads(path.read_text())["events"]:
            steps.add(event.get("activityTaskScheduledEventAttributes", {}).get("activityId", ""))
    declared = {step.name for step in SALES_FOLLOW_UP.steps if step.effect}
    # choose-models is a local activity, which stands in a marker.
    assert declared - {"choose-models"} <= taken["sales-follow-up"]
