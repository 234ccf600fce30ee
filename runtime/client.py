"""The connection to Temporal, or one line that says why there is none."""

import asyncio
import getpass
import os
import socket
from collections.abc import Sequence

from temporalio.api.workflowservice.v1 import DescribeNamespaceRequest
from temporalio.client import Client, Interceptor, Plugin
from temporalio.service import RPCError, RPCStatusCode, TLSConfig

from runtime.blobs.driver import BlobDriver
from runtime.blobs.opened import open_driver
from runtime.codec import data_converter
from runtime.profile import Tls
from runtime.sealing.opened import open_vault
from runtime.settings import Settings

_LIMIT_S = 8.0
"""Users are promised an answer within 10 s, and the program has to start in them too."""

# What the SDK's native part says of a connection that fails, in words that a user can act upon.
_REASONS = (
    ("Connection refused", "nobody listens there"),
    ("dns error", "no such host"),
    ("InvalidContentType", "it does not speak TLS: set TEMPORAL_TLS=false, and no key"),
    ("InvalidCertificate", "its certificate is not trusted: see TEMPORAL_TLS_SERVER_CA_CERT_PATH"),
    ("tcp connect error", "it cannot be reached"),  # before any word was said: TLS has no part in it
    ("PrivateKeyParseError", "the TLS client key is not PEM: see TEMPORAL_TLS_CLIENT_KEY_PATH"),
)
_REFUSED_KEY = ("Unauthenticated", "PermissionDenied")


class NoServer(Exception):
    """One line: no Temporal server, or one that does not let us in (exit code 3)."""


async def connect(
    settings: Settings,
    *,
    plugins: Sequence[Plugin] = (),
    interceptors: Sequence[Interceptor] = (),
    identity: str | None = None,
) -> Client:
    """A client whose server has answered and knows the namespace. Raises NoServer within 8 s, however it fails.

    `identity` stands in histories beside each message that the client sends; a worker leaves it to the SDK.
    """
    where = settings.temporal_address
    try:
        async with asyncio.timeout(_LIMIT_S):
            driver = open_driver(settings)
            client = await _connect(settings, driver, plugins, interceptors, identity)
            request = DescribeNamespaceRequest(namespace=client.namespace)
            found = await client.workflow_service.describe_namespace(request)
            driver.spaces[client.namespace] = found.namespace_info.id
            return client
    except TimeoutError:
        raise NoServer(_line(where, "no answer")) from None
    except RPCError as error:
        raise NoServer(_rpc_line(settings, error)) from None
    except RuntimeError as error:
        raise NoServer(_native_line(settings, str(error))) from None


def starter_identity(program: str = "cli") -> str:
    """`signoff-cli/USER@HOST`: who sent a message, as far as this machine knows."""
    try:
        user = getpass.getuser()
    except (KeyError, OSError):  # a container's user without a name
        user = str(os.getuid())
    return f"signoff-{program}/{user}@{socket.gethostname()}"


async def _connect(
    settings: Settings,
    driver: BlobDriver,
    plugins: Sequence[Plugin],
    interceptors: Sequence[Interceptor],
    identity: str | None,
) -> Client:
    key = settings.temporal_api_key
    return await Client.connect(
        settings.temporal_address,
        namespace=settings.temporal_namespace,
        api_key=key.get_secret_value() if key else None,
        tls=_tls_config(settings.temporal_tls) if settings.temporal_tls else False,
        rpc_metadata=settings.temporal_metadata,
        data_converter=data_converter(driver, settings.blobs_above, open_vault(settings)),
        plugins=plugins,
        interceptors=interceptors,
        identity=identity,
    )


def _tls_config(tls: Tls) -> TLSConfig:
    return TLSConfig(
        domain=tls.server_name,
        server_root_ca_cert=tls.server_ca,
        client_cert=tls.client_cert,
        client_private_key=tls.client_key,
    )


def _line(where: str, reason: str) -> str:
    return f'no Temporal server at {where} ({reason}); run "signoff up", or set TEMPORAL_ADDRESS'


def _rpc_line(settings: Settings, error: RPCError) -> str:
    where, namespace = settings.temporal_address, settings.temporal_namespace
    if error.status == RPCStatusCode.NOT_FOUND:
        return f'the Temporal server at {where} has no namespace "{namespace}": set TEMPORAL_NAMESPACE, or create it'
    if error.status in (RPCStatusCode.UNAUTHENTICATED, RPCStatusCode.PERMISSION_DENIED):
        return _refused_line(settings)
    return _line(where, f"it answers {error.status.name}")


def _native_line(settings: Settings, message: str) -> str:
    if any(word in message for word in _REFUSED_KEY):
        return _refused_line(settings)
    found = [reason for sign, reason in _REASONS if sign in message]
    return _line(settings.temporal_address, found[0] if found else _unknown(settings))


def _unknown(settings: Settings) -> str:
    return "it does not answer as one" if settings.temporal_tls else "it does not answer as one: set TEMPORAL_TLS=true?"


def _refused_line(settings: Settings) -> str:
    return (
        f"the Temporal server at {settings.temporal_address} refuses us: "
        f"check TEMPORAL_API_KEY, the TLS client certificate and TEMPORAL_NAMESPACE ({settings.temporal_namespace})"
    )
