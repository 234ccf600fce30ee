"""The CLI from outside: JSON, exit codes, one line for each error."""

import json
import os
import signal
import socket
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from tests.e2e.conftest import Shell

LEAD = '{"lead_id": "lead-007"}'


def start(shell: Shell, occasion: str) -> str:
    done = shell.signoff("start", "sales-follow-up", "--input", LEAD, "--occasion", occasion, "--by", "bob", "--json")
    assert done.code == 0, done.err
    started = done.json
    assert started.keys() == {"workflow_id", "run_id", "attached", "ui"}
    assert started["workflow_id"] == f"sales-follow-up/lead-007/{occasion}"
    workflow_id: str = started["workflow_id"]
    return workflow_id


def test_a_run_is_started_once_approved_and_explained(shell: Shell) -> None:
    run = start(shell, "whole")
    assert shell.signoff("start", "sales-follow-up", "--input", LEAD, "--occasion", "whole", "--json").json["attached"]
    gate = shell.waiting(run)
    assert gate.keys() >= {"gate", "kind", "question", "digest", "deadline"}
    refused = shell.signoff("approve", run, "--by", "ann", "--digest", "0" * 64)
    assert refused.code == 1
    assert "digest" in refused.error
    approved = shell.signoff("approve", run, "--by", "ann", "--edit", '{"subject": "Another subject"}', "--json")
    assert approved.code == 0, approved.err
    waited = shell.signoff("start", "sales-follow-up", "--input", LEAD, "--occasion", "whole", "--wait", "--json")
    assert waited.json["result"]["outcome"] == "sent"
    shown = shell.signoff("show", run, "--json").json
    assert shown["status"] == "completed"
    deciders = {decision["step"]: decision["by"] for decision in shown["decisions"]}
    assert deciders["review-email"] == "person"
    assert deciders["draft-email"] == "model"
    assert deciders["propose-slot"] == "code"
    (sent,) = [effect for effect in shown["effects"] if effect["key"].endswith("/send-email")]
    assert sent["state"] == "done"
    assert sent["receipt"]["message_id"] == waited.json["result"]["message_id"]
    assert shown["refusals_count"] == len(shown["refusals"]) == 1
    assert shell.signoff("show", run, "--full", "--json").json["decisions"][0].keys() >= {"input", "output"}
    watched = [json.loads(line) for line in shell.signoff("watch", run, "--json").out.splitlines()]
    assert len(watched) > 8
    over = shell.signoff("approve", run, "--by", "ann")
    assert over.code == 1
    assert run in over.error or "over" in over.error


def test_a_rejected_run_and_a_stopped_one_say_so(shell: Shell) -> None:
    rejected, stopped = start(shell, "rejected"), start(shell, "stopped")
    shell.waiting(rejected)
    shell.waiting(stopped)
    assert shell.signoff("reject", rejected, "--reason", "not now", "--by", "ann").code == 0
    assert shell.signoff("stop", stopped, "--reason", "wrong list").code == 0
    for occasion, outcome in (("rejected", "rejected"), ("stopped", "stopped")):
        done = shell.signoff("start", "sales-follow-up", "--input", LEAD, "--occasion", occasion, "--wait", "--json")
        assert (done.code, done.json["result"]["outcome"]) == (0, outcome)
    assert shell.signoff("show", stopped, "--json").json["status"] == "stopped"


def test_an_unknown_lead_fails_the_run_and_says_which(shell: Shell) -> None:
    done = shell.signoff("start", "sales-follow-up", "--input", '{"lead_id": "lead-999"}', "--wait", "--json")
    assert done.code == 1
    assert "lead-999" in done.error


def test_a_run_that_failed_at_once_is_listed_as_done_and_without_cost(shell: Shell) -> None:
    request = '{"lead_id": "lead-998"}'
    assert shell.signoff("start", "sales-follow-up", "--input", request, "--occasion", "listed", "--wait").code == 1
    run = "sales-follow-up/lead-998/listed"
    end = time.monotonic() + 60
    # The list is fed a moment after the run ends.
    while not (found := [one for one in _failed(shell) if one["workflow_id"] == run]):
        assert time.monotonic() < end
    assert (found[0]["phase"], found[0]["cost_usd"]) == ("done", 0.0)


def _failed(shell: Shell) -> list[dict[str, Any]]:
    runs: list[dict[str, Any]] = shell.signoff("list", "--status", "failed", "--json").json["runs"]
    return runs


