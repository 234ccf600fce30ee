"""Approvers' keys: made, read and used on the approver's own machine. The private one never leaves its file."""

import base64
import hashlib
import os
import stat
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, load_pem_private_key

from contracts.gates import Decision, Signature, signed_bytes

_LARGEST = 20_000
"""Bytes of a key file; a key of any kind is smaller."""
_ADVICE = "give the file that `signoff keys new` wrote"


class BadKey(Exception):
    """One line: the file, what is wrong with it, what to do. Nothing of what it holds."""


class NewKey(NamedTuple):
    """A pair that was just made: what stands in SIGNOFF_APPROVERS, and its private half as the file holds it."""

    id: str
    public: str
    pem: bytes


class SigningKey:
    """A private key that was read from its file."""

    def __init__(self, key: Ed25519PrivateKey) -> None:
        self._key = key
        self.public = base64.b64encode(key.public_key().public_bytes_raw()).decode()

    def sign(self, workflow_id: str, decision: Decision, key_id: str) -> Signature:
        """The signature of a decision that names its gate and its digest."""
        at = datetime.now(UTC).isoformat()
        value = self._key.sign(signed_bytes(workflow_id, decision, at))
        return Signature(key=key_id, at=at, value=base64.b64encode(value).decode())


def new_key() -> NewKey:
    """A new pair (Ed25519, RFC 8032)."""
    private = Ed25519PrivateKey.generate()
    public = base64.b64encode(private.public_key().public_bytes_raw()).decode()
    pem = private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    return NewKey(key_id(public), public, pem)


def key_id(public: str) -> str:
    """The id that a key has unless somebody gave it another: the beginning of the SHA-256 of the public key."""
    return hashlib.sha256(base64.b64decode(public)).hexdigest()[:16]


def write_key(path: Path, pem: bytes) -> None:
    """Write a private key where no file is, for its owner's eyes only. Raises OSError; FileExistsError among them."""
    # O_EXCL: neither an older key nor what a link points to is written over.
    opened = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(opened, "wb") as file:
            file.write(pem)
            file.flush()
            os.fsync(file.fileno())
    except OSError:
        path.unlink(missing_ok=True)
        raise


def read_key(path: Path) -> SigningKey:
    """The private key in a file. Raises BadKey."""
    try:
        with path.open("rb") as file:
            pem = file.read(_LARGEST + 1)
    except (OSError, ValueError) as error:  # ValueError: a NUL in the name
        raise BadKey(f"{path} cannot be read: {getattr(error, 'strerror', None) or error}") from None
    if len(pem) > _LARGEST or b"-----BEGIN" not in pem:
        raise BadKey(f"{path} is no private key: {_ADVICE}")
    if b"PRIVATE KEY" not in pem:
        raise BadKey(f"{path} holds no private key, but something else that is public: {_ADVICE}")
    if b"ENCRYPTED" in pem:
        raise BadKey(f"{path} is encrypted, which is not supported: decrypt it (`openssl pkey -in FILE -out NEW`)")
    try:
        # Only an encrypted key takes a password, and says so by TypeError.
        key = load_pem_private_key(pem, password=None)
    except (ValueError, TypeError, UnsupportedAlgorithm):
        raise BadKey(f"{path} is no private key that can be read: {_ADVICE}") from None
    if not isinstance(key, Ed25519PrivateKey):
        raise BadKey(f"{path} is a private key of another kind than Ed25519: {_ADVICE}")
    return SigningKey(key)


def is_open_to_others(path: Path) -> bool:
    """Whether somebody else on this machine may read the file, or write to it."""
    return bool(stat.S_IMODE(path.stat().st_mode) & 0o077)


def is_genuine(public: str, signature: Signature, workflow_id: str, decision: Decision) -> bool:
    """Whether the owner of a public key (32 bytes in base64) signed this decision."""
    key = Ed25519PublicKey.from_public_bytes(base64.b64decode(public))
    try:
        key.verify(base64.b64decode(signature.value), signed_bytes(workflow_id, decision, signature.at))
    except InvalidSignature:
        return False
    return True
