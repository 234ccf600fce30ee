"""The systems that the HTTP tool may talk to, the folders that the file tool may read, and how long a mail may take."""

from datetime import timedelta
from pathlib import Path

import pytest

from runtime.described import describe_settings
from runtime.settings import SettingsError, check_worker_settings
from tests.runtime.conftest import Load

SHOP = '[shop]\nbase_url = "https://shop.example/api/"\n'


def test_a_system_has_its_address_its_token_and_what_it_honours(load: Load, tmp_path: Path) -> None:
    more = 'token_env = "SHOP_TOKEN"\nidempotency_keys = true\n[plain]\nbase_url = "http://plain:8080"\n'
    (tmp_path / "systems.toml").write_text(SHOP + more, encoding="utf-8-sig")
    settings = load(dotenv="SHOP_TOKEN=secret-word\n", SIGNOFF_SYSTEMS="systems.toml")
    shop, plain = settings.systems["shop"], settings.systems["plain"]
    assert (shop.base_url, shop.idempotency_keys) == ("https://shop.example/api", True)
    assert shop.token is not None
    assert shop.token.get_secret_value() == "secret-word"
    assert (plain.base_url, plain.token, plain.idempotency_keys) == ("http://plain:8080", None, False)
    check_worker_settings(settings)
    assert "secret-word" not in repr(settings)
    assert "secret-word" not in str(describe_settings(settings))


def test_a_token_that_is_missing_stops_a_worker_by_name(load: Load, tmp_path: Path) -> None:
    (tmp_path / "systems.toml").write_text(SHOP + 'token_env = "SHOP_TOKEN"\n', encoding="utf-8")
    settings = load(SIGNOFF_SYSTEMS="systems.toml")
    with pytest.raises(SettingsError, match=r"^SHOP_TOKEN is not set, and \[shop\] of .*systems\.toml needs it$"):
        check_worker_settings(settings)


@pytest.mark.parametrize(
    ("toml", "says"),
    [
        ("[shop", "which is not TOML"),
        ("shop = 3", "shop: "),
        ("[shop]", "shop.base_url: Field required"),
        ('[shop]\nbase_url = "shop:1"', "base_url of [shop] must be http://"),
        ('[shop]\nbase_url = "https://u:sk-secret@shop"', "must not hold a user"),
        ('[shop]\nbase_url = "https://shop/?q=1"', "base_url of [shop] must end with its path"),
        ('[shop]\nbase_url = "https://shop/#a"', "base_url of [shop] must end with its path"),
        ('[shop]\nbase_url = "https://shop"\ntoken = "sk-secret"', "shop.token: "),
        ('[shop]\nbase_url = "https://shop"\ntoken_env = ""', "shop.token_env: "),
        ('[shop]\nbase_url = "https://shop"\nidempotency_keys = "yes"', "shop.idempotency_keys: "),
        (
            '[shop]\nbase_url = "http://shop"\ntoken_env = "T"',
            "must be https://, or its token would be sent in the clear",
        ),
        ('[shop]\nbase_url = "tcp://shop"', "must be tcp://HOST:PORT and nothing more"),
        ('[shop]\nbase_url = "tcp://shop:1/x"', "must be tcp://HOST:PORT and nothing more"),
        ('[shop]\nbase_url = "tcp://sk-secret@shop:1"', "must be tcp://HOST:PORT and nothing more"),
        ('[shop]\nbase_url = "tcp://shop:1"\ntoken_env = "T"', "looked at, never talked to"),
        ('[shop]\nbase_url = "tcp:shop:1"', "base_url of [shop] must be tcp://HOST[:PORT]"),
        ('["Shop\\n"]\nbase_url = "https://shop"', "must be another name"),
        ("a = " + "[" * 5000, "which is not TOML"),
    ],
)
def test_a_systems_file_that_cannot_be_right_is_refused_in_one_line(
    load: Load, tmp_path: Path, toml: str, says: str
) -> None:
    (tmp_path / "systems.toml").write_text(toml, encoding="utf-8")
    with pytest.raises(SettingsError) as refused:
        load(SIGNOFF_SYSTEMS="systems.toml")
    line = str(refused.value)
    assert line.startswith(f"SIGNOFF_SYSTEMS (from environment) names {tmp_path}/systems.toml")
    assert says in line
    assert line.isprintable()
    assert "sk-secret" not in line


