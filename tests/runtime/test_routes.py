"""Endpoints and the models that routes name."""

from pathlib import Path

import pytest
from genai_prices import Usage, calc_price

from runtime.routes import DEFAULT_ANTHROPIC, DEFAULT_OPENAI
from runtime.settings import SettingsError, check_worker_settings
from tests.runtime.conftest import Load


def test_an_endpoint_is_a_provider_with_a_key_of_its_own(load: Load, tmp_path: Path) -> None:
    (tmp_path / "endpoints.toml").write_text(
        '[far-one]\nbase_url = "https://far.example/v1"\napi_key_env = "FAR_KEY"\n', encoding="utf-8"
    )

    settings = load(dotenv="FAR_KEY=sk-far\n", SIGNOFF_ENDPOINTS="endpoints.toml", SIGNOFF_MODELS="far-one:a:7b")

    assert str(settings.models[0]) == "far-one:a:7b"
    key = settings.endpoints["far-one"].api_key
    assert key is not None
    assert key.get_secret_value() == "sk-far"
    assert "local" in settings.endpoints
    check_worker_settings(settings)


def test_an_endpoint_without_its_key_stops_a_worker_by_name(load: Load, tmp_path: Path) -> None:
    (tmp_path / "endpoints.toml").write_text(
        '[far]\nbase_url = "https://far.example/v1"\napi_key_env = "FAR_KEY"\n', encoding="utf-8"
    )

    settings = load(SIGNOFF_ENDPOINTS="endpoints.toml", SIGNOFF_MODELS="far:x")

    with pytest.raises(SettingsError, match=r"^FAR_KEY is not set, and a route names far:x"):
        check_worker_settings(settings)


def test_a_local_table_moves_the_local_model(load: Load, tmp_path: Path) -> None:
    (tmp_path / "endpoints.toml").write_text('[local]\nbase_url = "http://box:1/v1"\n', encoding="utf-8")

    assert load(SIGNOFF_ENDPOINTS="endpoints.toml").endpoints["local"].base_url == "http://box:1/v1"


@pytest.mark.parametrize(
    ("toml", "says"),
    [
        ("[far", "which is not TOML"),
        ("far = 3", "far: "),
        ("[far]", "far.base_url: Field required"),
        ('[far]\nbase_url = "far:1"', "base_url of [far] must be http://"),
        ('[far]\nbase_url = "http://u:sk-secret@far"', "must not hold a user"),
        ('[far]\nbase_url = "http://far"\napi_key = "sk-secret"', "far.api_key: "),
        ('[Far]\nbase_url = "http://far"', "[Far] must be another name"),
        ('[openai]\nbase_url = "http://far"', "[openai] must be another name"),
        ('[scripted]\nbase_url = "http://far"', "[scripted] must be another name"),
    ],
)
def test_an_endpoints_file_that_cannot_be_right_is_refused_in_one_line(
    load: Load, tmp_path: Path, toml: str, says: str
) -> None:
    (tmp_path / "endpoints.toml").write_text(toml, encoding="utf-8")

    with pytest.raises(SettingsError) as refused:
        load(SIGNOFF_ENDPOINTS="endpoints.toml")

    line = str(refused.value)
    assert line.startswith("SIGNOFF_ENDPOINTS (from environment) names ")
    assert says in line
    assert line.isprintable()
    assert "secret" not in line


@pytest.mark.parametrize("model", [DEFAULT_ANTHROPIC, DEFAULT_OPENAI], ids=str)
def test_the_models_taken_by_default_have_a_known_price(model: object) -> None:
    provider, name = str(model).split(":")

    usage = Usage(input_tokens=1_000_000, output_tokens=1_000_000)
    assert calc_price(usage, model_ref=name, provider_id=provider).total_price > 0