def test_without_an_occasion_it_is_today_in_utc(shell: Shell) -> None:
    done = shell.signoff("start", "sales-follow-up", "--input", '{"lead_id": "lead-003"}', "--json")
    assert done.json["workflow_id"].startswith("sales-follow-up/lead-003/20")
    assert datetime.fromisoformat(done.json["workflow_id"].split("/")[2]).date() <= datetime.now(UTC).date()


BAD = {
    "an unknown process": (("start", "sales-followup", "--input", LEAD), "sales-follow-up"),
    "malformed JSON": (("start", "sales-follow-up", "--input", '{"lead_id": '), "JSON"),
    "not an object": (("start", "sales-follow-up", "--input", "[1]"), "object"),
    "a wrong type": (("start", "sales-follow-up", "--input", '{"lead_id": 7}'), "lead_id"),
    "an unknown field": (("start", "sales-follow-up", "--input", '{"lead_id": "lead-007", "sned": "now"}'), "sned"),
    "a missing field": (("start", "sales-follow-up", "--input", "{}"), "lead_id"),
    "a missing file": (("start", "sales-follow-up", "--input", "@nowhere.json"), "nowhere.json"),
    "a bad occasion": (("start", "sales-follow-up", "--input", LEAD, "--occasion", "a/b"), "occasion"),
    "an unknown field of a budget": (("start", "sales-follow-up", "--input", LEAD, "--budget", '{"uds": 1}'), "usd, "),
    "a budget below nothing": (("start", "sales-follow-up", "--input", LEAD, "--budget", '{"usd": -1}'), "budget: usd"),
    "a time that is none": (("report", "--since", "soon"), "--since"),
    "an unknown process to report": (("report", "--process", "nothing"), "nothing"),
    "an unknown command": (("strat",), "strat"),
    "an unknown flag": (("list", "--wating"), "--wating"),
    "a reject without a reason": (("reject", "some-run"), "--reason"),
    "an empty digest": (("approve", "some-run", "--digest", ""), "--digest"),
    "half a character": (("approve", "some-run", "--edit", r'{"body": "\ud800"}'), "--edit"),
    "bytes that are no text": (("show", "x\udcff"), "UTF-8"),
    "an edit that is no object": (("approve", "some-run", "--edit", "7"), "edit"),
    "an unknown process to map": (("map", "nothing"), "nothing"),
    "an unknown process to describe": (("schema", "nothing"), "nothing"),
}


@pytest.mark.parametrize("case", BAD)
@pytest.mark.parametrize("flags", [(), ("--json",)], ids=["text", "json"])
def test_bad_usage_is_one_line_and_exit_code_2(shell: Shell, case: str, flags: tuple[str, ...]) -> None:
    arguments, named = BAD[case]
    done = shell.signoff(*arguments, *flags)
    assert done.code == 2, done.err
    assert named in done.error


def test_without_a_terminal_follow_ends_where_the_run_waits_for_a_person(shell: Shell) -> None:
    for flags in ((), ("--json",)):
        follow = ("--occasion", "followed", "--follow", *flags)
        done = shell.signoff("start", "sales-follow-up", "--input", LEAD, *follow)
        assert done.code == 0
        assert "signoff approve sales-follow-up/lead-007/followed" in done.err
        assert "review-email" in done.out


def test_attaching_to_a_run_with_another_input_says_so(shell: Shell) -> None:
    run = start(shell, "another-input")
    other = '{"lead_id": "lead-007", "send": "working-hours"}'
    done = shell.signoff("start", "sales-follow-up", "--input", other, "--occasion", "another-input", "--json")
    assert (done.code, done.json["attached"]) == (0, True)
    assert "another input (send)" in done.err
    wrong = shell.signoff("start", "sales-follow-up", "--input", '{"lead_id": "lead-008"}', "--id", run)
    assert wrong.code == 2
    assert "lead-007" in wrong.error


