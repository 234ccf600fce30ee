"""Every setting: its values, its refusals, and what people see of it."""

import base64
from pathlib import Path

import pytest

from contracts.llm import ModelRef, Role
from runtime.described import describe_settings
from runtime.settings import SettingsError, check_worker_settings
from runtime.table import SETTINGS
from tests.runtime.conftest import Load
from tests.support.sealed import key

SECRET = "sk-do-not-show"


def test_an_empty_folder_has_settings_that_work(load: Load, tmp_path: Path) -> None:
    settings = load()

    assert settings.temporal_address == "localhost:7233"
    assert settings.temporal_namespace == "default"
    assert settings.ui_url == "http://localhost:8233"
    assert settings.models == (ModelRef(provider="local"),)
    assert settings.endpoints["local"].base_url == "http://127.0.0.1:8234/v1"
    assert settings.database_url == f"sqlite:///{tmp_path}/.signoff/signoff.db"
    assert settings.state == tmp_path / ".signoff"
    assert settings.smtp_url is None
    assert (settings.blobs, settings.blobs_above) == ("off", 16384)
    assert settings.capture_content is False
    check_worker_settings(settings)


@pytest.mark.parametrize(
    ("name", "value", "says"),
    [
        ("TEMPORAL_ADDRESS", "localhost", "must be HOST:PORT"),
        ("TEMPORAL_ADDRESS", "http://localhost:7233", "must be HOST:PORT"),
        ("TEMPORAL_ADDRESS", "localhost:0", "must be HOST:PORT"),
        ("TEMPORAL_ADDRESS", "localhost:70000", "must be HOST:PORT"),
        ("TEMPORAL_ADDRESS", "::1:7233", "must be HOST:PORT"),
        ("TEMPORAL_NAMESPACE", "two words", "must hold no blanks"),
        ("TEMPORAL_API_KEY", f"{SECRET} x", "copy it again"),
        ("ANTHROPIC_API_KEY", f"{SECRET}é", "copy it again"),
        ("OPENAI_API_KEY", f"{SECRET}\x07", "unprintable"),
        ("ANTHROPIC_BASE_URL", "localhost:1", "must be http://"),
        ("OPENAI_BASE_URL", f"http://user:{SECRET}@host", "must not hold a user or a password"),
        ("SIGNOFF_MODELS", "gpt", "known are local and anthropic:…"),
        ("SIGNOFF_MODELS", "anthropic:", "write anthropic:MODEL"),
        ("SIGNOFF_MODELS", "openai:a b", "write openai:MODEL"),
        ("SIGNOFF_MODELS", "local,", "known are"),
        ("SIGNOFF_MODELS", "local:other", "the local model takes no name"),
        ("SIGNOFF_MODELS_FAST", "scripted:gone.json", "there is no file"),
        ("SIGNOFF_MODELS_STRONG", "ollama:x", "known are"),
        ("SIGNOFF_ENDPOINTS", "gone.toml", "cannot be read"),
        ("SIGNOFF_DATABASE_URL", "mysql://host/name", "must be sqlite:///PATH or postgresql://"),
        ("SIGNOFF_DATABASE_URL", "sqlite://", "must be sqlite:///PATH"),
        ("SIGNOFF_DATABASE_URL", "sqlite:///:memory:", "must be sqlite:///PATH"),
        ("SIGNOFF_DATABASE_URL", "sqlite:///x?mode=memory", "must be sqlite:///PATH"),
        ("SIGNOFF_DATABASE_URL", f"postgres:/u:{SECRET}@host", "must be sqlite:///PATH"),
        ("SIGNOFF_DATABASE_URL", f"postgresql://u:{SECRET}@host:x/db", "must be sqlite:///PATH"),
        ("SIGNOFF_BLOBS", "blobs", "must be file:PATH, database or off"),
        ("SIGNOFF_BLOBS", "file:", "must be file:PATH, database or off"),
        ("SIGNOFF_BLOBS", "s3://bucket/prefix", "must be file:PATH, database or off"),
        ("SIGNOFF_BLOBS_ABOVE", "16K", "must be a number of bytes"),
        ("SIGNOFF_BLOBS_ABOVE", "100", "must be a number of bytes, 1024 to 1048576"),
        ("SIGNOFF_BLOBS_ABOVE", "2000000", "must be a number of bytes"),
        ("SIGNOFF_SMTP_URL", f"http://u:{SECRET}@host", "must be smtp://"),
        ("SIGNOFF_SMTP_URL", f"smtp://u:{SECRET}@host:port", "must be smtp://"),
        ("SIGNOFF_SMTP_URL", "smtp://", "must be smtp://"),
        ("SIGNOFF_MAIL_PROBE", "maildir:", "must be maildir:PATH"),
        ("SIGNOFF_MAIL_PROBE", f"pop3://u:{SECRET}@host", "must be maildir:PATH"),
        ("SIGNOFF_CAPTURE_CONTENT", "maybe", "must be true or false"),
        ("SIGNOFF_CAPTURE_CONTENT", "2", "must be true or false"),
        ("OTEL_EXPORTER_OTLP_ENDPOINT", "collector:4318", "must be http://"),
        ("OTEL_EXPORTER_OTLP_HEADERS", SECRET, "must be NAME=VALUE"),
        ("SIGNOFF_APPROVERS", "gone.toml", "cannot be read"),
        ("SIGNOFF_WEBHOOK_SECRET", f"{SECRET} x", "copy it again"),
        ("SIGNOFF_PAYLOAD_KEYS", SECRET, "must be ID:BASE64, with commas between; number 1 has no colon"),
        ("SIGNOFF_PAYLOAD_KEYS", f"main:{SECRET}", 'the key "main", which is not base64'),
        ("SIGNOFF_PAYLOAD_KEYS", "main:c2hvcnQ=", 'the key "main" of 5 bytes, not 32'),
        ("SIGNOFF_PAYLOAD_KEYS", f"{key('a')},{key('a')}", 'two keys with the id "a"'),
        ("SIGNOFF_PAYLOAD_KEYS", key("a b"), "an id that is not 1 to 40 letters"),
        ("SIGNOFF_PAYLOAD_KEYS", "@gone.keys", "gone.keys, which cannot be read (No such file or directory)"),
        ("SIGNOFF_CODEC_TOKEN", SECRET[:12], "must have at least 20 characters"),
    ],
)
def test_a_value_that_cannot_be_right_is_refused_in_one_line_by_name(
    load: Load, name: str, value: str, says: str
) -> None:
    with pytest.raises(SettingsError) as refused:
        load(**{name: value})

    line = str(refused.value)
    assert line.startswith(f"{name} (from environment)")
    assert says in line
    assert line.isprintable()
    assert SECRET not in line
    assert refused.value.__cause__ is None


