"""The order of the sources, and what each of them may look like."""

import fcntl
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from runtime.described import describe_settings
from runtime.settings import PLAIN_CONNECTION, Settings, SettingsError, child_environment
from tests.runtime.conftest import Load


def source_of(settings: Settings, name: str) -> str:
    return next(line.source for line in describe_settings(settings) if line.name == name)


def write_stack(folder: Path, **values: object) -> None:
    (folder / ".signoff").mkdir(exist_ok=True)
    running = {
        "pid": os.getpid(),
        "temporal": "127.0.0.1:7777",
        "namespace": "stacked",
        "ui": "http://127.0.0.1:8777",
        "model": "http://127.0.0.1:9777/v1",
        "smtp": "smtp://127.0.0.1:2577",
        "maildir": "/stack/mail",
        "blobs": "file:/stack/blobs",
        "children": {"temporal": 1},
    }
    (folder / ".signoff" / "stack.json").write_text(json.dumps(running | values), encoding="utf-8")


def write_profile(folder: Path, text: str) -> str:
    path = folder / "temporal.toml"
    path.write_text(text, encoding="utf-8")
    return str(path)


def dead_pid() -> int:
    child = subprocess.Popen([sys.executable, "-c", ""])
    child.wait()
    return child.pid


def test_each_source_gives_way_to_the_one_before_it(load: Load, tmp_path: Path) -> None:
    def now() -> tuple[str, str]:
        settings = load()
        return settings.temporal_address, source_of(settings, "TEMPORAL_ADDRESS")

    assert now() == ("localhost:7233", "default")
    write_stack(tmp_path)
    assert now() == ("127.0.0.1:7777", ".signoff/stack.json")
    load(TEMPORAL_CONFIG_FILE=write_profile(tmp_path, '[profile.default]\naddress = "profile:1"\n'))
    assert now() == ("profile:1", "profile default")
    load(dotenv="TEMPORAL_ADDRESS=dotenv:1\n")
    assert now() == ("dotenv:1", ".env")
    load(TEMPORAL_ADDRESS="environment:1")
    assert now() == ("environment:1", "environment")
    settings = load(flags={"TEMPORAL_ADDRESS": "flag:1"})
    assert (settings.temporal_address, source_of(settings, "TEMPORAL_ADDRESS")) == ("flag:1", "flags")


def test_the_cli_profile_at_its_usual_place_is_read(load: Load, tmp_path: Path) -> None:
    mac = sys.platform == "darwin"
    place = tmp_path / "home" / ("Library/Application Support" if mac else "") / "temporalio"
    place.mkdir(parents=True)
    (place / "temporal.toml").write_text('[profile.ours]\naddress = "ours:1"\n', encoding="utf-8")

    assert load(TEMPORAL_PROFILE="ours").temporal_address == "ours:1"


def test_a_running_stack_gives_all_its_addresses(load: Load, tmp_path: Path) -> None:
    write_stack(tmp_path)

    settings = load()

    assert settings.temporal_namespace == "stacked"
    assert settings.ui_url == "http://127.0.0.1:8777"
    assert settings.endpoints["local"].base_url == "http://127.0.0.1:9777/v1"
    assert settings.smtp_url == "smtp://127.0.0.1:2577"
    assert settings.mail_probe == "maildir:/stack/mail"
    assert settings.blobs == "file:/stack/blobs"


def test_a_stack_says_nothing_of_another_server(load: Load, tmp_path: Path) -> None:
    write_stack(tmp_path)

    settings = load(TEMPORAL_ADDRESS="far:7233")

    assert (settings.temporal_namespace, settings.ui_url) == ("default", "http://far:8233")
    assert settings.blobs == "off"
    assert settings.smtp_url == "smtp://127.0.0.1:2577"
    assert load(TEMPORAL_ADDRESS="127.0.0.1:7777").temporal_namespace == "stacked"


def test_a_stack_that_has_ended_is_ignored(load: Load, tmp_path: Path) -> None:
    write_stack(tmp_path, pid=dead_pid())

    assert load().temporal_address == "localhost:7233"


