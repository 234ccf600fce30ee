"""What needs no server, and the queries for what does."""

import json
from dataclasses import replace

import pytest

from contracts.catalogue import PROCESSES
from contracts.knowledge import SEARCH_KNOWLEDGE
from contracts.processes import Decider, Process, Step
from contracts.sales_follow_up import SALES_FOLLOW_UP
from starters.cli.describing import mermaid
from starters.cli.listing import build_query
from starters.cli.run import run
from starters.failures import Failure
from starters.happenings import RunStatus

TYPES = ", ".join(f"'{process.workflow_type}'" for process in PROCESSES.values())
FIRST = f"WorkflowType IN ({TYPES})"


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


def crowd(agents: int) -> Process:
    """A process of so many agents, each with a tool of its own."""
    steps = [
        step
        for n in range(agents)
        for step in (
            Step(f"agent-{n}", Decider.MODEL_ROUTES, "decide what to look for"),
            Step(f"search-{n}", Decider.MODEL_ROUTES, "look for it", SEARCH_KNOWLEDGE),
        )
    ]
    return replace(SALES_FOLLOW_UP, name="crowd", steps=(*SALES_FOLLOW_UP.steps, *steps))


def test_agents_and_choices_are_roles_and_their_tools_are_not() -> None:
    roles = {name: [step.name for step in process.roles] for name, process in PROCESSES.items()}
    assert roles["sales-follow-up"] == []
    assert roles["best-draft"] == ["orchestrate"]
    assert roles["troubleshooting"] == ["kind", "network", "application", "storage"]


@pytest.mark.parametrize("name", sorted(PROCESSES))
def test_no_process_that_ships_has_too_many_roles(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["map", name]) == 0
    shown = capsys.readouterr()
    assert shown.out.rstrip().endswith(f"model-driven roles: {len(PROCESSES[name].roles)}")
    assert shown.err == ""


@pytest.mark.parametrize(("agents", "warned"), [(5, False), (6, True)])
def test_the_map_warns_above_five_roles_and_says_what_to_do(
    agents: int, warned: bool, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setitem(PROCESSES, "crowd", crowd(agents))
    assert run(["map", "crowd"]) == 0
    told = capsys.readouterr().err.splitlines()
    assert run(["map", "crowd", "--json"]) == 0
    shown = capsys.readouterr()
    (process,) = json.loads(shown.out)["processes"]
    assert (process["roles"], shown.err) == (agents, "")
    assert told == ([f"signoff: {process['warning']}"] if warned else [])
    assert ("agent-5), " in " ".join(told)) is warned


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
