"""Which provider answers to which name, from the settings."""

from collections.abc import Mapping

from activities.llm.refusals import Door
from activities.providers.anthropic import AnthropicProvider
from activities.providers.base import Provider
from activities.providers.openai import OpenAiProvider, compatible, hosted, local
from activities.providers.scripted import ScriptedProvider
from activities.providers.streaming import LOCAL, USUAL
from runtime.settings import Settings


def providers_of(settings: Settings) -> Mapping[str, Provider]:
    """Every provider that a route can name. Nothing is imported or connected before its first call."""
    openai = Door("openai", "OPENAI_API_KEY", "OPENAI_BASE_URL", secret=settings.openai_api_key)
    return {
        "anthropic": AnthropicProvider(settings.anthropic_api_key, settings.anthropic_base_url),
        "openai": OpenAiProvider(openai, settings.openai_base_url, hosted),
        "scripted": ScriptedProvider(),
        **{name: _endpoint(name, settings) for name in settings.endpoints},
    }


def _endpoint(name: str, settings: Settings) -> Provider:
    endpoint = settings.endpoints[name]
    url = f"base_url of [{name}] in SIGNOFF_ENDPOINTS"
    door = Door(name, endpoint.key_variable or "", url, secret=endpoint.api_key)
    if name == "local":
        return OpenAiProvider(door, endpoint.base_url, local, LOCAL)
    return OpenAiProvider(door, endpoint.base_url, compatible, USUAL)
