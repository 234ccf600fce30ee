"""Search attributes are there, or the command that makes them is."""

import asyncio
import shutil
import sysconfig
import uuid
from datetime import timedelta
from types import SimpleNamespace
from typing import Any, cast

import pytest
from google.protobuf.duration_pb2 import Duration
from temporalio.api.operatorservice.v1 import ListSearchAttributesRequest
from temporalio.api.workflowservice.v1 import DescribeNamespaceRequest, RegisterNamespaceRequest
from temporalio.client import Client
from temporalio.service import RPCError, RPCStatusCode
from temporalio.testing import WorkflowEnvironment

from runtime.search_attributes import NotRegistered, create_command, ensure
from tests.support.waiting import eventually

NAMES = {"SignoffPhase", "SignoffWaiting", "SignoffApprovers", "SignoffCostUsd"}


async def new_namespace(env: WorkflowEnvironment) -> Client:
    """A client of a namespace that has no search attributes yet."""
    name = f"bare-{uuid.uuid4()}"
    retention = Duration()
    retention.FromTimedelta(timedelta(days=1))
    service = env.client.workflow_service
    await service.register_namespace(
        RegisterNamespaceRequest(namespace=name, workflow_execution_retention_period=retention)
    )

    async def there() -> bool:
        try:
            await service.describe_namespace(DescribeNamespaceRequest(namespace=name))
        except RPCError:
            return False
        return True

    await eventually(there, f"namespace {name}")
    return Client(env.client.service_client, namespace=name)


async def registered(client: Client) -> set[str]:
    listed = await client.operator_service.list_search_attributes(
        ListSearchAttributesRequest(namespace=client.namespace)
    )
    return NAMES & set(listed.custom_attributes)


async def test_missing_attributes_are_registered_once(env: WorkflowEnvironment) -> None:
    client = await new_namespace(env)
    assert await registered(client) == set()

    await ensure(client)
    await ensure(client)

    assert await registered(client) == NAMES


async def test_the_command_that_is_shown_registers_them(env: WorkflowEnvironment) -> None:
    client = await new_namespace(env)
    program, *arguments = create_command(client.namespace).split()
    binary = shutil.which(program, path=sysconfig.get_path("scripts"))
    address = env.client.service_client.config.target_host

    done = await asyncio.create_subprocess_exec(str(binary), *arguments, "--address", address)

    assert await done.wait() == 0
    assert await registered(client) == NAMES


def refusing_client(status: RPCStatusCode) -> Client:
    async def refuse(_: object) -> Any:
        raise RPCError("no", status, b"")

    service = SimpleNamespace(list_search_attributes=refuse)
    return cast(Client, SimpleNamespace(namespace="sales", operator_service=service))


@pytest.mark.parametrize("status", [RPCStatusCode.PERMISSION_DENIED, RPCStatusCode.UNIMPLEMENTED])
async def test_where_it_is_not_allowed_one_line_names_the_command(status: RPCStatusCode) -> None:
    with pytest.raises(NotRegistered) as refused:
        await ensure(refusing_client(status))

    assert str(refused.value).endswith(create_command("sales"))
    assert str(refused.value).isprintable()
    assert create_command("sales") == (
        "temporal operator search-attribute create --namespace sales --name SignoffPhase --type Keyword "
        "--name SignoffWaiting --type KeywordList --name SignoffApprovers --type KeywordList "
        "--name SignoffCostUsd --type Double"
    )


async def test_an_attribute_of_another_type_is_named() -> None:
    async def listed(_: object) -> Any:
        return SimpleNamespace(custom_attributes={"SignoffCostUsd": 2})

    service = SimpleNamespace(list_search_attributes=listed)
    client = cast(Client, SimpleNamespace(namespace="sales", operator_service=service))

    with pytest.raises(NotRegistered, match="SignoffCostUsd has another type than Double"):
        await ensure(client)
