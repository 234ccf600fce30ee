"""Every setting: its name, where its value came from, what it is for. The only module that reads the environment."""

import os
from collections.abc import Mapping, Sequence
from datetime import timedelta
from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field, SecretStr

from contracts.llm import ModelRef, Role
from runtime import checks
from runtime.approvers import Approvers
from runtime.approvers_file import read_approvers
from runtime.blobs.store import ABOVE
from runtime.inbox_auth import ProxyAuth, parse_inbox_auth
from runtime.limits import RunLimits
from runtime.limits_file import read_limits
from runtime.profile import PLAIN_CONNECTION, Profile, Tls, read_profile
from runtime.routes import DEFAULT_ANTHROPIC, DEFAULT_OPENAI, LOCAL, Endpoint, parse_route, read_endpoints
from runtime.sealing.keys import PayloadKeys, payload_keys
from runtime.sources import LOCAL_URL, STACK, STATE, UI_URL, Layer, Reader, SettingsError, find, read_dotenv, read_stack
from runtime.systems import System, read_systems
from runtime.table import refuse_unknown

__all__ = [
    "PLAIN_CONNECTION",
    "SAMPLE_KYC",
    "Settings",
    "SettingsError",
    "check_worker_settings",
    "child_environment",
    "load_settings",
]

DEFAULT_ADDRESS = "localhost:7233"
SAMPLE_ARTICLES = Path(__file__).resolve().parent.parent / "samples" / "knowledge"
SAMPLE_LIBRARY = SAMPLE_ARTICLES.with_name("library")
SAMPLE_KYC = SAMPLE_ARTICLES.with_name("kyc")
SAMPLES = Path(__file__).resolve().parent.parent / "samples"
SAMPLE_ARTICLES = SAMPLES / "knowledge"
DEFAULT_LOCAL_URL = "http://127.0.0.1:8234/v1"


class Settings(BaseModel):
    """All settings, checked. URLs that may hold a password stay out of `repr`; keys are `SecretStr`."""

    model_config = ConfigDict(frozen=True)

    temporal_address: str
    temporal_namespace: str
    temporal_api_key: SecretStr | None
    temporal_tls: Tls | None
    """None: no TLS."""
    temporal_metadata: Mapping[str, str] = Field(repr=False)
    """gRPC headers of the temporal CLI's profile."""
    temporal_profile: str
    temporal_config_file: Path | None
    ui_url: str
    models: tuple[ModelRef, ...]
    models_fast: tuple[ModelRef, ...]
    models_strong: tuple[ModelRef, ...]
    endpoints_file: Path | None
    endpoints: Mapping[str, Endpoint]
    """By name; `local` is always there."""
    limits_file: Path | None
    limits: RunLimits
    approvers_file: Path | None
    approvers: Approvers | None
    """Who may decide, as the file said when it was read; None: whoever can reach the namespace."""
    webhook_secret: SecretStr | None
    anthropic_api_key: SecretStr | None
    anthropic_base_url: str | None
    openai_api_key: SecretStr | None
    openai_base_url: str | None
    database_url: str = Field(repr=False)
    blobs: str
    """Where large payloads are kept: `off`, `database`, or `file:PATH`, absolute."""
    blobs_above: int
    """Bytes above which a payload is large."""
    payload_keys: PayloadKeys | None
    """None: payloads are not encrypted."""
    codec_token: SecretStr | None
    smtp_url: str | None = Field(repr=False)
    mail_probe: str | None = Field(repr=False)
    mail_delay: timedelta
    """How long a mail that was taken may stay unseen where `mail_probe` looks."""
    systems_file: Path | None
    systems: Mapping[str, System]
    """Whom the HTTP tool may talk to, by name."""
    files: tuple[Path, ...]
    """Folders that the file tool may read, absolute."""
    knowledge: Path
    """Folder of the articles, absolute."""
    library: Path
    """Folder of the documents for research, absolute."""
    kyc: Path | None
    """Folder of rules.toml and watchlist.jsonl, absolute; None: applications cannot be decided on."""
    reports: Path
    """Folder in which reports are published, absolute."""
    inbox_auth: ProxyAuth | None
    """None: the inbox lets people in by single-use links."""
    capture_content: bool
    otlp_endpoint: str | None
    otlp_headers: SecretStr | None
    state: Path
    origins: Mapping[str, str] = Field(repr=False)
    """Setting's name: source of its value; a name that is missing has its default."""

    def route(self, role: Role) -> tuple[ModelRef, ...]:
        """The models of a role, best first."""
        return {Role.DEFAULT: self.models, Role.FAST: self.models_fast, Role.STRONG: self.models_strong}[role]


