"""The file of approvers: what it may not say. One line names the file, the table, and what to do."""

import base64
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat

from runtime.approvers_file import LARGEST
from runtime.settings import SettingsError
from tests.runtime.conftest import Load
from tests.support.approvers import ANN, BOB

GATE = "[gates.sales-follow-up.review-email]\n"
PRIVATE = Ed25519PrivateKey.generate()


def refused(load: Load, folder: Path, toml: str) -> str:
    """The line."""
    (folder / "people.toml").write_text(toml, encoding="utf-8")
    with pytest.raises(SettingsError) as raised:
        load(SIGNOFF_APPROVERS="people.toml")
    line = str(raised.value)
    assert line.startswith(f"SIGNOFF_APPROVERS (from environment) names {folder / 'people.toml'}, wh")
    assert line.isprintable()
    assert raised.value.__cause__ is None
    return line


def key(public: str = ANN, name: str = "ann", id: str = "k", more: str = "") -> str:
    """A key of somebody's."""
    return f'[[approvers.{name}.keys]]\nid = "{id}"\npublic = """{public}"""\n{more}\n'


@pytest.mark.parametrize(
    ("toml", "says"),
    [
        ("[approvers", "which is not TOML"),
        ("[approver.ann]", '"approver" is not known here: remove it, or use approvers, gates, notices'),
        ("approvers = 5", "approvers: "),
        ("[approvers]\nann = 5", "approvers.ann: must be a table"),
        ("[approvers.ann]\nrole = []", 'approvers.ann: "role" is not known here: remove it, or use roles, email, keys'),
        ('[approvers.ann]\nroles = "lead"', "approvers.ann.roles: must be a list"),
        ('[approvers.ann]\nroles = [""]', "approvers.ann.roles.0: must be 1 to 200 printable characters"),
        ('[approvers.ann]\nroles = ["role:lead"]', 'approvers.ann.roles.0: must not begin with "role:"'),
        ("[approvers.ann]\nroles = [5]", "approvers.ann.roles.0: "),
        ('[approvers.ann]\nemail = "ann"', "approvers.ann.email: must be a mail address, like ann@example.com"),
        ('[approvers.ann]\nemail = "a@example.com\\nBcc: x@example.com"', "approvers.ann.email: must be a mail"),
        ('[approvers.""]', 'the name of [approvers.""] must be 1 to 200 printable characters'),
        ('[approvers." ann"]', 'the name of [approvers." ann"] must be 1 to 200'),
        ('[approvers."a\\u001b[2J"]', "must be 1 to 200 printable characters"),
        (f"[approvers.{'x' * 201}]", "must be 1 to 200 printable characters"),
        ('[approvers."role:lead"]', 'must not begin with "role:"'),
        ("[approvers.ann]\n[approvers.Ann]", "ann and Ann are the same name but for its letters' case: rename one"),
        ("[approvers.ann]\n[approvers.ann]", "which is not TOML"),
        (key() + key(BOB, "bob"), 'the key id "k" is there twice, of ann and bob: rename one'),
        (key() + key(BOB), 'the key id "k" is there twice, of ann and ann: rename one'),
        (key() + key(name="bob", id="other"), 'the key "other" of bob is the same as one of ann'),
        (
            key(more="revokd = 2026-12-01T09:00:00Z"),
            '"revokd" is not known here: remove it, or use id, public, revoked',
        ),
        (key(more="revoked = 2026-12-01T09:00:00"), "keys.0.revoked: must be a date and a time with its offset"),
        (key(more="revoked = 2026-12-01"), "keys.0.revoked: must be a date and a time with its offset"),
        (key(more='revoked = "2026-12-01T09:00:00Z"'), "keys.0.revoked: must be a date and a time with its offset"),
        (key(more="revoked = 1"), "keys.0.revoked: must be a date and a time with its offset"),
        ('[[approvers.ann.keys]]\nid = "k"', "approvers.ann.keys.0.public: Field required"),
        (f'[approvers.ann.keys]\nid = "k"\npublic = "{ANN}"', "approvers.ann.keys: must be a list"),
        ("[gates.sales-folow-up.review-email]", "[gates.sales-folow-up] names no process; there are sales-"),
        (
            "[gates.sales-follow-up.draft-email]",
            "[gates.sales-follow-up.draft-email] names no step that a person decides; there are review-email, ",
        ),
        ("[gates]\nsales-follow-up = 5", "gates.sales-follow-up: "),
        (GATE + "needed = 2", '"needed" is not known here: remove it, or use stages, separate, deadline, '),
        (GATE + "stages = []", "gates.sales-follow-up.review-email.stages: "),
        (GATE + 'stages = [{ who = "ann" }]', "stages.0.who: must be a list"),
        (GATE + 'stages = [{ who = ["role:"] }]', "stages.0.who.0: must be 1 to 200 printable characters"),
        (GATE + "stages = [{ needed = 0 }]", "stages.0.needed: Input should be greater than or equal to 1"),
        (GATE + 'stages = [{ needed = "2" }]', "stages.0.needed: must be a whole number"),
        (GATE + "stages = [{ needed = true }]", "stages.0.needed: must be a whole number"),
        (GATE + "stages = [{ need = 2 }]", '"need" is not known here'),
        (GATE + "separate = 1", "separate: Input should be a valid boolean"),
        (GATE + 'signed = "yes"', "signed: Input should be a valid boolean"),
        (GATE + 'deadline = "soon"', "review-email.deadline: Input should be a valid timedelta"),
        (GATE + "deadline = 0", "review-email.deadline: must be longer than nothing"),
        (GATE + "deadline = true", 'review-email.deadline: must be a length of time, like "10m"'),
        (GATE + 'deadline = "400d"', "review-email.deadline: must be at most 366 days"),
        (GATE + 'deadline = "99999999999d"', "review-email.deadline: is too long"),
        (GATE + 'remind_every = "-1h"', "remind_every: "),
        (GATE + 'silence = "yes"', "silence: Input should be 'no' or 'default'"),
        (GATE + 'escalations = [{ after = "1h", to = [] }]', "escalations.0.to: "),
        (GATE + 'escalations = [{ after = "1h" }]', "escalations.0.to: Field required"),
        (
            GATE + 'escalations = [{ after = "50h", to = ["ann"] }]',
            "[gates.sales-follow-up.review-email] an escalation after 2 days, 2:00:00 does not lie before the deadline",
        ),
        ("[notices]\nmail = 5", '"mail" is not known here: remove it, or use inbox, from, webhook'),
        ('[notices]\nsender = "a@example.com"', '"sender" is not known here'),
        ('[notices]\nfrom = "Signoff"', 'notices.from: must be a mail address, like "Signoff <signoff@example.com>"'),
        ('[notices]\nfrom = "a@example.com\\nBcc: b@example.com"', "notices.from: must be a mail address"),
        ('[notices]\nfrom = "A, B <a@example.com>"', "notices.from: must be a mail address"),
        ('[notices]\ninbox = "example.com"', "notices.inbox: must be http://"),
        ('[notices]\ninbox = "https://example.com/?a=1"', "notices.inbox: must end with its path"),
        ('[notices]\nwebhook = "ftp://example.com"', "notices.webhook: must be http://"),
        ('[notices]\nwebhook = "https://u:pa55@example.com"', "notices.webhook: must not hold a user or a password"),
    ],
)
def test_a_file_that_cannot_be_right_is_refused_in_one_line(load: Load, tmp_path: Path, toml: str, says: str) -> None:
    line = refused(load, tmp_path, toml)
    assert says in line
    assert "pa55" not in line


