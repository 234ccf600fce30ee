"""What needs no server, and the queries for what does."""

import json

import pytest

from contracts.sales_follow_up import SALES_FOLLOW_UP
from starters.cli.describing import mermaid
from starters.cli.listing import build_query
from starters.cli.run import run
from starters.failures import Failure
from starters.happenings import RunStatus

FIRST = "WorkflowType IN ('SalesFollowUp')"


def test_the_map_names_every_step_and_who_decides_it(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["map", "sales-follow-up", "--json"]) == 0
    (shown,) = json.loads(capsys.readouterr().out)["processes"]
    assert [step["step"] for step in shown["steps"]] == [step.name for step in SALES_FOLLOW_UP.steps]
    assert {step["step"]: step["by"] for step in shown["steps"]}["review-email"] == "person"
    policies = {step["step"]: (step["effect"], step["at_most"], step["consent"]) for step in shown["steps"]}
    assert policies["send-email"] == ("irreversible", 1, "person")
    assert policies["log-follow-up"] == ("write", 1, None)


def test_the_map_of_everything_is_text_for_people(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["map"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].startswith("sales-follow-up: ")
    assert any(line.startswith("review-email") and "person" in line for line in lines)
    assert any(line.split()[:5] == ["send-email", "code", "irreversible", "1", "person"] for line in lines)


def test_the_mermaid_map_is_a_chain_of_all_steps() -> None:
    lines = mermaid(SALES_FOLLOW_UP).splitlines()
    assert lines[1] == "flowchart TD"
    assert sum("-->" in line for line in lines) == len(SALES_FOLLOW_UP.steps) - 1
    assert any('[/"review-email (person)<br/>' in line for line in lines)


def test_map_is_either_json_or_mermaid() -> None:
    with pytest.raises(Failure, match="either"):
        run(["map", "--json", "--mermaid"])


def test_the_schema_is_that_of_input_and_result(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["schema", "sales-follow-up"]) == 0
    shown = json.loads(capsys.readouterr().out)
    assert shown["input"]["required"] == ["lead_id"]
    assert "message_id" in shown["result"]["properties"]


@pytest.mark.parametrize(
    ("arguments", "query"),
    [
        ((None, None, False), f"{FIRST} AND ExecutionStatus!='ContinuedAsNew'"),
        (("Other", None, True), "WorkflowType IN ('Other') AND SignoffPhase='waiting' AND ExecutionStatus='Running'"),
        ((None, RunStatus.CANCELLED, False), f"{FIRST} AND ExecutionStatus='Canceled'"),
        ((None, RunStatus.STOPPED, False), f"{FIRST} AND ExecutionStatus='Completed' AND SignoffPhase='stopped'"),
        ((None, RunStatus.COMPLETED, False), f"{FIRST} AND ExecutionStatus='Completed' AND SignoffPhase!='stopped'"),
    ],
)
def test_the_query_asks_for_our_processes_only(
    arguments: tuple[str | None, RunStatus | None, bool], query: str
) -> None:
    assert build_query(*arguments) == query


@pytest.mark.parametrize(
    "argv",
    [
        ["stop", "--reason", "x"],
        ["stop", "run", "--all", "--process", "sales-follow-up", "--reason", "x"],
        ["stop", "--all", "--reason", "x"],
        ["stop", "run", "--process", "sales-follow-up", "--reason", "x"],
    ],
)
def test_stop_wants_one_run_or_all_of_a_process(argv: list[str]) -> None:
    with pytest.raises(Failure, match="--all with --process"):
        run(argv)
