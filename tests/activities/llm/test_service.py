"""Routes, providers by name, and what an import costs."""

import subprocess
import sys
from pathlib import Path

import pytest

from activities.llm.service import LlmActivities
from contracts.catalogue import OUTPUTS
from contracts.errors import ModelRefused
from contracts.llm import Role, RouteRequest, Verdict
from runtime.settings import load_settings
from tests.activities.llm.conftest import FITTING, ask_of
from tests.support.provider_server import Fails, ProviderServer, Says


async def test_a_role_has_the_route_of_the_settings(tmp_path: Path) -> None:
    flags = {"SIGNOFF_MODELS": "anthropic:a,local", "SIGNOFF_MODELS_FAST": "openai:b"}
    llm = LlmActivities(load_settings(flags, tmp_path), OUTPUTS)
    routes = [(await llm.route(RouteRequest(role=role))).models for role in (Role.DEFAULT, Role.FAST, Role.STRONG)]
    assert [[str(model) for model in route] for route in routes] == [
        ["anthropic:a", "local"],
        ["openai:b"],
        ["anthropic:a", "local"],
    ]


async def test_an_endpoint_is_asked_with_its_own_key_and_nothing_of_openai(
    server: ProviderServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OPENAI_ORG_ID", "our-organisation")
    monkeypatch.setenv("OPENAI_API_KEY", "our-openai-key")
    monkeypatch.setenv("OPENAI_PROJECT_ID", "our-project")
    monkeypatch.setenv("OPENAI_CUSTOM_HEADERS", "x-gateway-key: our-gateway-key")
    monkeypatch.setenv("VLLM_KEY", "their-key")
    (tmp_path / "endpoints.toml").write_text(f'[vllm]\nbase_url = "{server.openai_url}"\napi_key_env = "VLLM_KEY"\n')
    llm = LlmActivities(load_settings({"SIGNOFF_ENDPOINTS": "endpoints.toml"}, tmp_path), OUTPUTS)
    server.will(Says(FITTING), Fails(401))
    assert (await llm.ask(ask_of("vllm"))).verdict is Verdict.FITS
    (request,) = server.requests
    assert request.headers["authorization"] == "Bearer their-key"
    assert "our-" not in str(request.headers)
    assert request.body["max_tokens"] == 1000
    with pytest.raises(ModelRefused, match="VLLM_KEY was refused by the provider"):
        await llm.ask(ask_of("vllm"))
    await llm.close()


def test_no_sdk_is_imported_before_it_is_used() -> None:
    code = "import sys, activities.llm.service; print({'anthropic', 'openai', 'genai_prices'} & sys.modules.keys())"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "set()\n"
