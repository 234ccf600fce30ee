"""People with keys, from outside: a fleet in which two have to sign, and what can be wrong with its files."""

import json
import subprocess
import sys
import time
from collections.abc import Iterator
from email import message_from_bytes
from email.policy import default
from pathlib import Path

import pytest

from tests.e2e.conftest import Result, Shell, environment, stack_in

PEOPLE = """
[approvers.ann]
roles = ["preparer"]
email = "ann@signoff.example"
[approvers.bob]
roles = ["lead"]
email = "bob@signoff.example"

[gates.sales-follow-up.review-email]
stages = [{ who = ["role:preparer"] }, { who = ["role:lead"] }]
separate = false
signed = true
bound = true

[notices]
inbox = "https://signoff.example.com"
from = "Signoff <signoff@signoff.example>"
"""
LEAD = '{"lead_id": "lead-007"}'


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shell]:
    """A running stack whose approvers have keys."""
    folder = tmp_path_factory.mktemp("house")
    shell = Shell(folder)
    lines = [shell.signoff("keys", "new", "--name", name, "--json").json["toml"] for name in ("ann", "bob")]
    # A table of tables goes on after its table, wherever that stands.
    (folder / "people.toml").write_text("\n".join((PEOPLE, *lines, "")))
    (folder / ".env").write_text("SIGNOFF_APPROVERS=people.toml\n")
    with stack_in(folder):
        yield shell


def mails(shell: Shell) -> dict[str, str]:
    """Notices by their recipient, the last of each."""
    files = sorted((shell.folder / ".signoff" / "mail" / "new").glob("*"))
    found = [message_from_bytes(file.read_bytes(), policy=default) for file in files]
    return {str(mail["To"]): str(mail.get_content()) for mail in found if mail["Auto-Submitted"]}


def told(shell: Shell, whom: str) -> str:
    """What they were told, once they were."""
    end = time.monotonic() + 60
    while time.monotonic() < end:
        for to, text in mails(shell).items():
            if whom in to:
                return text
    raise AssertionError(f"{whom} has heard nothing")


def test_two_sign_in_their_order_and_the_proof_holds_without_a_server(house: Shell, tmp_path: Path) -> None:
    run = house.signoff("start", "sales-follow-up", "--input", LEAD, "--occasion", "signed", "--json").json[
        "workflow_id"
    ]
    gate = house.waiting(run)
    assert (gate["waits_on"], gate["needed"], gate["signed"]) == (["role:preparer"], 2, True)
    assert f"https://signoff.example.com/runs/{run.replace('/', '%2F')}?gate=review-email" in told(house, "ann@")

    early = house.signoff("approve", run, "--by", "bob", "--key", "bob.signoff-key.pem")
    assert (early.code, "bob is not asked at review-email" in early.error) == (1, True)
    plain = house.signoff("approve", run, "--by", "ann")
    assert (plain.code, "wants signed decisions: sign with --key" in plain.error) == (1, True)
    stranger = house.signoff("reject", run, "--by", "eve", "--reason", "no")
    assert (stranger.code, "eve may not decide here" in stranger.error) == (1, True)
    for name in ("ann", "bob"):
        signed = house.signoff("approve", run, "--by", name, "--key", f"{name}.signoff-key.pem", "--json")
        assert signed.code == 0, signed.err
    done = house.signoff("start", "sales-follow-up", "--input", LEAD, "--occasion", "signed", "--wait", "--json")
    assert done.json["result"]["outcome"] == "sent"

    shown = house.signoff("show", run)
    assert "Only those of SIGNOFF_APPROVERS could decide." in shown.out
    written = house.signoff("audit", run, "--out", "proof.json", "--json").json
    (tmp_path / "proof.json").write_bytes((house.folder / "proof.json").read_bytes())
    elsewhere = Shell(tmp_path)
    proof = elsewhere.signoff("audit", "verify", "proof.json", "--json", TEMPORAL_ADDRESS="nonsense").json
    assert proof["sha256"] == written["sha256"]
    assert "review-email: 2 of 2 needed decided: ann, bob" in proof["proven"]
    assert "review-email: 2 of 2 decisions are signed, each by its sender" in proof["proven"]
    assert any(line.startswith("mail.send (") and "exactly what was approved" in line for line in proof["proven"])
    assert any(line.startswith("crm.log_follow_up (") for line in proof["proven"])

    data = (tmp_path / "proof.json").read_bytes()
    (tmp_path / "proof.json").write_bytes(data.replace(b"lead-007", b"lead-008", 1))
    changed = elsewhere.signoff("audit", "verify", "proof.json")
    assert (changed.code, "does not hold: its SHA-256" in changed.error) == (1, True)


