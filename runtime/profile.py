"""The connection to Temporal as the `temporal` CLI understands it: its variables, its TOML file, its profiles, TLS."""

import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from pydantic import BaseModel, ConfigDict, Field

from runtime.checks import boolean, existing_path
from runtime.sources import Layer, Reader, SettingsError, find

if TYPE_CHECKING:
    from temporalio.envconfig import ClientConfigTLS

PLAIN_CONNECTION: Mapping[str, str] = {
    "TEMPORAL_CONFIG_FILE": os.devnull,
    "TEMPORAL_PROFILE": "",
    "TEMPORAL_API_KEY": "",
    "TEMPORAL_TLS": "false",
}
"""Settings for a server on this machine: no profile, no key and no TLS of another server reaches it."""


class Tls(BaseModel):
    """How to meet a server that speaks TLS; all bytes are PEM. Nothing set: the system's roots, no client key."""

    model_config = ConfigDict(frozen=True)

    server_name: str | None = None
    server_ca: bytes | None = Field(default=None, repr=False)
    client_cert: bytes | None = Field(default=None, repr=False)
    client_key: bytes | None = Field(default=None, repr=False)


class Profile(NamedTuple):
    """What the CLI's variables and file add to the other layers."""

    layer: Layer
    tls: Tls | None
    """Certificates; the layer's TEMPORAL_TLS says whether TLS is on or off, and is missing where nobody says it."""
    metadata: Mapping[str, str]


def read_profile(layers: Sequence[Layer], folder: Path) -> Profile:
    """The profile that the given layers choose, read by the SDK's own loader."""
    # Imported here, so that what needs no settings does not pay for the SDK.
    from temporalio.envconfig import ClientConfigProfile

    given = _variables(layers, folder)
    file = given.get("TEMPORAL_CONFIG_FILE", "at its default place")
    try:
        loaded = ClientConfigProfile.load(override_env_vars=given)
    except (RuntimeError, UnicodeError) as error:
        # Only the first line: the next ones quote the file, which may hold a key.
        first, *_ = str(error).splitlines()
        advice = "mend it, or set TEMPORAL_PROFILE or TEMPORAL_CONFIG_FILE"
        raise SettingsError(f"the temporal CLI's configuration ({file}): {first}; {advice}") from None
    values = {
        "TEMPORAL_ADDRESS": loaded.address,
        "TEMPORAL_NAMESPACE": loaded.namespace,
        "TEMPORAL_API_KEY": loaded.api_key,
        "TEMPORAL_TLS": str(not loaded.tls.disabled).lower() if loaded.tls else None,
    }
    layer = Layer(f"profile {given.get('TEMPORAL_PROFILE', 'default')}", {k: v for k, v in values.items() if v})
    # A server without TLS has no use for certificates that cannot be read.
    used = loaded.tls if loaded.tls and not loaded.tls.disabled else None
    return Profile(layer, _read_tls(used) if used else None, loaded.grpc_meta)


def _read_tls(tls: "ClientConfigTLS") -> Tls:
    if (tls.client_cert is None) != (tls.client_private_key is None):
        raise SettingsError("TEMPORAL_TLS_CLIENT_CERT_* and TEMPORAL_TLS_CLIENT_KEY_* must be set together")
    return Tls(
        server_name=tls.server_name,
        server_ca=_pem(tls.server_root_ca_cert),
        client_cert=_pem(tls.client_cert),
        client_key=_pem(tls.client_private_key),
    )


def _pem(source: Path | str | bytes | None) -> bytes | None:
    if not isinstance(source, Path):
        return source.encode() if isinstance(source, str) else source
    try:
        return source.read_bytes()
    except OSError as error:
        raise SettingsError(f"TLS file {source} cannot be read ({error.strerror}): see TEMPORAL_TLS_*_PATH") from None


def _variables(layers: Sequence[Layer], folder: Path) -> dict[str, str]:
    read = Reader(layers)
    # The loader takes a file that is not there for an empty one, and a TLS switch that it cannot read for "on".
    checked = {
        "TEMPORAL_CONFIG_FILE": read.take("TEMPORAL_CONFIG_FILE", existing_path(folder)),
        "TEMPORAL_TLS": read.take("TEMPORAL_TLS", lambda text: str(boolean(text)).lower()),
    }
    names = {name for layer in layers for name in layer.values if name.startswith("TEMPORAL_")} - checked.keys()
    found = {name: find(layers, name) for name in names}
    return {
        **{name: str(value) for name, value in checked.items() if value},
        **{name: one.value for name, one in found.items() if one},
    }
