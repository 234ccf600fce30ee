"""Approvers' keys: how they are made, read and used."""

import base64
import json
import os
import stat
import tomllib
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, generate_private_key
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
)

from contracts.gates import Approve, Reject, Signature, signed_bytes
from runtime.approvers_file import read_approvers
from runtime.keys import BadKey, is_genuine, key_id, new_key, read_key, write_key
from starters.cli.run import run
from starters.failures import BAD_INPUT, Failure
from starters.signing import Signer
from tests.support.approvers import ANN

RUN = "sales-follow-up/lead-007/today"
YES = Approve(by="ann", gate="review-email", digest="d" * 64, note="gern, Zoë", edit={"subject": "Hi"})


@pytest.fixture(autouse=True)
def _here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def made(capsys: pytest.CaptureFixture[str], *argv: str) -> dict[str, str]:
    """What `keys new --json` says."""
    assert run(["keys", "new", *argv, "--json"]) == 0
    found: dict[str, str] = json.loads(capsys.readouterr().out)
    return found


def test_a_new_key_signs_and_the_lines_to_add_are_its_own(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    new = made(capsys, "--name", "ann")
    assert new.keys() == {"name", "id", "public", "file", "toml"}
    assert (new["file"], new["id"]) == ("ann.signoff-key.pem", key_id(new["public"]))
    (tmp_path / "people.toml").write_text(new["toml"], encoding="utf-8")
    (key,) = read_approvers(tmp_path / "people.toml").approvers["ann"].keys
    assert (key.id, key.public) == (new["id"], new["public"])
    signature = Signer(Path(new["file"])).sign(RUN, YES, None, None)
    assert signature.key == new["id"]
    assert is_genuine(new["public"], signature, RUN, YES)


def test_a_private_key_is_for_its_owner_only_and_never_written_over(capsys: pytest.CaptureFixture[str]) -> None:
    file = Path(made(capsys, "--name", "ann")["file"])
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    before = file.read_bytes()
    with pytest.raises(Failure, match="is there already: a key is never written over") as refused:
        run(["keys", "new", "--name", "ann"])
    assert refused.value.code == BAD_INPUT
    assert file.read_bytes() == before
    Path("link.pem").symlink_to("elsewhere.pem")
    with pytest.raises(Failure, match="is there already"):
        run(["keys", "new", "--out", "link.pem"])
    assert not Path("elsewhere.pem").exists()


def test_what_is_printed_holds_no_private_key(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["keys", "new", "--name", "ann"]) == 0
    printed = capsys.readouterr().out
    (line,) = Path("ann.signoff-key.pem").read_text().splitlines()[1:-1]
    seed = base64.b64encode(base64.b64decode(line)[-32:]).decode()
    assert line not in printed
    assert seed not in printed
    assert "[[approvers.ann.keys]]" in printed


@pytest.mark.parametrize("name", ["../../ann", "/etc/ann", "Ann Lee", 'a"b\\c', "Zoë 😀", "-.", "a.b"])
def test_any_name_makes_a_file_here_and_lines_that_can_be_read(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, name: str
) -> None:
    new = made(capsys, f"--name={name}")
    assert (tmp_path / new["file"]).resolve().parent == tmp_path
    assert list(tomllib.loads(new["toml"])["approvers"]) == [name]


@pytest.mark.parametrize(
    ("argv", "says"),
    [
        (["--name", " "], "--name"),
        (["--name", "a\x1b[2J"], "--name must be 1 to 200 printable characters"),
        (["--name", "role:lead"], '--name must not begin with "role:"'),
        (["--name", "x" * 201], "--name must be 1 to 200"),
        (["--out", "no/where.pem"], "no/where.pem cannot be written: No such file"),
        (["--out", "y" * 300], "cannot be written: File name too long"),
        (["--frob"], "--frob"),
    ],
)
def test_what_no_key_can_be_made_for_is_named(argv: list[str], says: str) -> None:
    with pytest.raises(Failure) as refused:
        run(["keys", "new", *argv])
    assert refused.value.code == BAD_INPUT
    assert says in refused.value.line
    assert "\n" not in refused.value.line


def test_a_signature_fits_nothing_but_what_was_signed() -> None:
    new = new_key()
    write_key(Path("k.pem"), new.pem)
    signature = read_key(Path("k.pem")).sign(RUN, YES, new.id)
    assert is_genuine(new.public, signature, RUN, YES)
    others = {"by": "bob", "gate": "other", "digest": "e" * 64, "note": "gern, Zoé", "edit": None}
    for field, value in others.items():
        assert not is_genuine(new.public, signature, RUN, YES.model_copy(update={field: value})), field
    no = Reject(by="ann", gate="review-email", digest="d" * 64, reason="gern, Zoë")
    assert not is_genuine(new.public, signature, RUN, no)
    assert not is_genuine(new.public, signature, f"{RUN}-2", YES)
    assert not is_genuine(ANN, signature, RUN, YES)
    later = signature.model_copy(update={"at": "2026-11-21T10:00:00+00:00"})
    assert not is_genuine(new.public, later, RUN, YES)


def test_a_signature_is_what_any_tool_makes_of_the_same_bytes() -> None:
    seed = bytes.fromhex("9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60")  # RFC 8032, 7.1, test 1
    at = "2026-11-21T10:00:00+00:00"
    value = base64.b64encode(Ed25519PrivateKey.from_private_bytes(seed).sign(signed_bytes(RUN, YES, at))).decode()
    assert is_genuine(ANN, Signature(key="any", at=at, value=value), RUN, YES)


def _files() -> dict[str, tuple[bytes, str]]:
    key, other = Ed25519PrivateKey.generate(), generate_private_key(SECP256R1())
    public = key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    return {
        "a public key": (public, "holds no private key"),
        "an encrypted key": (
            key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, BestAvailableEncryption(b"pass")),
            "is encrypted",
        ),
        "another kind of key": (
            other.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()),
            "is a private key of another kind than Ed25519",
        ),
        "an encrypted one in the old form": (
            other.private_bytes(Encoding.PEM, PrivateFormat.TraditionalOpenSSL, BestAvailableEncryption(b"pass")),
            "is encrypted",
        ),
        "a broken one of OpenSSH's": (
            key.private_bytes(Encoding.PEM, PrivateFormat.OpenSSH, NoEncryption()).replace(b"b3BlbnNza", b"b3BlbnNzb"),
            "is no private key that can be read",
        ),
        "the raw bytes": (key.private_bytes_raw(), "is no private key"),
        "DER": (key.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption()), "is no private key"),
        "half of one": (new_key().pem[:60], "is no private key that can be read"),
        "nothing": (b"", "is no private key"),
        "something large": (b"-----BEGIN PRIVATE KEY-----" + b"A" * 100_000, "is no private key"),
    }