def test_a_token_may_go_in_the_clear_on_this_machine(load: Load, tmp_path: Path) -> None:
    (tmp_path / "systems.toml").write_text('[shop]\nbase_url = "http://127.0.0.1:1"\ntoken_env = "T"\n')
    assert load(SIGNOFF_SYSTEMS="systems.toml").systems["shop"].token_variable == "T"


def test_a_systems_file_that_is_not_there_is_named(load: Load) -> None:
    with pytest.raises(SettingsError, match=r"SIGNOFF_SYSTEMS .* names .*gone\.toml, which cannot be read"):
        load(SIGNOFF_SYSTEMS="gone.toml")


def test_a_system_that_is_only_looked_at_has_a_place(load: Load, tmp_path: Path) -> None:
    (tmp_path / "systems.toml").write_text('[db]\nbase_url = "tcp://db.example:5432"\n')
    assert load(SIGNOFF_SYSTEMS="systems.toml").systems["db"].base_url == "tcp://db.example:5432"


def test_the_articles_are_the_samples_unless_a_folder_is_named(load: Load, tmp_path: Path) -> None:
    assert (load().knowledge / "disk-full.md").is_file()
    (tmp_path / "articles").mkdir()
    assert load(SIGNOFF_KNOWLEDGE="articles").knowledge == tmp_path / "articles"
    with pytest.raises(SettingsError, match=r"SIGNOFF_KNOWLEDGE .* names .*gone, which is no folder here"):
        load(SIGNOFF_KNOWLEDGE="gone")


def test_folders_are_seen_from_here_and_as_what_they_are(load: Load, tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    (tmp_path / "b").symlink_to("a")
    settings = load(SIGNOFF_FILES=f"a, {tmp_path}/b")
    assert settings.files == (tmp_path / "a", tmp_path / "a")


@pytest.mark.parametrize("value", ["gone", "a,", "a,,a", "file"])
def test_a_folder_that_is_none_stops_the_program(load: Load, tmp_path: Path, value: str) -> None:
    (tmp_path / "a").mkdir()
    (tmp_path / "file").touch()
    with pytest.raises(SettingsError, match=r'SIGNOFF_FILES \(from environment\) holds ".*", which is no folder here'):
        load(SIGNOFF_FILES=value)


@pytest.mark.parametrize(
    ("probe", "delay", "seconds"),
    [
        (None, None, 60),
        ("maildir:mail", None, 2),
        ("imaps://ann@host", None, 60),
        ("maildir:mail", "5m", 300),
        ("imaps://ann@host", "PT3S", 3),
    ],
)
def test_how_long_a_mail_may_stay_unseen(load: Load, probe: str | None, delay: str | None, seconds: int) -> None:
    given = {"SIGNOFF_MAIL_PROBE": probe, "SIGNOFF_MAIL_DELAY": delay}
    settings = load(**{name: value for name, value in given.items() if value})
    assert settings.mail_delay == timedelta(seconds=seconds)


@pytest.mark.parametrize("value", ["soon", "0s", "-1s", "2d", "nan", "99999999999d"])
def test_a_delay_that_is_none_stops_the_program(load: Load, value: str) -> None:
    with pytest.raises(SettingsError, match="must be a length of time up to a day"):
        load(SIGNOFF_MAIL_DELAY=value)


def test_the_file_on_the_page_is_one_that_is_read(load: Load, tmp_path: Path) -> None:
    page = (Path(__file__).resolve().parents[2] / "docs" / "tools.md").read_text(encoding="utf-8")
    (tmp_path / "systems.toml").write_text(page.partition("```toml\n")[2].partition("```")[0], encoding="utf-8")
    settings = load(SIGNOFF_SYSTEMS="systems.toml", SHOP_TOKEN="secret-word")
    assert settings.systems["shop"].idempotency_keys
    check_worker_settings(settings)
