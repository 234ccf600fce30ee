"""Checking a proof bundle: what it proves, and what rests on the word of whoever recorded it. No clock, no server."""

from collections.abc import Iterator

from contracts.catalogue import TOOLS
from contracts.gates import json_digest
from contracts.tools import Effect, Outcome, tool_name
from starters.audit.bundle import Bundle, EffectRecord, GateRecord
from starters.audit.gate_proof import GateProof, words
from starters.audit.reading import Broken
from starters.happenings import CallState

IRREVERSIBLE = {tool_name(tool) for tool in TOOLS if tool.effect is Effect.IRREVERSIBLE}


class Proof:
    """What was found. Made of a bundle that holds; raises Broken for the first thing that does not."""

    def __init__(self, bundle: Bundle) -> None:
        self.bundle = bundle
        self.proven: list[str] = []
        self.rests: list[str] = []
        self._gates: dict[str, GateRecord] = {}
        for gate in bundle.gates:
            if gate.gate in self._gates:
                raise Broken(f"the gate {gate.gate} is there twice")
            self._gates[gate.gate] = gate
            found = GateProof(bundle, gate)
            self.proven += found.proven
            self.rests += found.rests
        for effect in bundle.effects:
            self._check_effect(effect)
        self.rests += self._of_the_whole()

    def _check_effect(self, effect: EffectRecord) -> None:
        what = f"{effect.tool} ({effect.key})"
        if json_digest(effect.argument) != effect.digest:
            raise Broken(f"{what}: the digest is not that of its argument")
        self._check_receipt(effect, what)
        approval = effect.approval
        if approval is None:
            if effect.tool in IRREVERSIBLE:
                raise Broken(f"{what} cannot be undone, and there is no approval of it")
            self.proven.append(f"{what}: {effect.state}, with the argument of digest {effect.digest[:12]}")
            return
        if approval.digest != effect.digest:
            raise Broken(f"{what}: its argument is not the one that {words(approval.by)} approved")
        if approval.standing:
            self.rests.append(f"{what} was approved in advance by {words(approval.by)}: see {words(approval.standing)}")
            return
        self._check_approval(effect, what)
        self.proven.append(f"{what}: {effect.state}, with exactly what was approved at {words(approval.gate)}")

    def _check_approval(self, effect: EffectRecord, what: str) -> None:
        approval = effect.approval
        assert approval
        if approval.request != self.bundle.workflow_id:
            raise Broken(f"{what}: its approval was given in another run, {words(approval.request)}")
        gate = self._gates.get(approval.gate)
        end = gate.end if gate else None
        if gate is None or end is None or end.who is None or not gate.votes:
            raise Broken(f"{what}: there is no decision that approved it at {words(approval.gate)}")
        if end.digest != approval.digest:
            raise Broken(f"{what}: what was approved at {gate.gate} has another digest")
        if end.who != approval.by or {vote.who for vote in gate.votes} != {approval.by, *approval.others}:
            raise Broken(f"{what}: its approval names others than those who decided at {gate.gate}")
        if (edits := list(_edits(gate))) and not approval.edited:
            raise Broken(f"{what}: {gate.gate} was approved as edited, and its approval does not say so")
        for name, value in (item for edit in edits for item in edit.items()):
            argument = effect.argument if isinstance(effect.argument, dict) else {}
            if str(argument.get(name)).strip() != str(value).strip():
                self.rests.append(f"{what}: that the edit of {words(name)} came to what was approved")

    def _check_receipt(self, effect: EffectRecord, what: str) -> None:
        receipt = effect.receipt if isinstance(effect.receipt, dict) else {}
        if receipt.get("outcome") == Outcome.DONE and receipt.get("digest") != effect.digest:
            raise Broken(f"{what}: its receipt is for something else than its argument")
        if receipt and receipt.get("key") != effect.key:
            raise Broken(f"{what}: its receipt is that of another effect")
        result = receipt.get("result")
        for file in _files(result.get("files") if isinstance(result, dict) else None):
            self.rests.append(f"{what}: that what was made has the SHA-256 of {file}; compare it with the file's own")
        if effect.state not in (CallState.DONE, CallState.FAILED):
            self.rests.append(f"{what}: what came of it is recorded as {words(effect.state)}")

    def _of_the_whole(self) -> Iterator[str]:
        bundle = self.bundle
        if not bundle.whole:
            yield "the first runs of this id were not there any more when the bundle was made"
        if bundle.reset_of:
            yield f"the run was reset: what {', '.join(map(words, bundle.reset_of))} did after that is not here"
        if bundle.refusals_count > len(bundle.refusals):
            yield f"of {bundle.refusals_count:,} refused messages {len(bundle.refusals)} are here"
        if any(gate.rules and gate.rules.approvers for gate in bundle.gates):
            yield "whose public key is whose, and who may decide, is as it was recorded when each gate opened"
        yield "the bundle itself is not signed: compare its SHA-256 with one that was kept elsewhere"


def _files(files: object) -> Iterator[str]:
    """Files that a receipt tells of, with their digests."""
    for one in files if isinstance(files, list) else ():
        if isinstance(one, dict) and isinstance(one.get("name"), str) and isinstance(one.get("sha256"), str):
            yield words(f"{one['name']}: {one['sha256']}")


def _edits(gate: GateRecord) -> Iterator[dict[str, object]]:
    """What those who decided had changed, the last of each field."""
    for vote in gate.votes:
        edit = vote.said.message.get("edit") if vote.said and isinstance(vote.said.message, dict) else None
        if isinstance(edit, dict) and edit:
            yield dict(edit)