def load_settings(flags: Mapping[str, str] | None = None, folder: Path | None = None) -> Settings:
    """Read and check every setting. `flags` are named like the settings; `folder` is the current one by default.

    Raises SettingsError.
    """
    folder = (folder or Path.cwd()).resolve()
    typed = (Layer("flags", flags or {}), Layer("environment", os.environ), read_dotenv(folder))
    refuse_unknown(typed)
    profile = read_profile(typed, folder)
    read = Reader((*typed, profile.layer, _stack((*typed, profile.layer), folder)))
    address = read.take("TEMPORAL_ADDRESS", checks.address) or DEFAULT_ADDRESS
    api_key = read.take("TEMPORAL_API_KEY", checks.secret)
    # The stack on this machine is met as it is: a key or a certificate was meant for a server that somebody named.
    named = read.origins.get("TEMPORAL_ADDRESS") != STACK
    endpoints = _endpoints(read, folder)
    anthropic_key = read.take("ANTHROPIC_API_KEY", checks.secret)
    openai_key = read.take("OPENAI_API_KEY", checks.secret)

    def route(name: str) -> tuple[ModelRef, ...] | None:
        return read.take(name, lambda text: parse_route(text, folder, endpoints))

    # Long, and flat: a line for each setting, in the order of their fields.
    models = route("SIGNOFF_MODELS") or _usual_route(anthropic_key, openai_key)
    mail_probe = read.take("SIGNOFF_MAIL_PROBE", checks.mail_probe(folder))
    return Settings(
        temporal_address=address,
        temporal_namespace=read.take("TEMPORAL_NAMESPACE", checks.word) or "default",
        temporal_api_key=api_key if named else None,
        temporal_tls=_tls(read.take("TEMPORAL_TLS", checks.boolean), profile, api_key) if named else None,
        temporal_metadata=profile.metadata if named else {},
        temporal_profile=read.take("TEMPORAL_PROFILE", str) or "default",
        temporal_config_file=read.take("TEMPORAL_CONFIG_FILE", folder.joinpath),
        ui_url=read.take(UI_URL, checks.web_url) or _usual_ui(address),
        models=models,
        models_fast=route("SIGNOFF_MODELS_FAST") or models,
        models_strong=route("SIGNOFF_MODELS_STRONG") or models,
        endpoints_file=read.take("SIGNOFF_ENDPOINTS", folder.joinpath),
        endpoints=endpoints,
        limits_file=read.take("SIGNOFF_LIMITS", folder.joinpath),
        limits=_limits(read, folder, endpoints),
        approvers_file=read.take("SIGNOFF_APPROVERS", folder.joinpath),
        approvers=read.take("SIGNOFF_APPROVERS", lambda text: read_approvers(folder / text)),
        webhook_secret=read.take("SIGNOFF_WEBHOOK_SECRET", checks.secret),
        anthropic_api_key=anthropic_key,
        anthropic_base_url=read.take("ANTHROPIC_BASE_URL", checks.web_url),
        openai_api_key=openai_key,
        openai_base_url=read.take("OPENAI_BASE_URL", checks.web_url),
        database_url=read.take("SIGNOFF_DATABASE_URL", checks.database_url(folder))
        or f"sqlite:///{folder / STATE / 'signoff.db'}",
        blobs=read.take("SIGNOFF_BLOBS", checks.blobs(folder)) or "off",
        blobs_above=read.take("SIGNOFF_BLOBS_ABOVE", checks.blobs_above) or ABOVE,
        payload_keys=read.take("SIGNOFF_PAYLOAD_KEYS", payload_keys(folder)),
        codec_token=read.take("SIGNOFF_CODEC_TOKEN", checks.long_secret),
        smtp_url=read.take("SIGNOFF_SMTP_URL", checks.url("smtp", "smtps")),
        mail_probe=mail_probe,
        mail_delay=read.take("SIGNOFF_MAIL_DELAY", checks.delay) or _usual_delay(mail_probe),
        systems_file=read.take("SIGNOFF_SYSTEMS", folder.joinpath),
        systems=_systems(read, folder),
        files=read.take("SIGNOFF_FILES", checks.folders(folder)) or (),
        knowledge=read.take("SIGNOFF_KNOWLEDGE", checks.one_folder(folder)) or SAMPLE_ARTICLES,
        library=read.take("SIGNOFF_LIBRARY", checks.one_folder(folder)) or SAMPLE_LIBRARY,
        kyc=read.take("SIGNOFF_KYC", checks.one_folder(folder)),
        reports=read.take("SIGNOFF_REPORTS", folder.joinpath) or folder / STATE / "reports",
        inbox_auth=read.take("SIGNOFF_INBOX_AUTH", parse_inbox_auth),
        capture_content=read.take("SIGNOFF_CAPTURE_CONTENT", checks.boolean) or False,
        otlp_endpoint=read.take("OTEL_EXPORTER_OTLP_ENDPOINT", checks.web_url),
        otlp_headers=read.take("OTEL_EXPORTER_OTLP_HEADERS", checks.headers),
        state=folder / STATE,
        origins=read.origins,
    )


