"""The samples are what the README and the demo promise: varied, fictional, valid."""

import json
import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from pydantic import ValidationError

from contracts.catalogue import PROCESSES
from contracts.crm import Lead
from contracts.prose import prose_problems
from tests.contracts.mails import SAMPLES, leads, sources

LEADS = leads()
INPUTS = sorted(SAMPLES.glob("*/*.json"))
RESERVED = re.compile(r"@(?:[\w-]+\.)*(?:example\.(?:com|org|net)|example)$")
"""Names that belong to nobody (RFC 2606)."""


def _mentions(lead: Lead) -> Iterator[str]:
    yield from (lead.email, lead.owner.email)
    yield from re.findall(r"[\w.+-]+@[\w.-]+\w", lead.notes)


@pytest.mark.parametrize("lead", LEADS.values(), ids=LEADS)
def test_a_lead_is_fictional_and_complete(lead: Lead) -> None:
    assert ZoneInfo(lead.timezone).key == lead.timezone
    assert [address for address in _mentions(lead) if not RESERVED.search(address)] == []
    assert all(host.endswith(".example") for host in re.findall(r"https?://([\w.-]+)", lead.notes))
    assert lead.notes.strip()


@pytest.mark.parametrize("lead", LEADS.values(), ids=LEADS)
def test_an_interest_reads_well_after_about(lead: Lead) -> None:
    assert lead.interest[0].islower()
    assert prose_problems(f"I am writing to follow up about {lead.interest}.", sources(lead)) == []


def test_there_are_twenty_five_leads_in_order() -> None:
    assert list(LEADS) == [f"lead-{number:03}" for number in range(1, 26)]


def test_no_line_of_the_leads_holds_a_field_that_nobody_reads() -> None:
    for line in (SAMPLES / "leads.jsonl").read_text(encoding="utf-8").splitlines():
        assert set(json.loads(line)) == set(Lead.model_fields)


def test_three_salespeople_share_them() -> None:
    owners = Counter(lead.owner for lead in LEADS.values())
    assert len(owners) == 3
    assert min(owners.values()) >= 5


def test_they_live_in_many_time_zones_and_scripts() -> None:
    assert len({lead.timezone for lead in LEADS.values()}) >= 20
    assert any(not lead.company.isascii() and not re.search(r"[A-Za-z]", lead.company) for lead in LEADS.values())
    assert any(" " not in lead.name for lead in LEADS.values())
    assert sum(not lead.name.isascii() for lead in LEADS.values()) >= 8


def test_some_notes_are_thin_and_one_is_very_long() -> None:
    assert sum(len(lead.notes.split()) <= 5 for lead in LEADS.values()) >= 3
    assert max(len(lead.notes) for lead in LEADS.values()) >= 6000


@pytest.mark.parametrize(
    "words",
    [
        r"\bund\b.*\bist\b",
        r"\bpresupuesto\b",
        r"\borçamento\b",
        r"\bentrepôts\b",
        "予算",
        "ignore all previous",
        "<script>",
    ],
    ids=["German", "Spanish", "Portuguese", "French", "Japanese", "injection", "script"],
)
def test_some_notes_are_foreign_and_one_is_hostile(words: str) -> None:
    assert [lead.lead_id for lead in LEADS.values() if re.search(words, lead.notes, re.IGNORECASE | re.DOTALL)]


def test_some_notes_contradict_themselves() -> None:
    notes = LEADS["lead-012"].notes
    assert "150 000" in notes
    assert "80 000" in notes


def test_the_lead_of_the_demo_is_plain_and_clear() -> None:
    notes = LEADS["lead-007"].notes
    assert notes.isascii()
    assert 120 <= len(notes.split()) <= 180
    assert all(signal in notes for signal in ("She wants", "budget", "would like to start"))


def test_every_process_has_samples_and_the_plainest_comes_first() -> None:
    assert {path.parent.name for path in INPUTS} == set(PROCESSES)
    assert json.loads((SAMPLES / "sales-follow-up" / "01-plain.json").read_text()) == {"lead_id": "lead-007"}


@pytest.mark.parametrize("path", INPUTS, ids=lambda path: f"{path.parent.name}/{path.stem}")
def test_an_input_is_one_that_its_process_takes(path: Path) -> None:
    request = PROCESSES[path.parent.name].input.model_validate_json(path.read_bytes())
    key = PROCESSES[path.parent.name].business_key(request)
    assert key in LEADS or path.parent.name != "sales-follow-up"


def test_an_input_with_a_field_of_no_use_is_refused() -> None:
    with pytest.raises(ValidationError, match="sned"):
        PROCESSES["sales-follow-up"].input.model_validate({"lead_id": "lead-007", "sned": "now"})