@pytest.mark.parametrize(
    ("name", "says"),
    [
        ("SIGNOFF_MODLES", "did you mean SIGNOFF_MODELS?"),
        ("SIGNOFF_DATABASE", "did you mean SIGNOFF_DATABASE_URL?"),
        ("SIGNOFF_XYZ", "unset it"),
    ],
)
def test_a_misspelt_setting_is_named_with_its_nearest(load: Load, name: str, says: str) -> None:
    with pytest.raises(SettingsError) as refused:
        load(dotenv=f"{name}=1\n")

    assert str(refused.value).startswith(f"{name} (from .env) is not a setting; ")
    assert says in str(refused.value)


def test_keys_of_a_file_are_those_of_a_line(load: Load, tmp_path: Path) -> None:
    (tmp_path / "payload.keys").write_text(f"# this year's\n{key('new', 1)}\n\n{key('old', 2)}  # until June\n")

    of_file = load(SIGNOFF_PAYLOAD_KEYS="@payload.keys").payload_keys
    of_line = load(SIGNOFF_PAYLOAD_KEYS=f"{key('new', 1)}, {key('old', 2)}").payload_keys

    assert of_file is not None
    assert of_line is not None
    assert of_file.keys == of_line.keys
    assert (of_line.first, str(of_line)) == ("new", "new:***,old:***")
    assert base64.b64encode(bytes([1]) * 32).decode() not in repr(of_line)


@pytest.mark.parametrize("text", ["true", "TRUE", "1", "yes", "on"])
def test_content_is_captured_when_asked_for(load: Load, text: str) -> None:
    assert load(SIGNOFF_CAPTURE_CONTENT=text).capture_content is True


