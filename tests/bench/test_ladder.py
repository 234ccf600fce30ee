"""The ladder's bench measures what it says: its right answers are right, and a run that was broken off goes on."""

import json
from pathlib import Path

import pytest

from bench.ladder.cases import CASES, all_cases
from bench.ladder.record import Record, Result
from bench.ladder.report import page

FITS = Result(part="the ladder", contract="order", case="order-000", value={}, calls=1, tokens=5, seconds=0.1)


@pytest.mark.parametrize("contract", ["ticket", "order", "round", "buyer_signals", "email_draft"])
def test_each_right_answer_passes_its_contract_from_the_json_that_a_model_would_say(contract: str) -> None:
    cases = all_cases()[contract]
    assert len({case.key for case in cases}) == CASES
    for case in cases:
        value = case.blank.contract.value.model_validate_json(case.right.model_dump_json())
        assert case.blank.contract.check(value, case.blank.facts) == []


@pytest.mark.parametrize("contract", ["ticket", "order", "round", "buyer_signals", "email_draft"])
def test_no_two_cases_ask_the_same(contract: str) -> None:
    asked = {json.dumps(case.blank.variables) for case in all_cases()[contract]}
    assert len(asked) >= CASES * 0.95


def test_a_run_that_was_broken_off_finds_its_results_again(tmp_path: Path) -> None:
    Record(tmp_path / "record.jsonl").add(FITS)
    assert Record(tmp_path / "record.jsonl").find(FITS.part, FITS.case) == FITS


def test_the_page_is_made_of_whatever_was_measured_and_keeps_what_was_written_by_hand(tmp_path: Path) -> None:
    record = Record(tmp_path / "record.jsonl")
    record.add(FITS)
    text = page(record, [], "## What they mean\n\nThis.\n")
    assert "n = 1" in text
    assert text.endswith("\n## What they mean\n\nThis.\n")