def test_the_key_of_another_server_is_not_sent_to_the_stack(load: Load, tmp_path: Path) -> None:
    write_stack(tmp_path)

    settings = load(TEMPORAL_API_KEY="sk-elsewhere", TEMPORAL_GRPC_META_TOKEN="t")

    assert settings.temporal_api_key is None
    assert settings.temporal_tls is None
    assert settings.temporal_metadata == {}


@pytest.mark.parametrize("content", ["{", '{"pid": "x"}', '{"pid": 0}', "\ud800"])
def test_a_stack_file_that_says_nothing_counts_only_while_a_stack_runs(
    load: Load, tmp_path: Path, content: str
) -> None:
    (tmp_path / ".signoff").mkdir()
    (tmp_path / ".signoff" / "stack.json").write_text(content, encoding="utf-8", errors="surrogatepass")
    assert load().temporal_address == "localhost:7233"
    with (tmp_path / ".signoff" / "lock").open("w") as lock:
        assert load().temporal_address == "localhost:7233"
        fcntl.flock(lock, fcntl.LOCK_EX)

        with pytest.raises(SettingsError, match=r"^\.signoff/stack\.json cannot be read: .*remove the file$"):
            load()


def test_a_state_folder_that_is_a_file_is_called_so(load: Load, tmp_path: Path) -> None:
    (tmp_path / ".signoff").write_text("a file")

    with pytest.raises(SettingsError, match=r"^\.signoff is not a folder: "):
        load()


def test_a_stack_file_that_cannot_be_read_is_named(load: Load, tmp_path: Path) -> None:
    (tmp_path / ".signoff" / "stack.json").mkdir(parents=True)

    with pytest.raises(SettingsError, match=r"^\.signoff/stack\.json cannot be read: .*remove the file$"):
        load()


def test_an_empty_value_hides_what_weaker_sources_say(load: Load) -> None:
    settings = load(dotenv="SIGNOFF_SMTP_URL=smtp://mail\n", SIGNOFF_SMTP_URL="")

    assert settings.smtp_url is None
    assert source_of(settings, "SIGNOFF_SMTP_URL") == "default"


def test_quotes_comments_and_exports_in_dotenv_are_understood(load: Load) -> None:
    settings = load(dotenv="\ufeff# ours\nexport OPENAI_API_KEY='sk-1'\n\nTEMPORAL_NAMESPACE=sales # theirs\n")

    assert settings.openai_api_key is not None
    assert settings.openai_api_key.get_secret_value() == "sk-1"
    assert settings.temporal_namespace == "sales"


@pytest.mark.parametrize(
    "line", ["OPENAI_API_KEY sk-secret", "sk-secret", "OPENAI_API_KEY='sk-secret", "OPENAI_API_KEY='sk-secret' x"]
)
def test_a_malformed_line_of_dotenv_is_named_by_its_number_and_not_quoted(load: Load, line: str) -> None:
    with pytest.raises(SettingsError) as refused:
        load(dotenv=f"TEMPORAL_NAMESPACE=x\n\n\n{line}\n")

    assert str(refused.value).startswith(".env, line 4: ")
    assert "secret" not in str(refused.value)


def test_a_dotenv_that_is_not_text_is_refused(load: Load, tmp_path: Path) -> None:
    (tmp_path / ".env").write_bytes(b"OPENAI_API_KEY=\xff\xfe")

    with pytest.raises(SettingsError, match=r"^\.env is not UTF-8 text: "):
        load()


def test_a_dotenv_that_cannot_be_read_is_refused(load: Load, tmp_path: Path) -> None:
    (tmp_path / ".env").mkdir()

    with pytest.raises(SettingsError, match=r"^\.env cannot be read \("):
        load()


