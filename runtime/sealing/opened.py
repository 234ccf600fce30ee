"""From the settings to the vault that they describe."""

from runtime.blobs.dialects import dialect_of
from runtime.sealing.subject_keys import SubjectKeys
from runtime.sealing.vault import Vault
from runtime.settings import Settings


def open_vault(settings: Settings) -> Vault:
    """Nothing is opened yet, nor made."""
    return Vault(settings.payload_keys, SubjectKeys(dialect_of(settings.database_url)))
