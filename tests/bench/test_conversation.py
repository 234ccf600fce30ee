"""The bench of long conversations adds up rightly: over the runs of a chain, and from the first tenth to the last."""

import xml.etree.ElementTree as ElementTree
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

import pytest
from temporalio.api.enums.v1 import EventType
from temporalio.api.history.v1 import HistoryEvent
from temporalio.client import Client, WorkflowExecutionStatus

from bench.conversation.chain import Conversation, Mark, Run, ratio, read, summary, tens
from bench.conversation.measure import Talk, told
from bench.conversation.plot import svg
from bench.conversation.programs.script import asked, found, prompt, said
from bench.conversation.record import Record
from bench.conversation.report import page
from bench.conversation.systems import BARE, SYSTEMS


def call(at: float) -> HistoryEvent:
    """A turn's model call is scheduled."""
    event = HistoryEvent(event_type=EventType.EVENT_TYPE_ACTIVITY_TASK_SCHEDULED)
    event.activity_task_scheduled_event_attributes.activity_type.name = BARE.model_activity
    event.event_time.FromNanoseconds(int(at * 1e9))
    return event


def other() -> HistoryEvent:
    """Any other event."""
    return HistoryEvent(event_type=EventType.EVENT_TYPE_WORKFLOW_TASK_COMPLETED, event_id=7)


def goes_on(run_id: str) -> HistoryEvent:
    """The conversation continues in another run."""
    event = HistoryEvent(event_type=EventType.EVENT_TYPE_WORKFLOW_EXECUTION_CONTINUED_AS_NEW)
    event.workflow_execution_continued_as_new_event_attributes.new_execution_run_id = run_id
    return event


@dataclass
class Info:
    """As much of a description as is read."""

    history_length: int
    history_size_bytes: int


@dataclass
class Described:
    """As the SDK nests it."""

    status: WorkflowExecutionStatus
    workflow_execution_info: Info

    @property
    def raw_description(self) -> "Described":
        """Itself."""
        return self


@dataclass
class FakeClient:
    """Histories by run."""

    runs: dict[str, list[HistoryEvent]]
    run_id: str = ""

    def get_workflow_handle(self, workflow_id: str, run_id: str) -> "FakeClient":
        """Itself, at a run."""
        return FakeClient(self.runs, run_id)

    async def fetch_history_events(self) -> AsyncIterator[HistoryEvent]:
        """Of that run."""
        for event in self.runs[self.run_id]:
            yield event

    async def describe(self) -> Described:
        """The server's own count."""
        events = self.runs[self.run_id]
        last = events[-1].event_type == EventType.EVENT_TYPE_WORKFLOW_EXECUTION_CONTINUED_AS_NEW
        status = WorkflowExecutionStatus.CONTINUED_AS_NEW if last else WorkflowExecutionStatus.COMPLETED
        return Described(status, Info(len(events), 1000 * len(events)))


async def read_two_runs() -> Conversation:
    """Two turns in the first run, one in the second, and the last reply."""
    first = [other(), call(10.0), other(), call(11.0), other(), goes_on("second")]
    second = [other(), other(), call(13.0), other(), call(16.0), other()]
    client = FakeClient({"first": first, "second": second})
    return await read(cast(Client, client), "a-conversation", "first", BARE.is_call)


async def test_a_conversation_that_continued_as_new_is_summed_up_over_its_runs() -> None:
    conversation = await read_two_runs()
    assert [run.status for run in conversation.runs] == ["CONTINUED_AS_NEW", "COMPLETED"]
    assert conversation.turns == 3
    assert conversation.events == 12
    assert conversation.history_bytes == 12_000
    assert conversation.seconds == [1.0, 2.0, 3.0]
    assert summary(conversation)["events_per_turn"] == 4


async def test_the_turn_in_which_it_continues_bears_the_cost_of_the_new_run() -> None:
    conversation = await read_two_runs()
    turn = call(11.0).ByteSize() + other().ByteSize() + goes_on("second").ByteSize() + 2 * other().ByteSize()
    assert conversation.bytes[1] == turn
    assert sum(conversation.bytes) == conversation.marks[-1].history_bytes - conversation.marks[0].history_bytes


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ([1.0] * 10 + [9.0] * 80 + [3.0] * 10, 3.0),
        ([2.0, 100.0, 4.0], 2.0),
        ([5.0], 1.0),
        ([1.0, 3.0, *[50.0] * 20, 4.0, 4.0], 2.0),
    ],
)
def test_a_ratio_is_that_of_the_last_tenth_to_the_first(values: list[float], expected: float) -> None:
    assert ratio(values) == expected


def test_a_plot_has_the_mean_of_each_ten_turns() -> None:
    assert tens([1.0] * 10 + [2.0] * 10 + [99.0]) == [1.0, 2.0]
    assert tens([1.0, 3.0]) == [2.0]
    assert tens([]) == []


def test_a_conversation_that_did_not_begin_has_no_turns() -> None:
    nothing = Conversation(runs=(Run("run", "RUNNING", 10, 2),), marks=())
    assert summary(nothing)["turns"] == 0
    assert told(nothing, 5, is_over=False).at == {}


def test_no_two_turns_have_the_same_texts_and_each_has_its_size() -> None:
    texts = {text for turn in range(200) for text in (said(turn), found(turn, 1000))}
    assert {len(text.encode()) for text in texts} == {500, 1000}
    assert len(texts) == 400
    assert asked(prompt(200, 1000)) == (200, 1000)


def a_talk() -> Talk:
    """Of two turns, that died."""
    marks = (Mark(1.0, 100, 3), Mark(2.0, 300, 15), Mark(4.0, 700, 27))
    conversation = Conversation((Run("run", "TERMINATED", 800, 30),), marks, "too large")
    return told(conversation, 5, is_over=True)


async def test_what_was_measured_is_found_again_and_not_measured_twice(tmp_path: Path) -> None:
    async def measure() -> Any:
        return a_talk()

    async def never() -> Any:
        raise AssertionError("it was measured before")

    await Record(tmp_path / "record.json").measured("bare", "talk", measure)
    again = Record(tmp_path / "record.json")
    await again.measured("bare", "talk", never)
    assert again.find("bare", "talk", Talk) == a_talk()


async def test_the_page_is_made_of_whatever_was_measured_and_keeps_what_was_written_by_hand(tmp_path: Path) -> None:
    async def measure() -> Any:
        return a_talk()

    record = Record(tmp_path / "record.json")
    await record.measured("bare", "talk", measure)
    text = page(record, SYSTEMS, "## What they mean\n\nThis.\n")
    assert "| turns before it ends | 2: too large |" in text
    assert text.endswith("\n## What they mean\n\nThis.\n")


def test_a_plot_is_well_formed_and_names_every_line() -> None:
    drawn = svg("Bytes & time", "B", {"here": [(5, 1.5), (15, 2.5)], "there": [(5, 2000.0), (15, 40000.0)]})
    words = "".join(ElementTree.fromstring(drawn).itertext())
    assert "here" in words
    assert "there" in words
    assert "Bytes & time" in words
