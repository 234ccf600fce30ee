"""The sample tickets and articles are what their right outcomes say: found by search, told by the log, fictional."""

import json
import re
from pathlib import Path

import pytest

from activities.tools.articles import sections
from activities.tools.knowledge import KnowledgeActivities
from activities.tools.log_report import report
from contracts.knowledge import SearchKnowledge
from contracts.logs import Level
from contracts.troubleshooting import TroubleshootingOutcome, TroubleshootingRequest
from runtime.settings import SAMPLE_ARTICLES, load_settings
from tests.support.help_desk import RIGHT
from workers.seed import TICKETS, read_tickets

FILED = {ticket.ticket_id: ticket for ticket in read_tickets(TICKETS)}
ARTICLES = sorted(SAMPLE_ARTICLES.glob("*.md"))
SAMPLES = sorted(TICKETS.with_name("troubleshooting").glob("*.json"))
RESERVED = re.compile(r"(^|[.@])example(\.(com|org|net))?$")
"""Names that belong to nobody (RFC 2606)."""


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory) -> KnowledgeActivities:
    """The articles that ship."""
    return KnowledgeActivities(load_settings({}, tmp_path_factory.mktemp("nothing")))


def test_there_are_twenty_tickets_and_a_right_outcome_for_each() -> None:
    assert list(FILED) == [f"ticket-{number:03}" for number in range(1, 21)] == list(RIGHT)


@pytest.mark.parametrize("ticket", [name for name, right in RIGHT.items() if right.article or right.reads])
async def test_the_words_of_a_ticket_find_its_article_first(base: KnowledgeActivities, ticket: str) -> None:
    right = RIGHT[ticket]
    best, *_ = (await base.search(SearchKnowledge(query=right.query))).hits
    assert best.file == (right.article or right.reads)


@pytest.mark.parametrize("ticket", RIGHT)
def test_a_right_outcome_names_a_part_that_is_there(ticket: str) -> None:
    right = RIGHT[ticket]
    assert right.outcome in list(TroubleshootingOutcome)
    if right.article:
        parts = sections((SAMPLE_ARTICLES / right.article).read_text(encoding="utf-8"))
        assert right.heading in [part.heading for part in parts]


@pytest.mark.parametrize("ticket", FILED)
def test_a_ticket_is_fictional(ticket: str) -> None:
    filed = FILED[ticket]
    text = f"{filed.customer.email} {filed.body} {filed.log}"
    hosts = re.findall(r"(?<=@)[\w.-]+\w|(?<=//)[A-Za-z][\w.-]+\w", text)
    assert [host for host in hosts if not RESERVED.search(host)] == []


def test_the_tickets_look_like_life() -> None:
    bodies = {name: filed.body for name, filed in FILED.items()}
    assert sum(not body.isascii() for body in bodies.values()) >= 6
    assert min(len(body) for body in bodies.values()) < 30
    assert max(len(body) for body in bodies.values()) > 1000
    assert "IGNORE ALL PREVIOUS INSTRUCTIONS" in FILED["ticket-007"].log
    read = [report(filed.log) for filed in FILED.values()]
    forms = {form for one in read for form in one.formats}
    assert {"syslog (RFC 5424)", "syslog (RFC 3164)", "ISO time", "access log", "JSON"} <= forms
    assert sum(bool(one.exceptions) for one in read) >= 3
    assert sum(not one.levels for one in read) <= 3
    assert {level for one in read for level in one.levels} == set(Level) - {Level.DEBUG}


@pytest.mark.parametrize("path", ARTICLES, ids=lambda path: path.stem)
def test_an_article_has_a_title_and_steps(path: Path) -> None:
    parts = sections(path.read_text(encoding="utf-8"))
    assert parts[-1].heading.count(" > ") == 1
    assert {part.heading.rpartition(" > ")[2] for part in parts} & {"Fix", "What to do"}
    assert not [host for host in re.findall(r"https?://([\w.-]+)", path.read_text()) if not RESERVED.search(host)]


def test_the_plainest_sample_comes_first() -> None:
    first, *_ = [TroubleshootingRequest.model_validate_json(path.read_bytes()) for path in SAMPLES]
    assert json.loads(SAMPLES[0].read_bytes()) == {"ticket_id": "ticket-001"}
    assert RIGHT[first.ticket_id].outcome == "closed"
    assert {json.loads(path.read_bytes())["ticket_id"] for path in SAMPLES} <= set(FILED)
