"""A mail says what its sources say, and nothing else."""

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from contracts.prose import common, prose_problems, terms, words
from contracts.prose.check import MOST_PROBLEMS
from contracts.prose.text import fold
from tests.contracts.mails import Mail, honest_mails, leads, sources
from tests.support.waiting import no_explosion

LEADS = leads()
MAILS = honest_mails()
FAULTS = [(mail, old, new) for mail in MAILS for old, new in mail.faults]


def problems(mail: Mail, text: str) -> list[str]:
    """What is wrong with `text` as a mail to the lead of `mail`."""
    return prose_problems(text, sources(LEADS[mail.lead_id]))


@pytest.mark.parametrize("mail", MAILS, ids=lambda mail: f"{mail.lead_id} {mail.text.splitlines()[0]}")
def test_an_honest_mail_has_no_problems(mail: Mail) -> None:
    assert problems(mail, mail.text) == []


@pytest.mark.parametrize(("mail", "old", "new"), FAULTS, ids=[f"{mail.lead_id} {new}" for mail, _, new in FAULTS])
def test_a_planted_fault_is_caught(mail: Mail, old: str, new: str) -> None:
    assert old in mail.text
    assert problems(mail, mail.text.replace(old, new, 1)) != []


def test_there_are_enough_mails_and_faults_and_every_lead_has_one() -> None:
    assert len(MAILS) >= 40
    assert len(FAULTS) >= 120
    assert {mail.lead_id for mail in MAILS} == set(LEADS)


@pytest.mark.parametrize(
    ("mail", "source"),
    [
        ("about 20,000 units", "20.000 Stück"),
        ("about 20,000 units", "20 000 sztuk"),
        ("about 20,000 units", "20'000 Stück"),
        ("about 20,000 units", "20k units"),
        ("about 20,000 units", "volume 15-20k"),
        ("about 15,000 units", "volume 15-20k"),
        ("about twenty thousand units", "20k units"),
        ("about 1,250,000 units", "12,50,000 units"),
        ("about 1.5 million units", "1,5 Mio. Stück"),
        ("about 1,500,000 units", "1.5m units"),
        ("exactly 1,234.56 kg", "1.234,56 kg"),
        ("a value of 0.125", "0,125"),
        ("two hundred and fifty units", "250 units"),
        ("twenty-five units", "25 units"),
        ("three dozen units", "36 units"),
        ("the fourth quarter", "by Q4"),
        ("two units", "zwei Stück"),
        ("5 million units", "500万"),
        ("a share of 8%", "8 Prozent"),
        ("eight percent", "8%"),
        ("within 20,000 dollars", "$20k"),
        ("within USD 20,000", "$20,000"),
        ("within $20,000", "CAD 20,000"),
        ("within €20,000", "budget 20k, all amounts in EUR"),
        ("within €25,000", "€20-25k"),
        ("on 12 March", "12.03.2026"),
        ("on 12 March", "2026-03-12"),
        ("on 12 March", "3月12日"),
        ("on March 12th, 2026", "12/3/26"),
        ("on March 12 to 14", "12-14 March"),
        ("on 12 March", "am 12. März"),
        ("on the 12th", "12 March"),
        ("in March 2026", "2026-03"),
        ("in March", "em março"),
        ("on Thursday", "am Donnerstagnachmittag"),
        ("on Thursday", "call thu"),
        ("on Thursdays", "Thursday"),
        ("next week", "nächste Woche"),
        ("by the end of the month", "by EOM"),
        ("at 3 pm", "15 Uhr"),
        ("at 3:00 p.m.", "15:00"),
        ("at 15:30", "3.30pm"),
        ("at noon", "12:00"),
        ("after 3", "3pm"),
        ("with the x100 reader", "X100 readers"),
        ("I met Müller", "MULLER called"),
        ("I met Sørensen's team", "sorensen"),
        ("I met Anne-Marie", "Anne Marie"),
        ("I met Ms. Weber", "Frau Weber"),
        ("from さくら電機 in person", "株式会社さくら電機"),
        ("at https://www.acme.example/", "www.acme.example"),
        ("at Jo@Acme.example.", "jo@acme.example"),
        ("at +44 20 7946 0018", "+44 (20) 7946-0018"),
        ("a discount", "will 10% Rabatt"),
    ],
)
def test_a_fact_is_found_however_the_source_writes_it(mail: str, source: str) -> None:
    assert prose_problems(f"we noted {mail}", [source]) == []


