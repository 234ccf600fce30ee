"""The search attributes of every process: registered where that is allowed, else the command that does it."""

from collections.abc import Sequence
from typing import Any

from temporalio.api.enums.v1 import IndexedValueType
from temporalio.api.operatorservice.v1 import AddSearchAttributesRequest, ListSearchAttributesRequest
from temporalio.client import Client
from temporalio.common import SearchAttributeKey
from temporalio.service import RPCError, RPCStatusCode

from contracts.visibility import SIGNOFF_APPROVERS, SIGNOFF_COST_USD, SIGNOFF_PHASE, SIGNOFF_WAITING

SEARCH_ATTRIBUTES: tuple[SearchAttributeKey[Any], ...] = (
    SIGNOFF_PHASE,
    SIGNOFF_WAITING,
    SIGNOFF_APPROVERS,
    SIGNOFF_COST_USD,
)


class NotRegistered(Exception):
    """One line: what is missing, and the command that registers it."""


async def ensure(client: Client) -> None:
    """Register in the client's namespace what is missing there. Raises NotRegistered where that is not allowed.

    A run that sets an attribute nobody registered is retried until somebody does.
    """
    absent: Sequence[SearchAttributeKey[Any]] = SEARCH_ATTRIBUTES
    try:
        absent = await missing(client)
        if absent:
            await _add(client, absent)
    except RPCError as error:
        # Two workers that start together both find it missing; the second is told that it is there.
        if error.status != RPCStatusCode.ALREADY_EXISTS:
            raise NotRegistered(
                f"search attributes cannot be registered here ({error.status.name}); somebody who may must run: "
                f"{create_command(client.namespace, absent)}"
            ) from None


def create_command(namespace: str, keys: Sequence[SearchAttributeKey[Any]] = SEARCH_ATTRIBUTES) -> str:
    """The `temporal` command that registers these attributes."""
    pairs = " ".join(f"--name {key.name} --type {_type_name(key)}" for key in keys)
    return f"temporal operator search-attribute create --namespace {namespace} {pairs}"


async def missing(client: Client) -> list[SearchAttributeKey[Any]]:
    """What nobody has registered. Raises NotRegistered (one is there with another type), RPCError."""
    listed = await client.operator_service.list_search_attributes(
        ListSearchAttributesRequest(namespace=client.namespace)
    )
    for key in SEARCH_ATTRIBUTES:
        there = listed.custom_attributes.get(key.name, int(key.indexed_value_type))
        if there != int(key.indexed_value_type):
            raise NotRegistered(f"search attribute {key.name} has another type than {_type_name(key)}: remove it first")
    return [key for key in SEARCH_ATTRIBUTES if key.name not in listed.custom_attributes]


async def _add(client: Client, keys: Sequence[SearchAttributeKey[Any]]) -> None:
    types = {key.name: IndexedValueType.ValueType(int(key.indexed_value_type)) for key in keys}
    request = AddSearchAttributesRequest(namespace=client.namespace, search_attributes=types)
    await client.operator_service.add_search_attributes(request)


def _type_name(key: SearchAttributeKey[Any]) -> str:
    """As the `temporal` command spells it: KeywordList for INDEXED_VALUE_TYPE_KEYWORD_LIST."""
    return "".join(part.capitalize() for part in key.indexed_value_type.name.split("_"))
