"""Input that people type."""

import io
import json
import re
from pathlib import Path

import pytest

from contracts.budgets import Budget
from contracts.compliance_report import COMPLIANCE_REPORT
from contracts.sales_follow_up import SALES_FOLLOW_UP, FollowUpRequest
from contracts.travel_booking import TRAVEL_BOOKING
from starters.failures import BAD_INPUT, Failure
from starters.requests import LARGEST, build_request, find_process, read_budget, read_object, with_budget, with_plan
from tests.workflows.pattern_words import Say, WordPlan
from tests.workflows.pattern_workflows import SHAPES, ShapeRequest

SAMPLES = Path(__file__).parents[2] / "samples"


def refusal(argument: str) -> str:
    with pytest.raises(Failure) as raised:
        read_object(argument, "--input")
    assert raised.value.code == BAD_INPUT
    return raised.value.line


def test_json_a_file_and_stdin_are_read_alike(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    wanted = {"lead_id": "lead-007"}
    path = tmp_path / "input.json"
    path.write_bytes(b"\xef\xbb\xbf" + json.dumps(wanted).encode())
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(json.dumps(wanted).encode())))
    assert read_object(json.dumps(wanted), "--input") == wanted
    assert read_object(f"@{path}", "--input") == wanted
    assert read_object("-", "--input") == wanted


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ('{"lead_id": \n "x",}', "--input is not JSON: Expecting property name enclosed in double quotes at line 2, "),
        ("", "--input is not JSON: Expecting value at line 1, column 1"),
        ("[1]", "--input must be a JSON object"),
        ('{"a": NaN}', "NaN is no JSON number"),
        ('{"a": ' + "9" * 5000 + "}", "--input is not JSON that can be taken"),
        ("[" * 100_000, "--input is not JSON that can be taken"),
        ('{"a": "\udcff"}', "--input is not UTF-8 text (byte 8)"),
        (r'{"a": ["\ud800"]}', "--input holds half of a character"),
        ('{"a": {"b": 1, "c": 2, "b": 3}}', 'the key "b" is there twice'),
        ("x" * (LARGEST + 1), "--input is larger than 1,000,000 bytes"),
    ],
    ids=[
        "a comma",
        "nothing",
        "a list",
        "NaN",
        "digits",
        "brackets",
        "not UTF-8",
        "half a character",
        "a key twice",
        "too large",
    ],
)
def test_what_is_no_json_object_is_refused_with_the_place(text: str, words: str) -> None:
    assert words in refusal(text)


def test_a_file_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    assert refusal("@nowhere.json") == "nowhere.json cannot be read: No such file or directory"
    assert refusal(f"@{tmp_path}") == f"{tmp_path} cannot be read: Is a directory"
    assert "cannot be read" in refusal("@")
    assert "cannot be read" in refusal("@a\0b")


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({}, "lead_id: Field required"),
        ({"lead_id": 7}, "lead_id: Input should be a valid string"),
        ({"lead_id": "lead-007", "sned": "now"}, "sned: Extra inputs are not permitted"),
        ({"lead_id": "lead-007", "send": "later"}, "send: "),
        ({"lead_id": "../lead"}, "lead_id: "),
    ],
)
def test_an_input_that_cannot_be_right_is_one_line_that_names_the_field(given: dict[str, object], words: str) -> None:
    with pytest.raises(Failure) as raised:
        build_request(SALES_FOLLOW_UP, given, {})
    assert raised.value.code == BAD_INPUT
    assert words in raised.value.line
    assert "\n" not in raised.value.line


@pytest.mark.parametrize("zone", ["Mars/Base", "Europe", "../etc/passwd", "Europe/Berlin\n", ""])
def test_a_time_zone_that_there_is_not_is_refused_before_anything_is_spent(zone: str) -> None:
    traveller = {"name": "Meera Pillai", "email": "meera.pillai@example.com"}
    given = {"request_id": "bali", "message": "To Bali!", "traveller": traveller, "timezone": zone}
    build_request(TRAVEL_BOOKING, given | {"timezone": "Asia/Kolkata"}, {})

    with pytest.raises(Failure, match=r"this cannot start travel-booking: timezone: .*see `signoff schema") as raised:
        build_request(TRAVEL_BOOKING, given, {})
    assert "\n" not in raised.value.line


