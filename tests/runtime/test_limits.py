"""The file of limits: what it says, and what it may not say."""

from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from pathlib import Path

import pytest

from contracts.budgets import USUAL, Limits
from runtime.described import describe_settings
from runtime.limits import RunLimits
from runtime.settings import SettingsError
from tests.runtime.conftest import Load

Read = Callable[[str], RunLimits]

WHOLE = """
[budget]
usd = 5
working_time = "10m"
[budget.processes.sales-follow-up]
usd = 0.8
model_calls = 7
idle_time = 90.5
[ceilings]
usd_per_hour = 50
usd_per_day = 400.25
model_calls_per_hour = 1000
[ceilings.processes.sales-follow-up]
usd_per_day = 100
[ceilings.each_tenant]
usd_per_hour = 5
[ceilings.tenants.acme]
usd_per_day = 20
[rates]
anthropic = 5
local = 0.5
[prices."far:qwen3"]
input = 0.2
output = 0.6
cached_input = 0.02
[prices.scripted]
input = 1
output = 2
[prices."scripted:replies.json"]
input = 3
output = 4
"""


@pytest.fixture
def read(load: Load, tmp_path: Path) -> Read:
    """The limits of a file that holds this."""
    (tmp_path / "endpoints.toml").write_text('[far]\nbase_url = "https://far.example/v1"\n', encoding="utf-8")

    def read(toml: str) -> RunLimits:
        (tmp_path / "limits.toml").write_text(toml, encoding="utf-8")
        return load(SIGNOFF_ENDPOINTS="endpoints.toml", SIGNOFF_LIMITS="limits.toml").limits

    return read


def test_a_process_has_its_own_limits_then_the_files_then_the_files_for_it(read: Read) -> None:
    limits = read(WHOLE)
    usual = Limits(steps=9, usd=Decimal(2))
    assert limits.limits_for("another", usual) == usual.model_copy(update={"usd": Decimal(5)})
    assert limits.limits_for("sales-follow-up", usual) == Limits(
        usd=Decimal("0.8"), model_calls=7, tool_calls=20, steps=9, idle_time=timedelta(seconds=90.5)
    )


def test_a_call_is_counted_by_the_fleet_its_process_and_its_tenant(read: Read) -> None:
    limits = read(WHOLE)
    fleet = [
        "the fleet's ceiling of 50 USD an hour",
        "the fleet's ceiling of 400.25 USD a day",
        "the fleet's ceiling of 1000 model calls an hour",
    ]
    assert [str(ceiling) for ceiling in limits.ceilings_for("another", None)] == fleet
    assert [str(ceiling) for ceiling in limits.ceilings_for("sales-follow-up", "beta")] == [
        *fleet,
        "sales-follow-up's ceiling of 100 USD a day",
        "tenant beta's ceiling of 5 USD an hour",
    ]
    # A table of its own takes the place of the one for each tenant.
    assert str(limits.ceilings_for("another", "acme")[-1]) == "tenant acme's ceiling of 20 USD a day"
    assert limits.has_ceilings


def test_rates_and_prices_are_told_by_name(read: Read, tmp_path: Path) -> None:
    limits = read(WHOLE)
    assert limits.rates == {"anthropic": 5, "local": 0.5}
    assert limits.prices.keys() == {"far:qwen3", "scripted", f"scripted:{tmp_path / 'replies.json'}"}
    far = limits.prices["far:qwen3"]
    assert (far.input, far.cached_input, far.cache_write) == (Decimal("0.2"), Decimal("0.02"), None)


def test_without_a_file_the_processes_limits_stand_and_nothing_is_counted(load: Load) -> None:
    limits = load().limits
    assert limits.limits_for("sales-follow-up", USUAL) == USUAL
    assert limits.ceilings_for("sales-follow-up", "acme") == []
    assert (limits.rates, limits.prices, limits.has_ceilings) == ({}, {}, False)


@pytest.mark.parametrize("toml", ["", "[budget]\n[ceilings.tenants.acme]\n[ceilings.each_tenant]\n[rates]"])
def test_a_file_that_sets_nothing_changes_nothing(read: Read, toml: str) -> None:
    limits = read(toml)
    assert limits.limits_for("sales-follow-up", USUAL) == USUAL
    assert not limits.has_ceilings


def test_the_file_is_shown_with_the_settings(load: Load, tmp_path: Path) -> None:
    (tmp_path / "limits.toml").write_text("", encoding="utf-8")
    lines = {line.name: line for line in describe_settings(load(SIGNOFF_LIMITS="limits.toml"))}
    assert lines["SIGNOFF_LIMITS"].value == str(tmp_path / "limits.toml")