@pytest.mark.parametrize(
    ("mail", "source", "problem"),
    [
        ("for $25,000", "for $20,000", 'the amount "$25,000" does not stand in the notes'),
        ("for €20,000", "for $20,000", 'the amount "€20,000" does not stand in the notes'),
        ("for CAD 20,000", "for $20,000", 'the amount "CAD 20,000" does not stand in the notes'),
        ("for $20,000", "budget 20k", 'the amount "$20,000" does not stand in the notes'),
        ("for €20,000", "$20,000, they also pay in EUR", 'the amount "€20,000" does not stand in the notes'),
        ("for 20,000", "20 units", 'the amount "20,000" does not stand in the notes'),
        ("for 2.5", "25 units", 'the amount "2.5" does not stand in the notes'),
        ("save 20%", "20 units", 'the amount "20%" does not stand in the notes'),
        ("for hundreds", "many units", 'the amount "hundreds" does not stand in the notes'),
        ("in euros", "in dollars", 'the currency "euros" does not stand in the notes'),
        ("on 12 March", "12 April, in March", 'the date "12 March" does not stand in the notes'),
        ("on 12 March 2027", "12 March 2026", 'the amount "2027" does not stand in the notes'),
        ("on 2027-03-12", "12 March 2026", 'the date "2027-03-12" does not stand in the notes'),
        ("in May", "they may buy", 'the month "May" does not stand in the notes'),
        ("on Tuesday", "on Thursday", 'the weekday "Tuesday" does not stand in the notes'),
        ("until tomorrow", "next week", 'the day "tomorrow" does not stand in the notes'),
        ("at 3 pm", "at 3 am", 'the time "3 pm" does not stand in the notes'),
        ("at 10:30", "10.30 EUR", 'the time "10:30" does not stand in the notes'),
        ("with Karen", "Carina", '"Karen" is a name that the notes do not mention'),
        ("as Will said", "they will buy", '"Will" is a name that the notes do not mention'),
        ("a well-known SAP shop", "a shop", '"SAP" is a name that the notes do not mention'),
        ("with an X10 reader", "X100, 0 X1", '"X10" is a name that the notes do not mention'),
        ("a Q3 start", "a Q4 start", '"Q3" is a name that the notes do not mention'),
        ("from 東京", "from 京都", '"東京" is a name that the notes do not mention'),
        ("see acme.example/x", "acme.example", 'the link "acme.example/x" does not stand in the notes'),
        ("ask a@b.example", "b@b.example", 'the address "a@b.example" does not stand in the notes'),
        ("call 555-0100", "555-0101", 'the phone number "555-0100" does not stand in the notes'),
        ("we guarantee it", "we like it", '"guarantee" is a promise that the notes do not make'),
        ("a free trial", "a trial", '"free trial" is a promise that the notes do not make'),
        ("ask [Your Name]", "", '"[Your Name]" is a placeholder; write what belongs there, or leave it out'),
        ("ask {{name}}", "", '"{{name}}" is a placeholder; write what belongs there, or leave it out'),
        ("on <date>", "", '"<date>" is a placeholder; write what belongs there, or leave it out'),
        ("at XX, ok", "", '"XX" is a placeholder; write what belongs there, or leave it out'),
        ("at ___", "", '"___" is a placeholder; write what belongs there, or leave it out'),
        ("insert it", "", '"insert" is a placeholder; write what belongs there, or leave it out'),
        ("at\u202e once", "", "the text holds U+202E RIGHT-TO-LEFT OVERRIDE; leave it out"),
        ("at\x00 once", "", "the text holds U+0000 CONTROL; leave it out"),
    ],
)
def test_a_problem_is_named_so_that_a_model_can_act_upon_it(mail: str, source: str, problem: str) -> None:
    assert prose_problems(f"we noted this {mail}", [source]) == [problem]


@pytest.mark.parametrize("opening", ["Dear Ms. Diaz,", "Hi,", "Hello there!", "Hey Ana -", "Good morning Ana,"])
def test_a_greeting_is_left_to_code(opening: str) -> None:
    assert "is a greeting" in prose_problems(f"our call\n\n{opening}\nthank you.", ["Ana Diaz"])[0]