def test_a_run_that_comes_to_its_limit_says_which_and_how_to_go_on(shell: Shell) -> None:
    flags = ("--occasion", "limited", "--budget", '{"model_calls": 1}')
    done = shell.signoff("start", "sales-follow-up", "--input", LEAD, *flags, "--wait", "--json")
    assert (done.code, done.json["status"]) == (0, "stopped")
    partial = done.json["result"]["partial"]
    assert (partial["limit"], partial["limits"]["model_calls"], partial["spent"]["model_calls"]) == (
        "model_calls",
        1,
        1,
    )
    assert "summarise-signals" in partial["done"]
    shown = shell.signoff("show", "sales-follow-up/lead-007/limited").out
    assert "model calls: 1" in shown
    assert "1 of 1 model calls" in shown
    assert partial["go_on"] in shown
    assert "limit" in shell.signoff("watch", "sales-follow-up/lead-007/limited").out
    other = (*flags[:3], '{"model_calls": 2}')
    assert "another input (budget)" in shell.signoff("start", "sales-follow-up", "--input", LEAD, *other, "--json").err
    report = shell.signoff("report", "--process", "sales-follow-up", "--since", "1h", "--json").json
    (process,) = report["processes"]
    assert process["stopped_by_limit"] >= 1
    assert process["n"] + process["running"] == process["runs"] == report["runs"]
    (rung,) = [one for one in report["rungs"] if one["rung"] == "native"]
    assert (rung["model"].partition(":")[0], rung["yield"]) == ("scripted", 1.0)
    assert f"n={process['n']}" in shell.signoff("report", "--since", "1h").out


def test_show_says_what_a_run_has_spent_so_far(shell: Shell) -> None:
    run = start(shell, "spending")
    shell.waiting(run)
    assert "2 of 50 model calls" in shell.signoff("show", run).out


def test_an_unknown_run_is_named(shell: Shell) -> None:
    for command in (("show",), ("watch",), ("approve",), ("answer", "--choice", "1"), ("stop", "--reason", "x")):
        done = shell.signoff(command[0], "no-such-run", *command[1:])
        assert done.code == 1
        assert "no-such-run" in done.error


def test_without_a_server_the_exit_code_is_3(tmp_path: Path) -> None:
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        address = f"127.0.0.1:{closed.getsockname()[1]}"
        for command in (("list",), ("show", "x"), ("start", "sales-follow-up", "--input", LEAD)):
            done = Shell(tmp_path).signoff(*command, TEMPORAL_ADDRESS=address)
            assert done.code == 3
            assert address in done.error


@pytest.mark.parametrize(
    ("variables", "named"),
    [
        ({"SIGNOFF_MODELS": "nobody:x"}, "SIGNOFF_MODELS"),
        ({"SIGNOFF_MODLES": "local"}, "SIGNOFF_MODLES"),
        ({"TEMPORAL_ADDRESS": "nonsense"}, "TEMPORAL_ADDRESS"),
        ({"SIGNOFF_APPROVERS": "people.toml"}, "SIGNOFF_APPROVERS"),
    ],
)
def test_a_setting_that_cannot_be_right_is_named(tmp_path: Path, variables: dict[str, str], named: str) -> None:
    done = Shell(tmp_path).signoff("list", **variables)
    assert done.code == 2
    assert named in done.error


def test_an_unreadable_env_file_is_named(tmp_path: Path) -> None:
    (tmp_path / ".env").write_bytes(b"\xff\xfe\x00")
    done = Shell(tmp_path).signoff("settings")
    assert done.code == 2
    assert ".env" in done.error


def test_map_schema_and_settings_need_no_server(tmp_path: Path) -> None:
    shell = Shell(tmp_path)
    assert "review-email" in shell.signoff("map", "sales-follow-up").out
    assert "flowchart" in shell.signoff("map", "sales-follow-up", "--mermaid").out
    assert shell.signoff("schema", "sales-follow-up", "--json").json["input"]["properties"]["lead_id"]
    shown = shell.signoff("settings", ANTHROPIC_API_KEY="sk-very-secret")
    assert "ANTHROPIC_API_KEY" in shown.out
    assert "very-secret" not in shown.out + shown.err


def test_list_show_and_watch_need_no_worker_and_a_decision_says_that_there_is_none(shell: Shell) -> None:
    run = start(shell, "no-worker")
    shell.waiting(run)
    stack = json.loads((shell.folder / ".signoff" / "stack.json").read_text())
    os.kill(stack["children"]["worker"], signal.SIGSTOP)
    try:
        assert shell.waiting(run)
        assert shell.signoff("show", run, "--json").json["status"] == "running"
        # Each waits for as long as a worker may take.
        undecided, stopped, waited = shell.together(
            ("approve", run, "--by", "ann"),
            ("stop", run, "--reason", "wrong list", "--by", "ann"),
            ("start", "sales-follow-up", "--input", LEAD, "--occasion", "frozen", "--wait", "--by", "bob"),
        )
        assert (undecided.code, stopped.code, waited.code) == (1, 1, 1)
        assert "worker" in undecided.error
        assert "takes effect when one comes" in stopped.error
        assert "no worker answered" in waited.error
    finally:
        os.kill(stack["children"]["worker"], signal.SIGCONT)
