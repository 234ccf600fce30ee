"""The bench of a batch: its script is right for every one of its leads, and its figures are counted rightly."""

import csv
import json
from collections import Counter
from pathlib import Path

from bench.batch import DRAFT, SIGNALS, Found, prepare, rows_of
from contracts.crm import Lead
from contracts.sales_follow_up import BUYER_SIGNALS, EMAIL_DRAFT, BuyerSignals, EmailDraft, NotesFacts
from workflows.sales_follow_up import draft_email

PROCESS = {
    "runs": 4,
    "n": 4,
    "succeeded": 3,
    "mean_cost_usd": 0.01,
    "mean_working_time_s": 2.5,
    "target_working_time_s": 120.0,
    "within_cost": 1.0,
    "within_working_time": 1.0,
    "score": 0.75,
    "grade": "pilot",
}


def test_the_scripts_words_fit_every_lead(tmp_path: Path) -> None:
    prepare(tmp_path, 30)
    leads = [Lead.model_validate_json(line) for line in (tmp_path / "leads.jsonl").read_text().splitlines()]
    signals, draft = BuyerSignals.model_validate(SIGNALS), EmailDraft.model_validate(DRAFT)
    for lead in leads:
        assert BUYER_SIGNALS.check(signals, NotesFacts(notes=lead.notes)) == []
        facts = draft_email(lead, signals).facts
        assert EMAIL_DRAFT.check(draft, EMAIL_DRAFT.facts.model_validate(facts.model_dump())) == []
    with (tmp_path / "leads.csv").open() as file:
        assert [row["lead_id"] for row in csv.DictReader(file)] == [lead.lead_id for lead in leads]
    assert len({lead.email for lead in leads}) == 30


def test_a_mail_too_many_and_a_run_that_failed_show() -> None:
    rung = {"calls": 8, "input_tokens": 4000, "output_tokens": 800}
    batch = json.loads('{"rows": 4, "waiting": 3, "started": 4}')
    found = Found(batch, 60.0, 30.0, Counter({"a": 2, "b": 1}), {"processes": [PROCESS], "rungs": [rung]})
    table = "\n".join(rows_of(found))
    assert "| share at their gates | 75.0% | at least 95% |" in table
    assert "| runs started, mails sent | 4, 3 | 4, 4 |" in table
    assert "| people who got more than one mail | 1 | 0 |" in table
    assert "| tokens of a run, read and written | 1,000, 200 | |" in table
    assert "| a month: 21 such batches | 0.84 USD | |" in table
    assert "75.0% (75.0% x 100.0% x 100.0%; n=4): pilot" in table
