"""What may still be told of a run whose subject was erased: who decided what, and when; not on what, nor why."""

from typing import Any

from temporalio.converter import DataConverter

from runtime.blobs.inlined import payloads_of
from runtime.blobs.lost import is_erased
from runtime.sealing.codec import vault_of
from runtime.sealing.vault import ERASED, Unreadable, Vault
from starters.chain import Chain
from starters.explanation import Decision, EffectState, Explanation


def was_erased(chain: Chain) -> bool:
    """Whether something in it was erased."""
    return any(is_erased(payload) for event in chain.events for payload in payloads_of(event))


def account_of(found: Explanation) -> Explanation:
    """A run's explanation without what it says of its subject: texts are replaced by "(erased)"."""
    return found.model_copy(
        update={
            "result": _outcome(found.result),
            "error": _erased(found.error),
            "decisions": tuple(_decision(one) for one in found.decisions),
            "effects": tuple(_effect(one) for one in found.effects),
            "refusals": tuple({"message": ERASED, "reason": ERASED, **_sender(one)} for one in found.refusals),
        }
    )


def keep_account(vault: Vault, account: Explanation) -> None:
    """Keep it, encrypted with a key of the settings. Raises BlobError."""
    name = account.workflow_id
    vault.subjects.keep_account(name, vault.seal_text(None, account.model_dump_json(), name))


def find_account(converter: DataConverter, workflow_id: str) -> Explanation | None:
    """What was kept of a run when its subject was erased; None where it was not. Raises BlobError."""
    vault = vault_of(converter)
    kept = vault.subjects.account(workflow_id) if vault else None
    if vault is None or kept is None:
        return None
    try:
        return Explanation.model_validate_json(vault.open_text(kept, workflow_id))
    except Unreadable:  # its key is not among those of the settings any more
        return None


def _decision(one: Decision) -> Decision:
    # Of a person's input, which gate it was and the digest of what they saw.
    given = one.input if one.by == "person" else _erased(one.input)
    texts = {"error": _erased(one.error), "note": _erased(one.note), "output": _erased(one.output)}
    return one.model_copy(update={**texts, "input": given})


def _effect(one: EffectState) -> EffectState:
    return one.model_copy(update={"receipt": _erased(one.receipt)})


def _outcome(result: Any) -> Any:
    if not isinstance(result, dict):
        return _erased(result)
    return {name: value if name == "outcome" else _erased(value) for name, value in result.items()}


def _sender(refusal: dict[str, Any]) -> dict[str, Any]:
    return {name: refusal.get(name) for name in ("at", "by", "identity")}


def _erased(value: Any) -> Any:
    return None if value is None else ERASED
