"""The two files of the compliance department: read anew, and no ground to decide on unless each line can be right."""

from datetime import date
from pathlib import Path

import pytest

from activities.tools.screening import ScreeningActivities, read_rules, read_watchlist
from contracts.errors import ToolFailed, ToolUnavailable
from contracts.kyc import MUST_ASK
from contracts.screening import BirthDate, ReadKycRules, Screened, ScreenName
from runtime.settings import SAMPLE_KYC, load_settings

RULE = '{ id = "P5", fact = "age", at_most = 17, then = "refuse", because = "applicants must be 18" }'
ENTRY = '{"entry": "A", "name": "Taddeo Scarpantoni"}'


def screening(folder: Path, kyc: Path | None = SAMPLE_KYC) -> ScreeningActivities:
    """As a worker with these files has it."""
    return ScreeningActivities(load_settings({"SIGNOFF_KYC": str(kyc)} if kyc else {}, folder))


async def screened(folder: Path, name: str, born: str = "1990-01-01", document: str = "") -> Screened:
    """By the sample list."""
    asked = ScreenName(name=name, document_name=document, born=date.fromisoformat(born))
    return await screening(folder).screen(asked)


@pytest.mark.parametrize(
    ("name", "born", "entry", "birth_date"),
    [
        ("Muhammad Shcherbakov", "1968-02-11", "SAMPLE-001", BirthDate.SAME),
        ("SHCHERBAKOV MUKHAMMED", "1968-02-12", "SAMPLE-001", BirthDate.OTHER),
        ("Jian Guo Ouyang", "1959-12-24", "SAMPLE-003", BirthDate.SAME),
        ("Zdenek Hromadka Vlk", "1959-12-24", "SAMPLE-006", BirthDate.UNKNOWN),
    ],
)
async def test_a_listed_person_is_found_in_another_script_order_and_spelling(
    tmp_path: Path, name: str, born: str, entry: str, birth_date: BirthDate
) -> None:
    found = await screened(tmp_path, name, born)
    assert (found.alike[0].entry, found.alike[0].birth_date) == (entry, birth_date)
    assert found.score >= 80
    assert (found.same_birth_score == found.score) == (birth_date is BirthDate.SAME)


async def test_a_listed_name_on_the_document_is_found_under_any_other_name(tmp_path: Path) -> None:
    found = await screened(tmp_path, "Anna Maria Eriksson", document="TADDEO SCARPANTONI")
    assert (found.score, found.alike[0].entry) == (100, "SAMPLE-005")
    assert found.name_similarity < 50


async def test_somebody_who_is_like_nobody_is_shown_nobody(tmp_path: Path) -> None:
    found = await screened(tmp_path, "Anna Maria Eriksson")
    assert (found.alike, found.entries) == ((), 12)
    assert found.score < 80


async def test_a_name_without_a_letter_that_can_be_read_is_like_nobody_not_like_everybody(tmp_path: Path) -> None:
    assert (await screened(tmp_path, ". , -", document="ANNA")).name_similarity == 0


async def test_what_officers_change_holds_from_the_next_application_on(tmp_path: Path) -> None:
    (tmp_path / "rules.toml").write_text(f'version = "1"\nrules = [{RULE}]\n')
    mine = screening(tmp_path, tmp_path)
    before = await mine.rules(ReadKycRules())
    (tmp_path / "rules.toml").write_text(f'version = "2"\nrules = [{RULE.replace("17", "20")}]\n')
    after = await mine.rules(ReadKycRules())
    assert (before.version, before.rules[0].at_most, after.version, after.rules[0].at_most) == ("1", 17, "2", 20)
    assert before.digest != after.digest


def test_the_sample_table_asks_all_that_a_table_must() -> None:
    assert {rule.fact for rule in read_rules(SAMPLE_KYC / "rules.toml").rules} >= set(MUST_ASK)


BAD_RULES = {
    "empty": ("", "version: Field required"),
    "no lines": ('version = "1"\nrules = []', "rules: Tuple should have at least 1 item"),
    "no TOML": ("rules = [", "which is not TOML"),
    "no version": (f"rules = [{RULE}]", "version: Field required"),
    "a misspelt field": (f'version = "1"\nrules = [{RULE.replace("at_most", "atmost")}]', '"atmost" is not known here'),
    "a fact that is none": (f'version = "1"\nrules = [{RULE.replace("age", "ages")}]', "ages, which is no fact"),
    "a limit in words": (f'version = "1"\nrules = [{RULE.replace("17", "true")}]', "must be a whole number"),
    "a limit with a point": (f'version = "1"\nrules = [{RULE.replace("17", "17.5")}]', "must be a whole number"),
    "a verdict that is none": (f'version = "1"\nrules = [{RULE.replace("refuse", "maybe")}]', "then: Input should be"),
    "an id twice": (f'version = "1"\nrules = [{RULE}, {RULE}]', "two rules P5"),
}


@pytest.mark.parametrize(("text", "says"), BAD_RULES.values(), ids=BAD_RULES)
def test_a_table_that_cannot_be_right_decides_nothing(tmp_path: Path, text: str, says: str) -> None:
    (tmp_path / "rules.toml").write_text(text)
    with pytest.raises(ToolFailed, match=says):
        read_rules(tmp_path / "rules.toml")


BAD_LISTS = {
    "empty": (b"\n\n", "is empty"),
    "no JSON": (ENTRY.encode() + b"\nTaddeo", "line 2: "),
    "a misspelt field": (ENTRY.replace("name", "nmae").encode(), "line 1: "),
    "a date that is none": (ENTRY.replace("}", ', "born": "1.1.1990"}').encode(), "line 1: born"),
    "not UTF-8": (b"\xff\xfe", "it is not UTF-8"),
}


@pytest.mark.parametrize(("text", "says"), BAD_LISTS.values(), ids=BAD_LISTS)
def test_a_list_that_cannot_be_right_screens_nobody(tmp_path: Path, text: bytes, says: str) -> None:
    (tmp_path / "watchlist.jsonl").write_bytes(text)
    with pytest.raises(ToolFailed, match=says):
        read_watchlist(tmp_path / "watchlist.jsonl")


async def test_missing_files_and_a_missing_setting_are_named_and_not_waited_for(tmp_path: Path) -> None:
    for kyc, says in ((tmp_path, "rules.toml, which cannot be read"), (None, "SIGNOFF_KYC is not set")):
        with pytest.raises(ToolFailed, match=says) as failed:
            await screening(tmp_path, kyc).rules(ReadKycRules())
        assert not isinstance(failed.value, ToolUnavailable)
    with pytest.raises(ToolFailed, match=r"watchlist\.jsonl cannot be read"):
        await screening(tmp_path, tmp_path).screen(ScreenName(name="A", document_name="", born=date(1990, 1, 1)))