@pytest.mark.parametrize(
    ("toml", "says"),
    [
        ('[profile.default]\napi_key = "sk-secret\n', "TOML parse error at line 2"),
        ("[profile.default]\naddress = 7\n", "TOML parse error at line 2"),
        ('[profile.other]\naddress = "x:1"\n', "Profile 'wanted' not found"),
    ],
)
def test_a_cli_configuration_that_cannot_be_right_is_named_in_one_line(
    load: Load, tmp_path: Path, toml: str, says: str
) -> None:
    file = write_profile(tmp_path, toml)

    with pytest.raises(SettingsError) as refused:
        load(TEMPORAL_CONFIG_FILE=file, **({"TEMPORAL_PROFILE": "wanted"} if "wanted" in says else {}))

    assert says in str(refused.value)
    assert file in str(refused.value)
    assert "secret" not in str(refused.value)
    assert "\n" not in str(refused.value)


def test_a_cli_configuration_that_is_not_there_is_named(load: Load) -> None:
    with pytest.raises(SettingsError, match=r"^TEMPORAL_CONFIG_FILE \(from environment\) names .*gone\.toml"):
        load(TEMPORAL_CONFIG_FILE="gone.toml")


def test_tls_settings_of_the_profile_are_taken_whole(load: Load, tmp_path: Path) -> None:
    (tmp_path / "ca.pem").write_bytes(b"ca")
    profile = f"""
        [profile.default]
        address = "far:7233"
        [profile.default.tls]
        server_name = "temporal.example"
        server_ca_cert_path = "{tmp_path / "ca.pem"}"
        client_cert_data = "cert"
        client_key_data = "key"
        [profile.default.grpc_meta]
        team = "sales"
    """

    settings = load(TEMPORAL_CONFIG_FILE=write_profile(tmp_path, profile))

    tls = settings.temporal_tls
    assert tls is not None
    assert (tls.server_name, tls.server_ca, tls.client_cert, tls.client_key) == (
        "temporal.example",
        b"ca",
        b"cert",
        b"key",
    )
    assert settings.temporal_metadata == {"team": "sales"}
    assert "b'key'" not in repr(settings)


def test_an_api_key_turns_tls_on_unless_it_is_ruled_out(load: Load) -> None:
    assert load(TEMPORAL_API_KEY="sk-1").temporal_tls is not None
    assert load(TEMPORAL_TLS="false").temporal_tls is None


@pytest.mark.parametrize(
    ("environment", "says"),
    [
        ({"TEMPORAL_TLS": "maybe"}, "TEMPORAL_TLS (from environment) must be true or false"),
        ({"TEMPORAL_TLS_CLIENT_CERT_DATA": "x"}, "must be set together"),
        ({"TEMPORAL_TLS_SERVER_CA_CERT_PATH": "/gone.pem"}, "TLS file /gone.pem cannot be read"),
        ({"TEMPORAL_TLS_CLIENT_KEY_DATA": "x", "TEMPORAL_TLS_CLIENT_KEY_PATH": "y"}, "Cannot specify both"),
    ],
)
def test_tls_settings_that_cannot_be_right_are_refused(load: Load, environment: dict[str, str], says: str) -> None:
    with pytest.raises(SettingsError) as refused:
        load(**environment)

    assert says in str(refused.value)


def test_children_of_the_stack_meet_no_other_server_s_settings(load: Load, monkeypatch: pytest.MonkeyPatch) -> None:
    load(TEMPORAL_ADDRESS="far:1", TEMPORAL_TLS_SERVER_NAME="far", OPENAI_API_KEY="sk-1")

    child = child_environment()

    assert {name: value for name, value in child.items() if name.startswith("TEMPORAL_")} == PLAIN_CONNECTION
    assert child["OPENAI_API_KEY"] == "sk-1"
    for name in [name for name in os.environ if name.startswith("TEMPORAL_")]:
        monkeypatch.delenv(name)
    settings = load(dotenv="TEMPORAL_API_KEY=sk-2\nTEMPORAL_PROFILE=far\n", **PLAIN_CONNECTION)
    assert settings.temporal_api_key is None
    assert settings.temporal_tls is None
