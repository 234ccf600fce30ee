"""What the embedded stack settles before it starts a child: is everything there, and which ports are taken."""

from collections.abc import Callable

from runtime.routes import LOCAL
from runtime.settings import DEFAULT_LOCAL_URL, Settings, check_worker_settings
from workers.approvers import check_gates
from workers.disk import check_database, sqlite_file
from workers.model_server import model_file
from workers.ports import Ports
from workers.programs import Addresses, temporal_command

DEFAULT_PORTS = {"Temporal": 7233, "Temporal UI": 8233, "model": 8234, "inbox": 8235, "mail": 8025}

Say = Callable[[str], None]


def uses_local_model(settings: Settings) -> bool:
    """Whether a route names the model that ships, and no endpoint says that it is served elsewhere."""
    routes = (*settings.models, *settings.models_fast, *settings.models_strong)
    return any(one.provider == LOCAL for one in routes) and settings.endpoints[LOCAL].base_url == DEFAULT_LOCAL_URL


def check(settings: Settings, say: Say) -> None:
    """All that can be known before a child starts. Raises SettingsError, StateError, NoModel, NoServerProgram."""
    check_worker_settings(settings)
    check_gates(settings)
    if database := sqlite_file(settings.database_url):
        check_database(database)
    check_database(settings.state / "temporal.db", " (its runs are lost)")
    temporal_command()
    if uses_local_model(settings):
        model_file()
    if source := settings.origins.get("SIGNOFF_SMTP_URL"):
        say(f"SIGNOFF_SMTP_URL (from {source}) is not used: this stack keeps its mails")


def choose_addresses(ports: Ports, with_model: bool, any_ports: bool, say: Say) -> Addresses:
    """The usual ports where they are free, else others, with a line for each. Raises NoPort."""

    def take(name: str) -> int:
        usual = DEFAULT_PORTS[name]
        port = ports.take(0 if any_ports else usual)
        if port != usual and not any_ports:
            say(f"port {usual} is taken: {name} is on {port}")
        return port

    return Addresses(
        temporal_port=take("Temporal"),
        ui_port=take("Temporal UI"),
        smtp_port=take("mail"),
        model_port=take("model") if with_model else None,
        inbox_port=take("inbox"),
    )