def test_paths_are_seen_from_the_folder(load: Load, tmp_path: Path) -> None:
    (tmp_path / "replies.json").write_text("{}", encoding="utf-8")

    settings = load(
        SIGNOFF_DATABASE_URL="sqlite:///data/own.db",
        SIGNOFF_MAIL_PROBE="maildir:mail",
        SIGNOFF_MODELS="scripted:replies.json",
    )

    assert settings.database_url == f"sqlite:///{tmp_path}/data/own.db"
    assert settings.mail_probe == f"maildir:{tmp_path}/mail"
    assert settings.models == (ModelRef(provider="scripted", model=f"{tmp_path}/replies.json"),)
    assert load(SIGNOFF_DATABASE_URL="sqlite:////abs/own.db").database_url == "sqlite:////abs/own.db"


def test_a_route_is_taken_in_its_order_and_roles_have_their_own(load: Load) -> None:
    settings = load(SIGNOFF_MODELS="openai:gpt-x, anthropic:claude-x,local", SIGNOFF_MODELS_FAST="local")

    assert [str(model) for model in settings.route(Role.DEFAULT)] == ["openai:gpt-x", "anthropic:claude-x", "local"]
    assert settings.route(Role.STRONG) == settings.models
    assert settings.route(Role.FAST) == (ModelRef(provider="local"),)


def test_a_key_alone_chooses_that_vendor_s_model(load: Load) -> None:
    assert [model.provider for model in load(OPENAI_API_KEY="sk-1").models] == ["openai"]
    assert [model.provider for model in load(ANTHROPIC_API_KEY="sk-2").models] == ["anthropic", "openai"]


def test_only_a_worker_needs_the_keys_of_its_route(load: Load) -> None:
    settings = load(SIGNOFF_MODELS_STRONG="anthropic:claude-x")

    with pytest.raises(SettingsError, match=r"^ANTHROPIC_API_KEY is not set, and a route names anthropic:claude-x: "):
        check_worker_settings(settings)
    check_worker_settings(load(ANTHROPIC_API_KEY="sk-1"))


@pytest.mark.parametrize(
    ("address", "ui"),
    [("[::1]:7300", "http://[::1]:8300"), ("sales.a1b2c.tmprl.cloud:7233", "https://cloud.temporal.io")],
)
def test_the_web_ui_is_where_it_usually_is(load: Load, address: str, ui: str) -> None:
    assert load(TEMPORAL_ADDRESS=address).ui_url == ui


def test_no_secret_is_shown(load: Load) -> None:
    settings = load(
        TEMPORAL_API_KEY=SECRET,
        ANTHROPIC_API_KEY=SECRET,
        OPENAI_API_KEY=SECRET,
        SIGNOFF_WEBHOOK_SECRET=SECRET,
        SIGNOFF_CODEC_TOKEN=SECRET * 2,
        SIGNOFF_PAYLOAD_KEYS=key("main"),
        OTEL_EXPORTER_OTLP_HEADERS=f"authorization=Bearer {SECRET}",
        SIGNOFF_SMTP_URL=f"smtps://ann:{SECRET}@mail:465",
        SIGNOFF_MAIL_PROBE=f"imaps://ann:{SECRET}@x@mail",
        SIGNOFF_DATABASE_URL=f"postgresql://host/db?user=ann&password={SECRET}",
    )

    lines = describe_settings(settings)

    told = repr(settings) + str(settings) + str(lines)
    assert not [one for one in (SECRET, key("main")) if one in told]
    shown = {line.name: line.value for line in lines}
    assert shown["SIGNOFF_SMTP_URL"] == "smtps://ann:***@mail:465"
    assert shown["SIGNOFF_MAIL_PROBE"] == "imaps://ann:***@mail"
    assert shown["SIGNOFF_DATABASE_URL"] == "postgresql://host/db?user=ann&password=***"
    assert shown.pop("SIGNOFF_PAYLOAD_KEYS") == "main:***"
    assert all(shown.get(setting.name, "***") == "***" for setting in SETTINGS if setting.secret)


def test_every_setting_is_described_with_its_source(load: Load) -> None:
    lines = {line.name: line for line in describe_settings(load(dotenv="SIGNOFF_CAPTURE_CONTENT=on\n"))}

    assert list(lines) == [setting.name for setting in SETTINGS]
    assert lines["SIGNOFF_CAPTURE_CONTENT"][1:3] == ("true", ".env")
    assert lines["TEMPORAL_TLS"][1:3] == ("off", "default")
    assert lines["SIGNOFF_SMTP_URL"][1:3] == (None, "default")
    assert all(line.meaning for line in lines.values())
