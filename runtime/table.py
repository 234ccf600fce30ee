"""The table of settings: the one place that names them all."""

import difflib
from collections.abc import Sequence
from typing import NamedTuple

from runtime.sources import Layer, SettingsError

PREFIX = "SIGNOFF_"


class Setting(NamedTuple):
    """One line of the table. `field` is where `Settings` keeps it; `secret` values are never shown."""

    name: str
    field: str
    meaning: str
    secret: bool = False


SETTINGS = (
    Setting("TEMPORAL_ADDRESS", "temporal_address", "Temporal server, HOST:PORT"),
    Setting("TEMPORAL_NAMESPACE", "temporal_namespace", "Temporal namespace"),
    Setting("TEMPORAL_API_KEY", "temporal_api_key", "key for the Temporal server; turns TLS on", secret=True),
    Setting("TEMPORAL_TLS", "temporal_tls", "TLS to the Temporal server; TEMPORAL_TLS_* name its certificates"),
    Setting("TEMPORAL_PROFILE", "temporal_profile", "profile of the temporal CLI"),
    Setting("TEMPORAL_CONFIG_FILE", "temporal_config_file", "the temporal CLI's TOML file; unset: its usual place"),
    Setting("SIGNOFF_MODELS", "models", "route: models in order, the next one taken on an outage"),
    Setting("SIGNOFF_MODELS_FAST", "models_fast", "route of the role fast; unset: SIGNOFF_MODELS"),
    Setting("SIGNOFF_MODELS_STRONG", "models_strong", "route of the role strong; unset: SIGNOFF_MODELS"),
    Setting("SIGNOFF_ENDPOINTS", "endpoints_file", "TOML file of further OpenAI-compatible endpoints"),
    Setting("SIGNOFF_LIMITS", "limits_file", "TOML file of limits: budgets, ceilings, rates, prices; unset: the usual"),
    Setting(
        "SIGNOFF_APPROVERS",
        "approvers_file",
        "TOML file of approvers: names, roles, keys, gates, notices; unset: whoever can reach the namespace may decide",
    ),
    Setting("SIGNOFF_WEBHOOK_SECRET", "webhook_secret", "what notices to the webhook are signed with", secret=True),
    Setting("ANTHROPIC_API_KEY", "anthropic_api_key", "key for Anthropic's models", secret=True),
    Setting("ANTHROPIC_BASE_URL", "anthropic_base_url", "where to reach them; unset: Anthropic"),
    Setting("OPENAI_API_KEY", "openai_api_key", "key for OpenAI's models", secret=True),
    Setting("OPENAI_BASE_URL", "openai_base_url", "where to reach them; unset: OpenAI"),
    Setting("SIGNOFF_DATABASE_URL", "database_url", "CRM and effect ledger: sqlite:///PATH or postgresql://…"),
    Setting("SIGNOFF_BLOBS", "blobs", "where large payloads are kept: file:PATH, database or off; the same everywhere"),
    Setting("SIGNOFF_BLOBS_ABOVE", "blobs_above", "bytes above which a payload is large"),
    Setting(
        "SIGNOFF_PAYLOAD_KEYS",
        "payload_keys",
        "keys that payloads are encrypted with: ID:BASE64,… or @FILE, the first encrypts; unset: nothing is encrypted",
        secret=True,
    ),
    Setting("SIGNOFF_CODEC_TOKEN", "codec_token", "what opens the codec server to people and programs", secret=True),
    Setting("SIGNOFF_SMTP_URL", "smtp_url", "mail server: smtp://… or smtps://…"),
    Setting(
        "SIGNOFF_MAIL_PROBE",
        "mail_probe",
        "where a copy of each sent mail is, SIGNOFF_MAIL_DELAY later at most; unset: a person is asked",
    ),
    Setting("SIGNOFF_MAIL_DELAY", "mail_delay", "how long that copy may take; unset: 2s for a maildir, else 1m"),
    Setting("SIGNOFF_SYSTEMS", "systems_file", "TOML file of the outside systems that the HTTP tool may talk to"),
    Setting("SIGNOFF_FILES", "files", "folders that the file tool may read, with commas between; unset: none"),
    Setting("SIGNOFF_KNOWLEDGE", "knowledge", "folder of the articles (*.md) to search; unset: the samples"),
    Setting("SIGNOFF_LIBRARY", "library", "folder of the documents (*.md) to research; unset: the samples"),
    Setting("SIGNOFF_KYC", "kyc", "folder of the rules of admission and the watchlist; unset: nobody is onboarded"),
    Setting("SIGNOFF_REPORTS", "reports", "folder in which reports are published; unset: .signoff/reports"),
    Setting(
        "SIGNOFF_INBOX_AUTH", "inbox_auth", "header in which a proxy names the inbox's visitor; unset: single-use links"
    ),
    Setting("SIGNOFF_CAPTURE_CONTENT", "capture_content", "true: prompts and replies go into traces"),
    Setting(
        "OTEL_EXPORTER_OTLP_ENDPOINT", "otlp_endpoint", "OpenTelemetry collector (OTLP over HTTP); unset: no traces"
    ),
    Setting("OTEL_EXPORTER_OTLP_HEADERS", "otlp_headers", "headers for it, NAME=VALUE,…", secret=True),
)


def refuse_unknown(layers: Sequence[Layer]) -> None:
    """Raise SettingsError for a `SIGNOFF_` name that is misspelt."""
    known = {setting.name for setting in SETTINGS}
    for layer in layers:
        for name in sorted(layer.values):
            if name.startswith(PREFIX) and name not in known:
                raise SettingsError(f"{name} (from {layer.name}) is not a setting; {_advice(name, known)}")


def _advice(name: str, known: set[str]) -> str:
    # Compared without the prefix, which would make every name look like every other.
    tails = [one.removeprefix(PREFIX) for one in known if one.startswith(PREFIX)]
    near = difflib.get_close_matches(name.removeprefix(PREFIX), tails, n=1)
    return f"did you mean {PREFIX}{near[0]}?" if near else "unset it; `signoff settings` lists them"