@pytest.mark.parametrize("what", _files())
def test_a_file_that_is_no_key_is_named_and_never_repeated(what: str) -> None:
    content, says = _files()[what]
    Path("k.pem").write_bytes(content)
    with pytest.raises(BadKey) as refused:
        read_key(Path("k.pem"))
    line = str(refused.value)
    assert line.startswith(f"k.pem {says}")
    assert line.isprintable()
    assert not any(part.decode("latin-1") in line for part in content.splitlines() if len(part) > 20)


@pytest.mark.parametrize("name", ["none.pem", ".", "a\0b"])
def test_a_file_that_cannot_be_read_is_named(name: str) -> None:
    with pytest.raises(BadKey, match="cannot be read"):
        read_key(Path(name))


@pytest.mark.parametrize(
    "command", [("approve",), ("reject", "--reason", "no"), ("answer", "--text", "a"), ("retract",)]
)
def test_a_bad_key_is_refused_before_anything_is_connected_to(command: tuple[str, ...]) -> None:
    with pytest.raises(Failure, match=r"none\.pem cannot be read") as refused:
        run([command[0], "some-run", *command[1:], "--by", "ann", "--key", "none.pem"])
    assert refused.value.code == BAD_INPUT
    with pytest.raises(Failure, match="give --key, too"):
        run([command[0], "some-run", *command[1:], "--by", "ann", "--key-id", "x"])


def test_a_key_that_others_can_read_is_told_of(capsys: pytest.CaptureFixture[str]) -> None:
    file = Path(made(capsys, "--name", "ann")["file"])
    assert not Signer(file).is_open_to_others
    os.chmod(file, 0o640)
    assert Signer(file).is_open_to_others


def test_a_key_is_called_what_the_list_of_approvers_calls_it(capsys: pytest.CaptureFixture[str]) -> None:
    new = made(capsys, "--name", "ann")
    Path("people.toml").write_text(new["toml"].replace(new["id"], "ann-2026"), encoding="utf-8")
    known, signer = read_approvers(Path("people.toml")), Signer(Path(new["file"]))
    assert signer.sign(RUN, YES, None, known).key == "ann-2026"
    assert signer.sign(RUN, YES, "given", known).key == "given"
    Path("people.toml").write_text("[approvers.ann]", encoding="utf-8")
    assert signer.sign(RUN, YES, None, read_approvers(Path("people.toml"))).key == new["id"]
