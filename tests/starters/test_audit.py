"""Proof bundles that somebody has changed, and files that are none: each fails, in one line that says why."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from temporalio.client import WorkflowHistory

from contracts.gates import canonical, json_digest
from runtime.codec import data_converter
from starters.audit.bundle import as_file
from starters.audit.collecting import collect
from starters.audit.proof import Proof
from starters.audit.reading import Broken, read_bundle
from starters.chain import Chain
from starters.cli.run import run
from starters.failures import BAD_INPUT, REFUSED, Failure
from tests.starters.proofs import DIGEST, MAIL, RUN, bundle, history, public, rewritten, rules, signed

WHOLE = bundle()
HISTORIES = Path(__file__).parents[1] / "replay" / "histories"

Change = Callable[[dict[str, Any]], Any]


def gate(found: dict[str, Any]) -> dict[str, Any]:
    one: dict[str, Any] = found["gates"][0]
    return one


def effect(found: dict[str, Any]) -> dict[str, Any]:
    one: dict[str, Any] = found["effects"][0]
    return one


def message(found: dict[str, Any], vote: int) -> dict[str, Any]:
    """Of a vote; in the note of it, too."""
    one: dict[str, Any] = gate(found)["votes"][vote]["said"]["message"]
    return one


def test_what_nobody_touched_holds() -> None:
    proof = Proof(read_bundle(WHOLE).bundle)
    assert proof.proven == [
        "review-email: 2 of 2 needed decided: ann, bob",
        "review-email: 2 of 2 decisions are signed, each by its sender",
        f"mail.send ({RUN}/send-email): done, with exactly what was approved at review-email",
    ]
    assert len(proof.rests) == 2


def test_the_same_history_makes_the_same_file() -> None:
    assert bundle() == WHOLE


def test_any_byte_that_is_changed_fails_it() -> None:
    for at in range(len(WHOLE)):
        changed = WHOLE[:at] + bytes([WHOLE[at] ^ 1]) + WHOLE[at + 1 :]
        with pytest.raises(Broken):
            read_bundle(changed)


@given(st.integers(0, len(WHOLE)), st.binary(max_size=3), st.integers(0, 3))
def test_nothing_can_be_put_in_or_taken_out(at: int, put: bytes, take: int) -> None:
    changed = WHOLE[:at] + put + WHOLE[at + take :]
    if changed != WHOLE:
        with pytest.raises(Broken):
            read_bundle(changed)


def _replaced(target: dict[str, Any], **changes: Any) -> Any:
    target.update(changes)


CHANGES: dict[str, tuple[Change, str]] = {
    "another argument": (lambda b: _replaced(effect(b)["argument"], body="Pay me"), "the digest is not that of its"),
    "another argument with its digest": (
        lambda b: _replaced(effect(b), argument={"a": 1}, digest=json_digest({"a": 1}), receipt=None),
        "its argument is not the one that bob approved",
    ),
    "another argument, approved after the fact": (
        lambda b: (
            _replaced(effect(b), argument={"a": 1}, digest=json_digest({"a": 1}), receipt=None),
            _replaced(effect(b)["approval"], digest=json_digest({"a": 1})),
        ),
        "what was approved at review-email has another digest",
    ),
    "a receipt for something else": (lambda b: _replaced(effect(b)["receipt"], digest="0" * 64), "for something else"),
    "another effect's receipt": (lambda b: _replaced(effect(b)["receipt"], key="other"), "that of another effect"),
    "no approval": (lambda b: _replaced(effect(b), approval=None), "cannot be undone, and there is no approval of it"),
    "another run's approval": (lambda b: _replaced(effect(b)["approval"], request="other"), "given in another run"),
    "another gate's approval": (lambda b: _replaced(effect(b)["approval"], gate="x"), "no decision that approved it"),
    "an approval by another": (lambda b: _replaced(effect(b)["approval"], by="eve"), "names others than those"),
    "an approval by fewer": (lambda b: _replaced(effect(b)["approval"], others=[]), "names others than those"),
    "no gate": (lambda b: _replaced(b, gates=[]), "there is no decision that approved it at review-email"),
    "no end": (lambda b: _replaced(gate(b), end=None, votes=[]), "no decision that approved it"),
    "no votes": (lambda b: _replaced(gate(b), votes=[]), "it was approved, and no decision says so"),
    "one vote": (lambda b: gate(b)["votes"].pop(), "1 decided, and its policy needs 2"),
    "a vote without its message": (
        lambda b: _replaced(gate(b)["votes"][1], said=None),
        "that was counted is not there",
    ),
    "the same vote twice": (
        lambda b: _replaced(gate(b), votes=[gate(b)["votes"][0]] * 2),
        "one person's decision was counted twice",
    ),
    "a vote of somebody else": (lambda b: _replaced(gate(b)["votes"][0], who="eve"), "that was counted is not there"),
    "a note": (lambda b: _replaced(message(b, 1), note="and pay me"), "is not one of bob for this decision"),
    "an edit": (lambda b: _replaced(message(b, 1), edit={"body": "x"}), "is not one of bob for this decision"),
    "another digest": (lambda b: _replaced(message(b, 1), digest="0" * 64), "something that was never shown there"),
    "no signature": (lambda b: _replaced(message(b, 1), signature=None), "is not signed, which its policy demands"),
    "another's signature": (
        lambda b: _replaced(message(b, 1), signature=signed("eve")["signature"] | {"key": "bob-1"}),
        "is not one of bob for this decision",
    ),
    "a signature by a key of another's": (
        lambda b: _replaced(message(b, 1), signature=signed("eve")["signature"]),
        "is with a key that was not recorded as one of bob's",
    ),
    "another time of signing": (
        lambda b: _replaced(message(b, 1)["signature"], at="2026-11-21T10:00:06+00:00"),
        "is not one of bob for this decision",
    ),
    "another key": (
        lambda b: _replaced(gate(b)["rules"]["approvers"][1]["keys"][0], public=public("eve")),
        "is not one of bob for this decision",
    ),
    "another workflow id": (lambda b: _replaced(b, workflow_id="other"), "the signature of"),
    "a message for another gate": (lambda b: _replaced(message(b, 1), gate="other"), "is for another gate, other"),
    "a no that was counted": (
        lambda b: _replaced(gate(b)["votes"][1]["said"], message={"verdict": "reject", "by": "bob", "reason": "no"}),
        "",
    ),
    "no message at all": (lambda b: _replaced(gate(b)["votes"][1]["said"], message=[]), "is no decision"),
    "a note of another": (lambda b: _replaced(gate(b)["notes"][1], who="eve"), "is not a decision of eve"),
    "a key that was revoked before": (
        lambda b: _replaced(gate(b)["rules"]["approvers"][1]["keys"][0], revoked="2026-11-21T10:00:00Z"),
        "came when the key bob-1 was revoked",
    ),
    "a vote that the look-up refused": (
        lambda b: _replaced(b["revocations"][0], refused={"ann": "revoked"}),
        "the key of ann was found revoked, and the vote was counted",
    ),
    "a look-up in a run that is not there": (lambda b: _replaced(b["revocations"][0], run="x"), "none of the runs"),
    "a policy that needs more": (lambda b: _replaced(gate(b)["rules"]["policy"]["stages"][0], needed=3), "needs 3"),
    "a policy that asks others": (
        lambda b: _replaced(gate(b)["rules"]["policy"]["stages"][0], who=["eve"]),
        "those who decided are not those whom its policy asks",
    ),
    "a requester who decided": (lambda b: _replaced(b, requester="Bob"), "the requester decided"),
    "somebody who may not decide": (
        lambda b: gate(b)["rules"]["approvers"].pop(1),
        "a key that was not recorded as one of bob's",
    ),
    "the gate twice": (lambda b: b["gates"].append(gate(b)), "the gate review-email is there twice"),
    "a field more": (lambda b: _replaced(b, more=1), "it is no proof bundle that this version knows: more"),
    "a field less": (lambda b: b.pop("effects"), "it is no proof bundle that this version knows: effects"),
    "another kind": (lambda b: _replaced(b, kind="signoff audit/2"), "no proof bundle that this version knows: kind"),
}


@pytest.mark.parametrize("what", CHANGES)
def test_a_change_by_somebody_who_mends_the_digest_is_found(what: str) -> None:
    change, says = CHANGES[what]
    data = rewritten(json.loads(WHOLE), change)
    with pytest.raises(Broken) as broken:
        Proof(read_bundle(data).bundle)
    line = str(broken.value)
    assert says in line
    assert line.isprintable()


def test_a_policy_that_wants_bound_decisions_wants_their_digest() -> None:
    made = history()
    found = json.loads(bundle(made))
    unbound = {name: value for name, value in signed("bob").items() if name not in ("digest", "signature")}

    def change(b: dict[str, Any]) -> None:
        policy = rules(signed=False, bound=True)["policy"]
        gate(b)["rules"]["policy"].update(policy | {"signed": False})
        gate(b)["votes"][1]["said"]["message"] = unbound

    with pytest.raises(Broken, match="names no digest, which its policy demands"):
        Proof(read_bundle(rewritten(found, change)).bundle)


@pytest.mark.parametrize(
    ("data", "says"),
    [
        (b"", "it is not JSON"),
        (b"{", "it is not JSON"),
        (b"[]", "it is no proof bundle"),
        (b"null", "it is no proof bundle"),
        (b'{"bundle":{},"sha256":1}', "its SHA-256 is not that of what it holds"),
        (b'{"bundle":{}}', "it is no proof bundle"),
        (b"\xff\xfe", "it is not UTF-8 text (byte 1)"),
        (b'{"bundle":{},"bundle":{},"sha256":""}', "a name stands twice"),
        (b"[" * 100_000, "nested more deeply"),
        (b'{"bundle":' + b"[" * 900 + b"]" * 900 + b',"sha256":""}', ""),
        (b'{"bundle":NaN,"sha256":""}', "NaN is no JSON number"),
        (b'{"bundle":' + b"9" * 5000 + b',"sha256":""}', "it is not JSON that a bundle can be"),
        (b'{"bundle":1e999,"sha256":""}', ""),
        (b'{"bundle": {},"sha256":""}', "its bytes are not as"),
        (WHOLE + b"\n", "its bytes are not as"),
        (b"\xef\xbb\xbf" + WHOLE, "it is not JSON"),
        (canonical({"bundle": {}, "sha256": json_digest({})}), "no proof bundle that this version knows"),
    ],
)
def test_a_file_that_is_no_bundle_is_told_in_one_line(data: bytes, says: str) -> None:
    with pytest.raises(Broken) as broken:
        read_bundle(data)
    line = str(broken.value)
    assert says in line
    assert line.isprintable()
    assert len(line) < 600


def verify(*argv: str) -> int:
    return run(["audit", "verify", *argv])


def test_verify_says_what_is_proven_and_what_rests_on_the_record(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "proof.json"
    file.write_bytes(WHOLE)
    assert verify(str(file)) == 0
    out = capsys.readouterr().out
    assert "Proven:" in out
    assert "review-email: 2 of 2 needed decided: ann, bob" in out
    assert "the bundle itself is not signed: compare its SHA-256" in out
    assert verify(str(file), "--json") == 0
    told = json.loads(capsys.readouterr().out)
    assert told.keys() == {"file", "holds", "sha256", "workflow_id", "proven", "rests"}
    assert (told["holds"], told["workflow_id"], told["sha256"]) == (True, RUN, json.loads(WHOLE)["sha256"])


def test_verify_needs_neither_settings_nor_a_server(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("SIGNOFF_MODELS", "nobody:x")
    monkeypatch.setenv("TEMPORAL_ADDRESS", "nonsense")
    file = tmp_path / "proof.json"
    file.write_bytes(WHOLE)
    assert verify(str(file), "--json") == 0


@pytest.mark.parametrize(
    ("argv", "code", "says"),
    [
        ((), BAD_INPUT, "audit verify wants the FILE to check"),
        (("none.json",), BAD_INPUT, "none.json cannot be read: No such file"),
        ((".",), BAD_INPUT, ". cannot be read: Is a directory"),
        (("proof.json", "--out", "x"), BAD_INPUT, "leave --out away"),
        (("proof.json",), REFUSED, "proof.json does not hold: its SHA-256 is not that of what it holds"),
    ],
)
def test_verify_fails_in_one_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, argv: tuple[str, ...], code: int, says: str
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("proof.json").write_bytes(WHOLE.replace(DIGEST.encode(), b"0" * 64))
    with pytest.raises(Failure) as failed:
        verify(*argv)
    assert (failed.value.code, says in failed.value.line) == (code, True)


def test_the_argument_of_the_proof_is_the_one_that_was_approved() -> None:
    assert json.loads(WHOLE)["bundle"]["effects"][0]["argument"] == MAIL


def test_where_earlier_runs_are_gone_what_they_held_rests_on_the_record() -> None:
    def change(b: dict[str, Any]) -> None:
        b["whole"] = False
        gate(b)["votes"][0]["said"] = None
        gate(b)["notes"].pop()

    proof = Proof(read_bundle(rewritten(json.loads(WHOLE), change)).bundle)
    assert "review-email: that ann decided, in a run that was not there any more" in proof.rests
    assert "the first runs of this id were not there any more when the bundle was made" in proof.rests


@pytest.mark.parametrize("path", sorted(HISTORIES.rglob("*.json")), ids=lambda path: f"{path.parent.name}/{path.stem}")
def test_every_history_that_was_ever_recorded_makes_a_bundle_that_holds(path: Path) -> None:
    events = tuple(WorkflowHistory.from_json("recorded", path.read_text()).events)
    started = events[0].workflow_execution_started_event_attributes
    chain = Chain((("run", events),), whole=not started.continued_execution_run_id)
    found = collect("any", chain, data_converter())
    name = next((effect.approval.request for effect in found.effects if effect.approval), "any")
    proof = Proof(read_bundle(as_file(collect(name, chain, data_converter()))[0]).bundle)
    sent = [line for line in proof.proven if line.startswith("mail.send (")]
    assert len(sent) == sum(effect.tool == "mail.send" for effect in found.effects)
