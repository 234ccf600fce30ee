"""Keys for tests, and a client whose payloads they encrypt."""

import base64
from pathlib import Path

from temporalio.client import Client
from temporalio.testing import WorkflowEnvironment

from runtime.blobs.opened import open_driver
from runtime.codec import data_converter
from runtime.sealing.opened import open_vault
from runtime.settings import Settings, load_settings


def key(key_id: str, byte: int = 7) -> str:
    """A key of the settings, always the same."""
    return f"{key_id}:{base64.b64encode(bytes([byte]) * 32).decode()}"


def sealed_client(env: WorkflowEnvironment, settings: Settings) -> Client:
    """As the settings say."""
    converter = data_converter(open_driver(settings), settings.blobs_above, open_vault(settings))
    return Client(env.client.service_client, namespace=env.client.namespace, data_converter=converter)


def sealed_settings(folder: Path, **flags: str) -> Settings:
    """Of a folder."""
    return load_settings({"SIGNOFF_PAYLOAD_KEYS": key("main"), **flags}, folder)
