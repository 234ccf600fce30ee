"""A conversation that was begun by an earlier version goes on: with its summary, and from a checkpoint."""

import json
from base64 import b64decode
from pathlib import Path
from typing import Any

import pytest
from temporalio.client import WorkflowHistory
from temporalio.worker import Replayer

from runtime.codec import data_converter
from runtime.sandbox import workflow_runner
from tests.replay.record_conversation import FOLDER
from tests.replay.test_replay import load
from tests.workflows.agent_workflows import Quests
from workers.interceptors import Guard

HISTORIES = sorted(FOLDER.glob("*.json"))


def replayer() -> Replayer:
    """Set up as the worker is."""
    return Replayer(
        workflows=[Quests],
        data_converter=data_converter(),
        workflow_runner=workflow_runner(),
        interceptors=[Guard()],
    )


def events_of(name: str) -> list[dict[str, Any]]:
    """Of a recorded history."""
    events: list[dict[str, Any]] = json.loads((FOLDER / f"quest.{name}.json").read_text())["events"]
    return events


def inputs(event: dict[str, Any]) -> list[Any]:
    """Of a run's first event."""
    started = event["workflowExecutionStartedEventAttributes"]
    return [json.loads(b64decode(payload["data"])) for payload in started["input"]["payloads"]]


@pytest.mark.parametrize("path", HISTORIES, ids=lambda path: path.stem)
async def test_a_recorded_conversation_replays(path: Path) -> None:
    await replayer().replay_workflow(load(path))


async def test_a_conversation_of_another_story_does_not_replay() -> None:
    events = events_of("went-on")
    for event in events:
        scheduled = event.get("activityTaskScheduledEventAttributes", {})
        if scheduled.get("activityType", {}).get("name") == "test.search":
            scheduled["activityId"] = "look-in-vain"
    with pytest.raises(Exception, match=r"(?i)nondeterminism"):
        await replayer().replay_workflow(WorkflowHistory.from_json("tampered", {"events": events}))


def test_the_recorded_conversations_are_what_they_are_called() -> None:
    _, so_far = inputs(events_of("went-on")[0])
    (checkpoint,) = so_far["calls"]["loop seek 1"]
    assert checkpoint["value"]["state"]["turns"] > 100
    scheduled = [event.get("activityTaskScheduledEventAttributes", {}) for event in events_of("summarised")]
    assert "seek-summary" in [one.get("activityId") for one in scheduled]
