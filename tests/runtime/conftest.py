"""What the tests of the runtime share: an environment without settings."""

import os
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from runtime.settings import Settings, load_settings

Load = Callable[..., Settings]

_PREFIXES = ("SIGNOFF_", "TEMPORAL_", "ANTHROPIC_", "OPENAI_", "OTEL_")


@pytest.fixture
def load(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Load:
    """`load(dotenv=…, flags=…, NAME=value…)`: settings of an empty folder, from exactly this environment."""
    for name in [name for name in os.environ if name.startswith(_PREFIXES)]:
        monkeypatch.delenv(name)
    home = tmp_path / "home"
    for name in ("HOME", "XDG_CONFIG_HOME"):
        monkeypatch.setenv(name, str(home))

    def load(dotenv: str | None = None, flags: Mapping[str, str] | None = None, **environment: str) -> Settings:
        for name, value in environment.items():
            monkeypatch.setenv(name, value)
        if dotenv is not None:
            (tmp_path / ".env").write_text(dotenv, encoding="utf-8")
        return load_settings(flags, tmp_path)

    return load
