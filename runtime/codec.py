"""How values cross the wire: pydantic's JSON, and a process's input that cannot be right fails its run."""

from collections.abc import Sequence
from typing import Any

from pydantic import ValidationError
from temporalio.api.common.v1 import Payload
from temporalio.contrib.pydantic import PydanticPayloadConverter
from temporalio.converter import DataConverter

from contracts.errors import BadInput
from contracts.processes import ProcessInput
from runtime.problems import problem_line


class SignoffPayloadConverter(PydanticPayloadConverter):
    """Pydantic's converter, strict about what starts a process.

    The SDK retries a workflow task for ever when its input cannot be read; only a Temporal failure, such as BadInput,
    ends the run and tells the sender.
    """

    def from_payloads(self, payloads: Sequence[Payload], type_hints: list[type] | None = None) -> list[Any]:
        """Decode. Raises BadInput, which names the field, where a process's input does not fit."""
        if not type_hints or type_hints[0] is Any:
            return [self._readable(payload) for payload in payloads]
        if len(payloads) != 1 or not _is_process_input(type_hints[0]):
            return super().from_payloads(payloads, type_hints)
        try:
            values = super().from_payloads(payloads, type_hints)
        except ValidationError as error:
            raise BadInput(f"the input cannot be right: {problem_line(error)}") from None
        except (KeyError, RuntimeError, ValueError) as error:
            raise BadInput(f"the input is not JSON: {error}") from None
        # A null, bytes or a protobuf message is decoded without a look at the type that is wanted.
        if not isinstance(values[0], type_hints[0]):
            raise BadInput("the input cannot be right: it must be a JSON object")
        return values

    def _readable(self, payload: Payload) -> Any:
        """A value that may be anything, such as a signal's; None where it cannot be read.

        The SDK would drop the signal without a word; a handler that is given None refuses it and records that.
        """
        try:
            return super().from_payloads([payload])[0]
        except (KeyError, RuntimeError, ValueError):
            return None


def _is_process_input(hint: type) -> bool:
    # By name: the workflow sandbox imports `contracts` anew, so its ProcessInput is another class.
    wanted = (ProcessInput.__module__, ProcessInput.__qualname__)
    return any((base.__module__, base.__qualname__) == wanted for base in getattr(hint, "__mro__", ()))


def data_converter() -> DataConverter:
    """The converter of every client and worker."""
    return DataConverter(payload_converter_class=SignoffPayloadConverter)
