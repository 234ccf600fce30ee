"""The settings as people may see them: keys and passwords masked."""

from datetime import timedelta
from typing import NamedTuple

from pydantic import SecretStr

from runtime import checks
from runtime.profile import Tls
from runtime.settings import Settings
from runtime.table import SETTINGS, Setting


class SettingLine(NamedTuple):
    """A setting as people see it; `value` is None where it is not set."""

    name: str
    value: str | None
    source: str
    meaning: str


def describe_settings(settings: Settings) -> list[SettingLine]:
    """Every setting as people may see it: keys and passwords masked."""
    return [
        SettingLine(one.name, _shown(one, settings), settings.origins.get(one.name, "default"), one.meaning)
        for one in SETTINGS
    ]


def _shown(setting: Setting, settings: Settings) -> str | None:
    value = getattr(settings, setting.field)
    match value:
        case None:
            return "off" if setting.field == "temporal_tls" else None
        case SecretStr():
            return "***"
        case Tls():
            return "on"
        case bool():
            return str(value).lower()
        case tuple():
            return ",".join(str(one) for one in value) or None
        case timedelta():
            return f"{value.total_seconds():g}s"
        case _:
            return checks.masked(str(value))
