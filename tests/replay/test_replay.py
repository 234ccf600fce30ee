"""Yesterday's runs survive today's code: every recorded history is replayed on every change.

A recorded history is never edited and never recorded anew. A change of what a run does is patched, and its histories
are recorded beside the older ones, in a folder that is named after the patch.
"""

import json
import re
import tempfile
from base64 import b64decode
from collections.abc import Sequence
from pathlib import Path

import pytest
from temporalio.client import WorkflowHistory
from temporalio.worker import Plugin, Replayer

from contracts.catalogue import PROCESSES
from runtime.codec import data_converter
from runtime.sandbox import workflow_runner
from tests.replay.record import NEWEST
from workers.catalogue import BESIDES, WORKFLOWS
from workers.interceptors import Guard

ROOT = Path(__file__).parents[2]
HISTORIES = sorted((Path(__file__).parent / "histories").rglob("*.json"))


def replayer(plugins: Sequence[Plugin] = ()) -> Replayer:
    """Set up as the worker is."""
    return Replayer(
        workflows=(*WORKFLOWS, *BESIDES),
        data_converter=data_converter(),
        workflow_runner=workflow_runner(),
        interceptors=[Guard()],
        plugins=plugins,
    )


def load(path: Path) -> WorkflowHistory:
    """A recorded history; its file's name is the run's id."""
    return WorkflowHistory.from_json(path.stem, path.read_text())


@pytest.mark.parametrize("path", HISTORIES, ids=lambda path: f"{path.parent.name}/{path.stem}")
async def test_a_recorded_history_replays(path: Path) -> None:
    await replayer().replay_workflow(load(path))


async def test_a_history_of_another_story_does_not_replay() -> None:
    history = json.loads(next(path for path in HISTORIES if path.stem == "sales-follow-up.sent").read_text())
    for event in history["events"]:
        scheduled = event.get("activityTaskScheduledEventAttributes", {})
        if scheduled.get("activityId") == "propose-slot":
            scheduled["activityId"] = "propose-another-slot"
    with pytest.raises(Exception, match=r"(?i)nondeterminism"):
        await replayer().replay_workflow(WorkflowHistory.from_json("tampered", history))


@pytest.mark.parametrize("path", HISTORIES, ids=lambda path: f"{path.parent.name}/{path.stem}")
def test_a_recorded_history_says_nothing_of_the_machine(path: Path) -> None:
    text = path.read_text()
    payloads = [b64decode(data).decode() for data in re.findall(r'"data": "([^"]*)"', text)]
    for place in (str(ROOT), tempfile.gettempdir(), "site-packages"):
        assert not [said for said in (text, *payloads) if place in said], place
    assert not re.search(r'"\d+@', text)  # PID@HOST


def test_every_process_has_a_recorded_history() -> None:
    recorded = {path.stem.partition(".")[0] for path in HISTORIES if path.parent == NEWEST}
    assert recorded >= set(PROCESSES)
