"""The containers, as far as they can be checked without a Docker engine; `make compose-smoke` runs them with one."""

import importlib.util
import re
import subprocess
import sys
import tomllib
from typing import Any

import pytest
import yaml

from tests.architecture.source import PACKAGES, PYPROJECT, ROOT

COMPOSE: dict[str, Any] = yaml.safe_load((ROOT / "docker-compose.yml").read_text(encoding="utf-8"))
SERVICES: dict[str, dict[str, Any]] = COMPOSE["services"]
DOCKERFILE = (ROOT / "Dockerfile").read_text(encoding="utf-8")
OWN_IMAGE = f"signoff:{PYPROJECT['project']['version']}"


def _awaited(condition: str) -> set[str]:
    """The services that another one waits for in that way."""
    waits = (wait for service in SERVICES.values() for wait in service.get("depends_on", {}).items())
    return {name for name, wait in waits if wait["condition"] == condition}


ONE_SHOTS = _awaited("service_completed_successfully")


@pytest.mark.parametrize(
    ("schema", "file"), [("compose-spec", "docker-compose.yml"), ("github-workflows", ".github/workflows/ci.yml")]
)
def test_the_file_fits_its_published_schema(schema: str, file: str) -> None:
    command = [sys.executable, "-m", "check_jsonschema", "--builtin-schema", f"vendor.{schema}", str(ROOT / file)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def test_every_image_is_pinned_to_an_exact_version() -> None:
    images = [service["image"] for service in SERVICES.values()] + re.findall(r"^FROM (\S+)", DOCKERFILE, re.MULTILINE)
    assert [image for image in images if not re.fullmatch(r"[a-z/-]+:\d+\.\d+[\w.-]*", image)] == []


def test_our_own_image_is_built_once_and_never_pulled() -> None:
    own = {name: service for name, service in SERVICES.items() if service["image"].startswith("signoff:")}
    assert {service["image"] for service in own.values()} == {OWN_IMAGE}
    assert [name for name, service in own.items() if "build" in service] == ["worker"]
    assert {service["pull_policy"] for service in own.values()} == {"build", "never"}


def test_every_service_that_stays_has_a_health_check_and_is_started_again() -> None:
    staying = {name: service for name, service in SERVICES.items() if name not in ONE_SHOTS}
    assert [name for name, service in staying.items() if not service.get("healthcheck", {}).get("test")] == []
    assert {service["restart"] for service in staying.values()} == {"unless-stopped"}


def test_one_shots_are_not_started_again() -> None:
    assert {"temporal-schema", "temporal-namespace", "seed"} == ONE_SHOTS
    assert {SERVICES[name].get("restart", "no") for name in ONE_SHOTS} == {"no"}


def test_the_services_of_the_embedded_stack_are_there() -> None:
    assert {"postgres", "temporal", "temporal-ui", "worker", "model", "mail", "seed"} <= SERVICES.keys()


def test_ports_open_on_loopback_only() -> None:
    ports = [port for service in SERVICES.values() for port in service.get("ports", [])]
    assert ports
    assert [port for port in ports if not re.fullmatch(r"127\.0\.0\.1:\d+:\d+", port)] == []


def test_every_module_that_a_container_runs_exists() -> None:
    commands = [service.get("command", []) for service in SERVICES.values()] + [
        yaml.safe_load(DOCKERFILE.split("CMD ")[1])
    ]
    run = {command[2] for command in commands if command[:2] == ["python", "-m"]}
    assert run == {"workers", "workers.model_server", "workers.mail_sink", "workers.seed"}
    mains = [f"{name}.__main__" if name in PACKAGES else name for name in run]
    assert [name for name in mains if importlib.util.find_spec(name) is None] == []


def test_addresses_name_services_and_the_ports_they_listen_on() -> None:
    endpoints = tomllib.loads((ROOT / "docker" / "endpoints.toml").read_text(encoding="utf-8"))
    worker = SERVICES["worker"]["environment"]
    assert endpoints["local"]["base_url"] == f"http://model:{_port('model')}/v1"
    assert worker["SIGNOFF_SMTP_URL"] == f"smtp://mail:{_port('mail')}"
    assert worker["SIGNOFF_MAIL_PROBE"] == f"maildir:{SERVICES['mail']['command'][-1]}"
    assert worker["TEMPORAL_ADDRESS"] == "temporal:7233"
    assert "@postgres:5432/" in worker["SIGNOFF_DATABASE_URL"]


def _port(service: str) -> str:
    command = SERVICES[service]["command"]
    port = command[command.index("--port") + 1]
    assert isinstance(port, str)
    return port


def test_the_worker_and_the_mail_sink_share_the_maildir() -> None:
    assert SERVICES["worker"]["volumes"] == SERVICES["mail"]["volumes"] == ["mail:/data/mail"]
    assert COMPOSE["volumes"].keys() == {"mail", "postgres"}


def test_the_image_installs_from_the_lock_with_hashes_and_drops_root() -> None:
    assert "--no-deps --only-binary=:all: --require-hashes -r requirements.lock" in DOCKERFILE
    assert re.findall(r"^USER (\S+)", DOCKERFILE, re.MULTILINE) == ["signoff"]


def test_the_image_holds_every_package_and_no_secret() -> None:
    lines = (ROOT / ".dockerignore").read_text(encoding="utf-8").splitlines()
    taken = {line[1:].rstrip("/") for line in lines if line.startswith("!")}
    assert lines[1] == "*"
    assert {*PACKAGES, "samples", "requirements.lock", "pyproject.toml", "docker/endpoints.toml"} <= taken
    assert not taken & {".env", ".git", ".signoff", ".venv"}
    assert not re.search(r"(?i)(key|token|secret|password)\s*=", DOCKERFILE)
