"""A far end, and model calls that reach it through each SDK."""

from collections.abc import AsyncIterator, Mapping
from pathlib import Path

import pytest
from pydantic import SecretStr

from activities.llm.refusals import Door
from activities.llm.service import LlmActivities
from activities.providers.anthropic import AnthropicProvider
from activities.providers.base import Provider
from activities.providers.openai import OpenAiProvider, compatible, hosted, local
from activities.providers.streaming import USUAL, Patience
from contracts.catalogue import OUTPUTS
from contracts.llm import Ask, ModelRef, Retry
from contracts.sales_follow_up import BUYER_SIGNALS
from runtime.settings import Settings, load_settings
from tests.support.provider_server import ProviderServer

SECRET = "sk-very-secret-0123456789"
NOTES = "Called on Monday. She has put aside 4,300 CHF. Her sister decides."
FITTING = '{"signals": [{"kind": "budget", "quote": "She has put aside 4,300 CHF."}]}'
IMPATIENT = Patience(connect=2.0, silence=0.5, wordless=1.5)


def ask_of(provider: str, retry: Retry | None = None, notes: str = NOTES) -> Ask:
    """The first model step of the sales follow-up, asked of a provider."""
    return Ask(
        step="summarise-signals",
        prompt="sales_follow_up/summarise_signals",
        variables={"notes": notes},
        contract=BUYER_SIGNALS.name,
        facts={"notes": notes},
        model=ModelRef(provider=provider, model="" if provider == "local" else "fake-model"),
        retry=retry,
    )


def providers_at(
    anthropic_url: str, openai_url: str, patience: Patience = IMPATIENT, key: str = SECRET
) -> Mapping[str, Provider]:
    """Each SDK, pointed at a far end, and without much patience."""
    secret = SecretStr(key)
    openai = Door("openai", "OPENAI_API_KEY", "OPENAI_BASE_URL", secret=secret)
    return {
        "anthropic": AnthropicProvider(secret, anthropic_url, patience),
        "openai": OpenAiProvider(openai, openai_url, hosted, patience),
        "local": OpenAiProvider(Door("local", "", "base_url"), openai_url, local, patience),
    }


def other(url: str) -> OpenAiProvider:
    """An endpoint of the settings."""
    return OpenAiProvider(Door("other", "", "base_url", secret=SecretStr(SECRET)), url, compatible)


async def warm_up(folder: Path) -> None:
    """Call once through each SDK: a first call imports for seconds, which is more than those of tests have time for."""
    async with ProviderServer() as server:
        providers = providers_at(server.anthropic_url, server.openai_url, USUAL)
        llm = LlmActivities(load_settings({}, folder), OUTPUTS, providers)
        for provider in ("anthropic", "openai"):
            await llm.ask(ask_of(provider))
        await llm.close()


@pytest.fixture(scope="session", autouse=True)
async def warm(tmp_path_factory: pytest.TempPathFactory) -> None:
    """Once, before all else."""
    await warm_up(tmp_path_factory.mktemp("warm"))


@pytest.fixture
async def server() -> AsyncIterator[ProviderServer]:
    """A far end of this test's own."""
    async with ProviderServer() as started:
        yield started


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """Usual settings, with keys."""
    return load_settings({"ANTHROPIC_API_KEY": SECRET, "OPENAI_API_KEY": SECRET}, tmp_path)


@pytest.fixture
async def llm(server: ProviderServer, settings: Settings) -> AsyncIterator[LlmActivities]:
    """Model calls that reach the far end."""
    activities = LlmActivities(settings, OUTPUTS, providers_at(server.anthropic_url, server.openai_url))
    yield activities
    await activities.close()


@pytest.fixture
async def providers(server: ProviderServer) -> AsyncIterator[Mapping[str, Provider]]:
    """Each provider, and another endpoint that speaks OpenAI's dialect."""
    every = {**providers_at(server.anthropic_url, server.openai_url, USUAL), "other": other(server.openai_url)}
    yield every
    for provider in every.values():
        await provider.close()


@pytest.fixture(params=["anthropic", "openai"])
def provider(request: pytest.FixtureRequest) -> str:
    """Each SDK in turn."""
    return str(request.param)
