"""How values cross the wire: pydantic's JSON, encrypted where there are keys, large ones outside history.

What cannot be right fails its run.
"""

from collections.abc import Sequence
from typing import Any, ClassVar

from pydantic import ValidationError
from temporalio.api.common.v1 import Payload
from temporalio.api.failure.v1 import Failure
from temporalio.contrib.pydantic import PydanticPayloadConverter
from temporalio.converter import DataConverter, DefaultFailureConverter, PayloadConverter

from contracts.errors import BadInput, TooLarge
from contracts.processes import ProcessInput
from runtime.blobs.driver import BlobDriver
from runtime.blobs.lost import is_erased, line_of
from runtime.blobs.off import Off
from runtime.blobs.storage import Converter, storage
from runtime.blobs.store import ABOVE, BlobError
from runtime.problems import problem_line
from runtime.sealing.codec import SealingCodec
from runtime.sealing.vault import ERASED, Vault

MB = 1024 * 1024


class SignoffPayloadConverter(PydanticPayloadConverter):
    """Pydantic's converter, strict about what starts a process.

    The SDK retries a workflow task for ever when its input cannot be read; only a Temporal failure, such as BadInput,
    ends the run and tells the sender.
    """

    most: ClassVar[int] = 32 * MB
    """Bytes of one value. It is several times in memory on its way, and a workflow task may hold many."""
    advice: ClassVar[str] = "record where it is instead"

    def to_payloads(self, values: Sequence[Any]) -> list[Payload]:
        """Encode. Raises TooLarge: sent on, such a value would be tried again and again, and nobody would hear."""
        payloads = super().to_payloads(values)
        for payload in payloads:
            if len(payload.data) > self.most:
                size = f"{len(payload.data) / MB:,.1f} MB, {self.most / MB:.0f} MB at most"
                raise TooLarge(f"a value is too large to be recorded ({size}): {self.advice}")
        return payloads

    def from_payloads(self, payloads: Sequence[Payload], type_hints: list[type] | None = None) -> list[Any]:
        """Decode. Raises BadInput, which names the field, where a process's input does not fit; BlobError."""
        if not type_hints or type_hints[0] is Any:
            return [self._readable(payload) for payload in payloads]
        if found := [line for payload in payloads if (line := line_of(payload))]:
            # Not BadInput: the run waits, and goes on once the blob is back.
            raise BlobError(found[0])
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
        if is_erased(payload):
            return ERASED
        try:
            return super().from_payloads([payload])[0]
        except (KeyError, RuntimeError, ValueError):
            return None


def _is_process_input(hint: type) -> bool:
    # By name: the workflow sandbox imports `contracts` anew, so its ProcessInput is another class.
    wanted = (ProcessInput.__module__, ProcessInput.__qualname__)
    return any((base.__module__, base.__qualname__) == wanted for base in getattr(hint, "__mro__", ()))


class InlinePayloadConverter(SignoffPayloadConverter):
    """Where nothing is kept outside history, Temporal's own limit holds, short of what surrounds the value."""

    most = 2 * MB - 4096
    advice = "set SIGNOFF_BLOBS, and up to 32 MB are kept outside history"


class Failures(DefaultFailureConverter):
    """Temporal's own; of one whose message cannot be decrypted, it says why."""

    def from_failure(self, failure: Failure, payload_converter: PayloadConverter) -> BaseException:
        """The error."""
        if line := line_of(failure.encoded_attributes):
            shown = Failure()
            shown.CopyFrom(failure)
            shown.message = line
            failure = shown
        return super().from_failure(failure, payload_converter)


class SealedFailures(Failures):
    """Messages and stack traces become payloads, and are encrypted with the others."""

    def __init__(self) -> None:
        super().__init__(encode_common_attributes=True)


def data_converter(driver: BlobDriver | None = None, above: int = ABOVE, vault: Vault | None = None) -> DataConverter:
    """The converter of every client and worker. Payloads of more bytes than `above` go to the driver's store.

    Without a driver nothing is kept outside history, as in tests and replays that need no store. Without a vault, or
    with one that has no keys, nothing is encrypted.
    """
    kept = storage(driver or BlobDriver(Off()), above)
    inline = driver is not None and isinstance(driver.blobs, Off)
    converter = InlinePayloadConverter if inline else SignoffPayloadConverter
    return Converter(
        payload_converter_class=converter,
        payload_codec=SealingCodec(vault) if vault else None,
        failure_converter_class=SealedFailures if vault and vault.seals else Failures,
        external_storage=kept,
    )