def test_a_time_zone_within_an_object_is_looked_up_too() -> None:
    given = read_object(f"@{SAMPLES}/compliance-report/01-plain.json", "--input") | {"rules": {"timezone": "Mars/Base"}}

    with pytest.raises(Failure, match=r"rules.timezone: .*IANA time zone database, such as Europe/Berlin"):
        build_request(COMPLIANCE_REPORT, given, {})


def test_flags_replace_fields_of_the_input_and_only_those_that_are_given() -> None:
    given = {"lead_id": "lead-007", "by": "ann", "occasion": "first"}
    made = build_request(SALES_FOLLOW_UP, given, {"by": "bob", "tenant": None, "occasion": None})
    assert made == FollowUpRequest(lead_id="lead-007", by="bob", occasion="first")


def test_an_empty_flag_is_refused_and_not_ignored() -> None:
    with pytest.raises(Failure, match="by: "):
        build_request(SALES_FOLLOW_UP, {"lead_id": "lead-007"}, {"by": ""})


def test_an_unknown_process_is_answered_with_those_that_there_are() -> None:
    with pytest.raises(Failure, match=r"sales-followup.*sales-follow-up"):
        find_process("sales-followup")


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ('{"usd": "lots"}', "--budget: usd: Input should be a valid decimal"),
        ('{"usd": -1}', "--budget: usd: Input should be greater than or equal to 0"),
        ('{"uds": 1}', "--budget: uds: Extra inputs"),
        ('{"model_calls": 1.5}', "--budget: model_calls: "),
        ('{"working_time": "soon"}', "--budget: working_time: "),
        ('{"working_time": 0}', "--budget: working_time: must be longer than nothing"),
        ('{"idle_time": "400d"}', "--budget: idle_time: must be at most 365 days"),
        ('{"idle_time": "99999999999d"}', "--budget: idle_time: is too long"),
        ("7", "--budget must be a JSON object"),
        ("{", "--budget is not JSON"),
        ("@nowhere.json", "nowhere.json cannot be read"),
    ],
)
def test_a_budget_that_cannot_be_right_is_one_line_that_names_the_flag_and_the_field(text: str, words: str) -> None:
    with pytest.raises(Failure) as raised:
        read_budget(text)
    assert raised.value.code == BAD_INPUT
    assert raised.value.line.startswith(words)
    assert "\n" not in raised.value.line


def test_an_unknown_field_of_a_budget_is_answered_with_those_that_there_are() -> None:
    with pytest.raises(Failure, match="usd, model_calls, tool_calls, steps, working_time, idle_time"):
        read_budget('{"uds": 1}')


def test_a_budgets_fields_win_over_those_of_the_input_and_leave_the_others() -> None:
    given = {"lead_id": "lead-007", "budget": {"usd": 1, "steps": 9}}
    budget = read_budget('{"usd": 0.5, "working_time": "2m"}')
    made = build_request(SALES_FOLLOW_UP, with_budget(given, budget), {})
    assert made.budget == Budget.model_validate({"usd": 0.5, "steps": 9, "working_time": 120})
    alone = build_request(SALES_FOLLOW_UP, with_budget({"lead_id": "lead-007"}, budget), {})
    assert alone.budget == Budget.model_validate(budget)


def test_a_budget_flag_does_not_hide_that_the_inputs_budget_is_wrong() -> None:
    for own in ("7", "[]", '"lots"', '{"uds": 1}'):
        with pytest.raises(Failure, match="budget"):
            build_request(
                SALES_FOLLOW_UP, with_budget({"lead_id": "lead-007", "budget": json.loads(own)}, {"usd": 1}), {}
            )


def test_a_plan_fills_the_field_of_that_name_and_a_process_without_one_refuses_it() -> None:
    plan = '{"steps": [{"kind": "say", "word": "one"}]}'
    request = build_request(SHAPES, with_plan(SHAPES, {"key": "k", "story": "plan"}, plan), {})
    assert isinstance(request, ShapeRequest)
    assert request.plan == WordPlan(steps=(Say(word="one"),))
    for process, text, words in (
        (SALES_FOLLOW_UP, plan, "sales-follow-up takes no plan: leave --plan out"),
        (SHAPES, "[]", "--plan must be a JSON object"),
        (SHAPES, '{"steps": []}', "plan.steps: "),
    ):
        with pytest.raises(Failure, match=re.escape(words)) as raised:
            build_request(process, with_plan(process, {"key": "k", "story": "plan"}, text), {})
        assert raised.value.code == BAD_INPUT