def _stack(stronger: Sequence[Layer], folder: Path) -> Layer:
    """The running stack's addresses. What is of its server is no help to who talks to another one: its namespace, its
    Web UI, the payloads that its histories name."""
    stack = read_stack(folder)
    address = find(stronger, "TEMPORAL_ADDRESS")
    if address is None or address.value == stack.values.get("TEMPORAL_ADDRESS"):
        return stack
    server = ("TEMPORAL_ADDRESS", "TEMPORAL_NAMESPACE", "SIGNOFF_BLOBS", UI_URL)
    return Layer(stack.name, {name: value for name, value in stack.values.items() if name not in server})


def _tls(switch: bool | None, profile: Profile, api_key: SecretStr | None) -> Tls | None:
    """As the `temporal` CLI has it: on when asked for, and with a key unless it is ruled out."""
    wanted = api_key is not None if switch is None else switch
    return (profile.tls or Tls()) if wanted else None


def _usual_ui(address: str) -> str:
    """Temporal Cloud's page, or the port at which the dev server puts its own: a thousand above."""
    host, _, port = address.rpartition(":")
    if host.endswith((".tmprl.cloud", ".api.temporal.io")):
        return "https://cloud.temporal.io"
    return f"http://{host}:{int(port) + 1000}"


def _usual_route(anthropic_key: SecretStr | None, openai_key: SecretStr | None) -> tuple[ModelRef, ...]:
    keyed = ((anthropic_key, DEFAULT_ANTHROPIC), (openai_key, DEFAULT_OPENAI))
    return tuple(model for key, model in keyed if key) or (ModelRef(provider=LOCAL),)


def _endpoints(read: Reader, folder: Path) -> dict[str, Endpoint]:
    def key(name: str) -> SecretStr | None:
        return read.take(name, checks.secret)

    given = read.take("SIGNOFF_ENDPOINTS", lambda text: read_endpoints(folder / text, key)) or {}
    return {LOCAL: Endpoint(base_url=read.take(LOCAL_URL, checks.web_url) or DEFAULT_LOCAL_URL), **given}


def _systems(read: Reader, folder: Path) -> dict[str, System]:
    def token(name: str) -> SecretStr | None:
        return read.take(name, checks.secret)

    return read.take("SIGNOFF_SYSTEMS", lambda text: read_systems(folder / text, token)) or {}


def _usual_delay(mail_probe: str | None) -> timedelta:
    """A maildir is filled by the server that took the mail, before it says so or right after; a copy that travels on
    to a mailbox elsewhere, or into a person's hands, passes through queues."""
    return timedelta(seconds=2) if mail_probe and mail_probe.startswith("maildir:") else timedelta(minutes=1)


def _limits(read: Reader, folder: Path, endpoints: Mapping[str, Endpoint]) -> RunLimits:
    providers = ("anthropic", "openai", *endpoints, "scripted")
    return read.take("SIGNOFF_LIMITS", lambda text: read_limits(folder / text, folder, providers)) or RunLimits()


def check_worker_settings(settings: Settings) -> None:
    """Raise SettingsError when a model of a route, an outside system or the webhook lacks its key.

    Only a worker needs keys.
    """
    keys = {
        "anthropic": ("ANTHROPIC_API_KEY", settings.anthropic_api_key),
        "openai": ("OPENAI_API_KEY", settings.openai_api_key),
        **{name: (one.key_variable, one.api_key) for name, one in settings.endpoints.items()},
    }
    for model in (*settings.models, *settings.models_fast, *settings.models_strong):
        variable, key = keys.get(model.provider, (None, None))
        if variable and not key:
            raise SettingsError(f"{variable} is not set, and a route names {model}: set it, or change SIGNOFF_MODELS")
    for name, system in settings.systems.items():
        if system.token_variable and not system.token:
            raise SettingsError(f"{system.token_variable} is not set, and [{name}] of {settings.systems_file} needs it")
    if settings.approvers and settings.approvers.notices.webhook and not settings.webhook_secret:
        needs_it = f"the webhook of [notices] of {settings.approvers_file} needs it"
        raise SettingsError(f"SIGNOFF_WEBHOOK_SECRET is not set, and {needs_it}")


def child_environment() -> dict[str, str]:
    """The environment for children of the embedded stack: without settings of other Temporal servers."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("TEMPORAL_")}
    return {**kept, **PLAIN_CONNECTION}