@pytest.mark.parametrize(
    ("toml", "says"),
    [
        ("[budget", "which is not TOML"),
        ("a = " + "[" * 10_000, "which is not TOML"),
        ("[budgets]", 'where "budgets" is not known here: remove it, or use budget, ceilings, rates, prices'),
        ("budget = 5", "budget: must be a table"),
        ("[budget]\nmoney = 5", 'budget: "money" is not known here: remove it, or use usd, model_calls, '),
        ('[budget]\nusd = "5"', "budget.usd: must be a number"),
        ("[budget]\nusd = true", "budget.usd: must be a number"),
        ("[budget]\nusd = -0.01", "budget.usd: Input should be greater than or equal to 0"),
        ("[budget]\nusd = nan", "budget.usd: Input should be a finite number"),
        ("[budget]\nusd = inf", "budget.usd: Input should be a finite number"),
        ("[budget]\nmodel_calls = true", "budget.model_calls: must be a whole number"),
        ("[budget]\nmodel_calls = 5.0", "budget.model_calls: must be a whole number"),
        ("[budget]\nsteps = -1", "budget.steps: Input should be greater than or equal to 0"),
        ('[budget]\nworking_time = "soon"', "budget.working_time: Input should be a valid timedelta"),
        ("[budget]\nworking_time = true", 'budget.working_time: must be a length of time, like "10m"'),
        ("[budget]\nworking_time = 0", "budget.working_time: must be longer than nothing"),
        ('[budget]\nidle_time = "99999999999d"', "budget.idle_time: is too long"),
        (
            "[budget.processes.sales-folow-up]\nusd = 1",
            "[budget.processes.sales-folow-up] names no process; there are sales-",
        ),
        ("[budget.processes]\nusd = 1", "budget.processes.usd: must be a table"),
        ("[ceilings]\nusd_per_week = 1", '"usd_per_week" is not known here'),
        ("[ceilings]\nusd_per_hour = -1", "ceilings.usd_per_hour: Input should be greater than or equal to 0"),
        ("[ceilings]\nmodel_calls_per_day = 1.5", "ceilings.model_calls_per_day: must be a whole number"),
        ("[ceilings.processes.refund]\nusd_per_day = 1", "[ceilings.processes.refund] names no process"),
        ('[ceilings.tenants."a b"]\nusd_per_day = 1', "[ceilings.tenants.a b] names no name of a tenant"),
        ("[ceilings.each_tenant]\nusd = 1", 'ceilings.each_tenant: "usd" is not known here'),
        (
            "[rates]\nanthropc = 5",
            "rates.anthropc names no provider; there are anthropic, openai, local, far, scripted",
        ),
        ("[rates]\nanthropic = 0", "rates.anthropic: Input should be greater than 0"),
        ('[rates]\nanthropic = "5"', "rates.anthropic: must be a number"),
        ("[rates]\nanthropic = nan", "rates.anthropic: Input should be "),
        ("[prices.x]\ninput = 1\noutput = 1", '[prices."x"] names no provider'),
        ('[prices."far: x"]\ninput = 1\noutput = 1', '[prices."far: x"] names no model: write PROVIDER:MODEL'),
        ('[prices."far:"]\ninput = 1\noutput = 1', '[prices."far:"] names no model'),
        ('[prices."local:smol"]\ninput = 1\noutput = 1', '[prices."local:smol"] names no model'),
        ('[prices."far:x"]\ninput = 1', "prices.far:x.output: Field required"),
        ('[prices."far:x"]\ninput = 1\noutput = -1', "prices.far:x.output: Input should be greater than or equal to 0"),
        ('["\\u001b[31m"]\nx = 1', "is not known here"),
        ('[rates]\n"\\u001b[31m" = 1', "names no provider"),
    ],
)
def test_a_file_that_cannot_be_right_is_refused_in_one_line(read: Read, tmp_path: Path, toml: str, says: str) -> None:
    with pytest.raises(SettingsError) as refused:
        read(toml)
    line = str(refused.value)
    assert line.startswith(f"SIGNOFF_LIMITS (from environment) names {tmp_path / 'limits.toml'}, wh")
    assert says in line
    assert line.isprintable()


@pytest.mark.parametrize(
    ("name", "reason"), [("none.toml", "No such file"), (".", "Is a directory"), ("limits.toml", "not TOML")]
)
def test_a_file_that_cannot_be_read_is_named(load: Load, tmp_path: Path, name: str, reason: str) -> None:
    (tmp_path / "limits.toml").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(SettingsError, match=reason) as refused:
        load(SIGNOFF_LIMITS=name)
    assert str(tmp_path) in str(refused.value)


def test_the_file_of_the_handbook_can_be_read(load: Load, tmp_path: Path) -> None:
    page = (Path(__file__).parents[2] / "docs" / "limits.md").read_text(encoding="utf-8")
    toml = page.split("```toml\n")[1].split("```")[0]
    (tmp_path / "limits.toml").write_text(toml, encoding="utf-8")
    (tmp_path / "endpoints.toml").write_text('[vllm]\nbase_url = "https://far.example/v1"\n', encoding="utf-8")
    limits = load(SIGNOFF_ENDPOINTS="endpoints.toml", SIGNOFF_LIMITS="limits.toml").limits
    assert limits.limits_for("sales-follow-up", USUAL) == USUAL.model_copy(update={"usd": Decimal("0.8")})
    assert len(limits.ceilings_for("sales-follow-up", "acme")) == 6
