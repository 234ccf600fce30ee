"""What a draft must be besides true: whole, said once, to the reader, and sure of itself."""

import pytest

from contracts.sales_follow_up import EMAIL_DRAFT, DraftFacts, EmailDraft

FACTS = DraftFacts(
    sources=("Wants stock tracking. Opens a shop in March.", "Eleanor Stone", "Stone & Pine", "stock tracking"),
    recipient="Eleanor Stone",
    company="Stone & Pine",
)
GOOD = "Thank you for your interest in stock tracking at Stone & Pine. I would be glad to hear what you need."


def problems(*paragraphs: str, subject: str = "Stock tracking for your shop") -> list[str]:
    return EMAIL_DRAFT.check(EmailDraft(subject=subject, paragraphs=list(paragraphs)), FACTS)


def test_a_good_draft_has_no_problem() -> None:
    assert problems(GOOD) == []


@pytest.mark.parametrize(
    ("paragraphs", "named"),
    [
        ((GOOD, "I would be very happy to see how it's"), "cut off"),
        ((GOOD, GOOD), "said twice"),
        (("I have heard from Eleanor that stock tracking is what you want.",), "leave out Eleanor"),
        ((GOOD + " I am not sure how to do it.",), "not sure"),
        ((GOOD + " I will try to make it work.",), "I will try"),
        (("As an AI I would be glad to hear what you need for the shop.",), "As an AI"),
        (("I can help you to open the shop in April, if you want that.",), "April"),
    ],
)
def test_what_nobody_would_send_is_named(paragraphs: tuple[str, ...], named: str) -> None:
    assert any(named in problem for problem in problems(*paragraphs))


def test_the_recipients_name_does_not_stand_in_the_subject_and_the_companys_may() -> None:
    assert problems(GOOD, subject="Stock tracking for Eleanor")
    assert problems(GOOD, subject="Stock tracking for Stone & Pine") == []


def test_a_problem_is_named_once() -> None:
    found = problems(GOOD, "It is what I want to", "It is what I want to")
    assert len(found) == len(set(found))