def _pasted() -> dict[str, tuple[str, str]]:
    pem = PRIVATE.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()
    der = PRIVATE.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())
    openssh = PRIVATE.private_bytes(Encoding.PEM, PrivateFormat.OpenSSH, NoEncryption()).decode()
    seed, public = PRIVATE.private_bytes_raw(), PRIVATE.public_key()
    return {
        "a private key in PEM": (pem, "is a private key"),
        "the middle of one": ("".join(pem.splitlines()[1:-1]), "is a private key"),
        "a private key in DER": (base64.b64encode(der).decode(), "is a private key"),
        "one of OpenSSH's": (openssh, "is a private key"),
        "both halves": (base64.b64encode(seed + public.public_bytes_raw()).decode(), "is a private key"),
        "a public key in PEM": (
            public.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode(),
            "is a key in PEM or DER",
        ),
        "a public key in DER": (
            base64.b64encode(public.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)).decode(),
            "is a key in PEM or DER",
        ),
        "a public key of OpenSSH's": (
            public.public_bytes(Encoding.OpenSSH, PublicFormat.OpenSSH).decode(),
            "is a key of OpenSSH's",
        ),
        "nothing": ("", "is no public key"),
        "hexadecimal digits": (public.public_bytes_raw().hex(), "is no public key"),
        "a byte too few": (base64.b64encode(bytes(31)).decode(), "is no public key"),
        "a byte too many": (base64.b64encode(b"x" * 33).decode(), "is no public key"),
        "another alphabet": ("_" * 43 + "=", "is no public key"),
        "no padding": (ANN.rstrip("="), "is no public key"),
        "bits that say nothing": (ANN[:-2] + "p=", "is no public key"),
        "a line break": (ANN + "\n", "is no public key"),
        "zeros": (base64.b64encode(bytes(32)).decode(), "is a key with which anybody could sign"),
        "the neutral point": (base64.b64encode(b"\1" + bytes(31)).decode(), "is a key with which anybody could sign"),
    }


@pytest.mark.parametrize("what", _pasted())
def test_what_is_no_public_key_is_named_and_never_repeated(load: Load, tmp_path: Path, what: str) -> None:
    text, says = _pasted()[what]
    line = refused(load, tmp_path, key(text))
    assert f"approvers.ann.keys.0.public: {says}" in line
    assert "signoff keys new" in line
    lines = [part for part in text.splitlines() if len(part) > 20]
    assert not any(part in line for part in lines)


@pytest.mark.parametrize(
    ("name", "reason"),
    [("none.toml", "No such file"), (".", "Is a directory"), ("people.toml", "not TOML"), ("/dev/zero", "is no file")],
)
def test_a_file_that_cannot_be_read_is_named(load: Load, tmp_path: Path, name: str, reason: str) -> None:
    (tmp_path / "people.toml").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(SettingsError, match=reason) as raised:
        load(SIGNOFF_APPROVERS=name)
    assert str(tmp_path / name) in str(raised.value)


def test_a_file_that_is_too_large_is_refused(load: Load, tmp_path: Path) -> None:
    assert "larger than 500,000 bytes" in refused(load, tmp_path, "# " + "x" * LARGEST)