def test_a_key_that_is_revoked_while_the_gate_is_open_counts_no_longer(house: Shell) -> None:
    people = house.folder / "people.toml"
    before = people.read_text()
    run = house.signoff("start", "sales-follow-up", "--input", LEAD, "--occasion", "revoked", "--json").json[
        "workflow_id"
    ]
    house.waiting(run)
    assert house.signoff("approve", run, "--by", "ann", "--key", "ann.signoff-key.pem").code == 0
    key = house.signoff("show", run, "--json").json["decisions"][-1]["signed_with"]
    try:
        people.write_text(before.replace(f'id = "{key}"', f'id = "{key}"\nrevoked = 2026-01-01T00:00:00Z'))
        assert house.signoff("approve", run, "--by", "bob", "--key", "bob.signoff-key.pem").code == 0
        end = time.monotonic() + 60
        while not (found := house.signoff("show", run, "--json").json)["refusals"]:
            assert time.monotonic() < end
        assert f"the key {key} of ann was revoked at 2026-01-01 00:00 UTC" in found["refusals"][0]["reason"]
        assert found["status"] == "running"
    finally:
        people.write_text(before)


def worker(folder: Path, **variables: str) -> Result:
    """A worker that must not start."""
    done = subprocess.run(
        (sys.executable, "-m", "workers"),
        cwd=folder,
        env=environment(**variables),
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    return Result(done.returncode, done.stdout, done.stderr)


GATE = "[gates.sales-follow-up.review-email]\n"
BAD = {
    "no file": (None, "people.toml, which cannot be read"),
    "no TOML": ("[approvers", "which is not TOML"),
    "a table nobody knows": ("[people.ann]", '"people" is not known here'),
    "a private key": (
        '[[approvers.ann.keys]]\nid = "k"\npublic = """-----BEGIN PRIVATE KEY-----\nTUlHSEFn"""',
        "approvers.ann.keys.0.public: is a private key",
    ),
    "a step that is none": ("[gates.sales-follow-up.publish]", "names no step that a person decides"),
}


@pytest.mark.parametrize("what", BAD)
def test_every_program_stops_at_a_list_that_cannot_be_right(tmp_path: Path, what: str) -> None:
    toml, says = BAD[what]
    if toml is not None:
        (tmp_path / "people.toml").write_text(toml)
    programs = ("settings", "list", "up") if what == "no TOML" else ("settings",)
    commands = (Shell(tmp_path).signoff(program, SIGNOFF_APPROVERS="people.toml") for program in programs)
    for done in (worker(tmp_path, SIGNOFF_APPROVERS="people.toml"), *commands):
        assert done.code == 2
        assert says in done.error
        assert "TUlHSEFn" not in done.err


@pytest.mark.parametrize(
    ("toml", "variables", "says"),
    [
        ("[approvers.ann]\n" + GATE + "stages = [{ needed = 2 }]", {}, "needs 2 of anybody; there is 1"),
        ("[approvers.ann]\n" + GATE + "signed = true", {}, "there is nobody who has a key that is not revoked"),
        (
            "[approvers.ann]\n[approvers.bob]\n[notices]\nfrom = 's@example.com'",
            {},
            "SIGNOFF_SMTP_URL is not set, and [notices] of",
        ),
        (
            "[approvers.ann]\n[approvers.bob]\n[notices]\nwebhook = 'https://x.example/T0KEN'",
            {},
            "SIGNOFF_WEBHOOK_SECRET is not set",
        ),
    ],
)
def test_a_worker_does_not_start_where_its_gates_could_not_be_decided(
    tmp_path: Path, toml: str, variables: dict[str, str], says: str
) -> None:
    (tmp_path / "people.toml").write_text(toml)
    done = worker(tmp_path, SIGNOFF_APPROVERS="people.toml", **variables)
    assert done.code == 2
    assert says in done.error
    assert "T0KEN" not in done.err


@pytest.mark.parametrize(
    ("argv", "code", "says"),
    [
        (("keys", "new", "--name", "a\nb"), 2, "--name"),
        (("keys", "new", "--out", "no/where"), 2, "no/where cannot be written"),
        (("approve", "run", "--key", "none.pem"), 2, "none.pem cannot be read"),
        (("approve", "run", "--key", "people.toml"), 2, "people.toml is no private key"),
        (("retract", "run", "--key-id", "k"), 2, "--key-id"),
        (("audit", "verify", "none.json"), 2, "none.json cannot be read"),
        (("audit", "verify", "people.toml"), 1, "people.toml does not hold: it is not JSON"),
        (("audit", "verify", "deep.json"), 1, "deep.json does not hold: it is nested more deeply"),
        (("audit", "verify", "twice.json"), 1, "twice.json does not hold: it is not JSON that a bundle can be"),
        (("audit", "verify", "half.json"), 1, "half.json does not hold: it is not UTF-8 text"),
        (("audit", "verify"), 2, "FILE"),
        (("audit", "verify", "/dev/zero"), 1, "is larger than"),
    ],
)
def test_wrong_input_is_one_line_and_an_exit_code(tmp_path: Path, argv: tuple[str, ...], code: int, says: str) -> None:
    (tmp_path / "people.toml").write_text("[approvers.ann]\n")
    (tmp_path / "deep.json").write_text("[" * 200_000)
    (tmp_path / "twice.json").write_text(json.dumps({"a": 1})[:-1] + ', "a": 2}')
    (tmp_path / "half.json").write_bytes(b'{"bundle": "\xc3"}')
    done = Shell(tmp_path).signoff(*argv)
    assert (done.code, says in done.error) == (code, True)