@pytest.mark.parametrize(
    "ending", ["Best regards,\nAna", "Talk then. Kind regards, Ana", "Sincerely", "Thanks,\nAna", "Cheers!", "Ana Diaz"]
)
def test_a_closing_or_signature_is_left_to_code(ending: str) -> None:
    (problem, *_) = prose_problems(f"our call\n\nwe should talk.\n{ending}", ["Ana Diaz"])
    assert "is a closing" in problem or "is a signature" in problem


@pytest.mark.parametrize(
    "text",
    [
        "We sincerely hope that this helps.",
        "Good mornings start with good coffee.",
        "Thanks to your notes, we know what to do. Thank you!",
        "May I ask what you need? Perhaps we can help.",
        "Our ROI and CRM experts read FAQs and PDFs.",
        "One of ours can do it, once or twice, in the first place.",
        "Growing quickly is hard. Honestly, it is.",
    ],
)
def test_plain_english_is_left_alone(text: str) -> None:
    assert prose_problems(text, ["the notes"]) == []


def test_a_capital_in_mid_sentence_is_a_name_even_where_the_word_is_common() -> None:
    assert prose_problems("we spoke with Next about it", ["spoke"]) == [
        '"Next" is a name that the notes do not mention'
    ]


def test_a_subject_in_title_case_is_no_row_of_names() -> None:
    assert prose_problems("Next Steps for Your Team\n\nwe should talk.", ["the notes"]) == []


def test_problems_come_in_order_once_each_and_at_most_eight() -> None:
    names = ["Zoran", "Yves", "Xaver", "Wanda", "Urs", "Tove", "Sven", "Ralf", "Quirin"]
    found = prose_problems("met " + " and ".join([*names, *names]), [""])
    assert found == [f'"{name}" is a name that the notes do not mention' for name in names[:MOST_PROBLEMS]]


def test_the_words_of_all_lists_are_folded_or_they_would_never_match() -> None:
    tables: list[object] = [*vars(terms).values(), *vars(words).values(), common.COMMON]
    listed = {word for table in tables if isinstance(table, dict | frozenset) for word in table}
    listed |= {word for others in words.TRANSLATED.values() for word in others}
    listed |= {stem for _, stems in words.PROMISES for stem in stems}
    assert [word for word in listed if isinstance(word, str) and fold(word).text != word] == []


PIECES = "20 k $ € % March 12 : / . , - th Mon Ana DEAR [ ] two hundred and @ x.example 万 Ω \u0301 ß \n"
TEXTS = st.text(max_size=300) | st.lists(st.sampled_from([*PIECES.split(" "), " "]), max_size=60).map("".join)


@given(text=TEXTS, sources=st.lists(TEXTS, max_size=4))
@settings(deadline=2000)
def test_any_text_and_any_sources_give_a_short_list(text: str, sources: list[str]) -> None:
    found = prose_problems(text, sources)
    assert len(found) == len(set(found)) <= MOST_PROBLEMS
    assert all(0 < len(problem) <= 160 and problem.isprintable() for problem in found)


@example(source="n\u00b4t")  # a word that is all ending
@example(source="A㍢")  # one sign that folds to letters and figures
@given(source=st.text(st.characters(exclude_categories=["N"]), max_size=200))
@settings(deadline=2000)
def test_the_sources_own_words_in_small_letters_are_no_unknown_names(source: str) -> None:
    found = prose_problems(" ".join(source.lower().split()), [source])
    assert [problem for problem in found if "is a name" in problem] == []


@pytest.mark.parametrize(
    "piece",
    [
        "a",
        "Aa ",
        "1",
        "1,111,",
        "1 ",
        "$1k-",
        "[",
        "two ",
        "a@",
        "a.",
        "-1",
        "漢 ",
        "e\u0301\u0327",
        "\n",
        "(0",
        "+1",
        "X://",
    ],
)
def test_hostile_text_takes_linear_time(piece: str) -> None:
    text, source = (piece * 20_000)[:20_000], (piece * 100_000)[:100_000]
    with no_explosion():
        prose_problems(text, [source, "x" * 100_000])
