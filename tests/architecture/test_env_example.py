"""`.env.example` names every setting there is, and no other."""

import re

from runtime.table import SETTINGS
from tests.architecture.source import ROOT

TEXT = (ROOT / ".env.example").read_text(encoding="utf-8")


def test_every_setting_is_in_the_example_once() -> None:
    assert sorted(re.findall(r"^#([A-Z_]+)=", TEXT, re.MULTILINE)) == sorted(setting.name for setting in SETTINGS)


def test_every_setting_in_the_example_is_commented_out_and_explained() -> None:
    blocks = TEXT.strip().split("\n\n")[1:]
    assert [block for block in blocks if not re.fullmatch(r"(# .+\n)+#[A-Z_]+=.*", block)] == []


def test_the_example_holds_no_secret() -> None:
    secret = [setting.name for setting in SETTINGS if setting.secret]
    assert [name for name in secret if f"\n#{name}=\n" not in f"{TEXT}\n"] == []
