"""Encrypts and decrypts: AES-256-GCM (NIST SP 800-38D), a random nonce of 96 bits for each text.

What is about a subject is encrypted with that subject's data key, anything else with the first key of the settings.
"""

import base64
import hashlib
import hmac
import secrets
import time
from typing import NamedTuple

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from runtime.blobs.store import BlobError
from runtime.sealing.keys import KEY_BYTES, PayloadKeys
from runtime.sealing.subject_keys import SubjectKey, SubjectKeys

STALE_S = 5.0
"""How long a program goes by a data key that it has read: after that, one that was erased is erased for it, too."""

ERASED = "(erased)"
"""What stands where something was erased."""

_NONCE = 12
OF_A_SUBJECT = "subject:"
"""How the ids of data keys begin."""
_TEXT = "sealed:"


class Unreadable(Exception):
    """One line: which key is missing, or what is damaged, and what to do."""


class Erased(Exception):
    """One line: when it was erased, and by whom."""


class Sealed(NamedTuple):
    """Nonce and ciphertext, and the id of the key."""

    key: str
    data: bytes


class _Held(NamedTuple):
    id: str
    key: bytes
    until: float


class Vault:
    """Its methods block where a data key has to be read; they raise BlobError where the database cannot be used."""

    def __init__(self, keys: PayloadKeys | None, subjects: SubjectKeys) -> None:
        """Without keys nothing is encrypted."""
        self.keys = keys
        self.subjects = subjects
        self._by_subject: dict[str, _Held] = {}
        self._by_id: dict[str, _Held] = {}

    @property
    def seals(self) -> bool:
        """Whether what is written from now on is encrypted."""
        return self.keys is not None

    def is_at_hand(self, subject: str | None) -> bool:
        """Whether `seal` need not read a data key now."""
        return subject is None or _is_fresh(self._by_subject.get(subject))

    def is_open(self, key: str) -> bool:
        """Whether `open` need not read a data key now."""
        return not key.startswith(OF_A_SUBJECT) or _is_fresh(self._by_id.get(key))

    def seal(self, subject: str | None, data: bytes, about: str) -> Sealed:
        """Encrypt. `about` says where it belongs: elsewhere it cannot be decrypted. Only where `seals`."""
        key_id, key = self._sealing(subject)
        nonce = secrets.token_bytes(_NONCE)
        return Sealed(key_id, nonce + AESGCM(key).encrypt(nonce, data, _bound(key_id, about)))

    def open(self, sealed: Sealed, about: str) -> bytes:
        """Decrypt. Raises Unreadable, Erased."""
        key = self._data_key(sealed.key) if sealed.key.startswith(OF_A_SUBJECT) else self._key(sealed.key)
        return _opened(key, sealed, about)

    def secret(self, subject: str | None) -> bytes:
        """Bytes that only who has the subject's key knows, and that stay the same for as long as it does."""
        _, key = self._sealing(subject)
        return hmac.new(key, b"signoff salt", hashlib.sha256).digest()

    def seal_text(self, subject: str | None, text: str, about: str) -> str:
        """As `seal`, for a column of text; as it is where nothing is encrypted."""
        if not self.seals:
            return text
        sealed = self.seal(subject, text.encode(), about)
        return f"{_TEXT}{sealed.key}:{base64.urlsafe_b64encode(sealed.data).decode()}"

    def open_text(self, text: str, about: str) -> str:
        """What `seal_text` was given. Raises Unreadable, Erased."""
        if not text.startswith(_TEXT):
            return text
        key, _, data = text.removeprefix(_TEXT).rpartition(":")
        return self.open(Sealed(key, base64.urlsafe_b64decode(data)), about).decode()

    def prepare(self) -> int:
        """Make the table ready, and wrap data keys of older keys by the first one; how many."""
        if self.keys is None:
            return 0
        self.subjects.prepare()
        old = [one for one in self.subjects.all() if one.wrapped and one.key_id != self.keys.first]
        known = [one for one in old if self.keys.find(one.key_id)]
        for one in known:
            self.subjects.rewrap(one.id, self.keys.first, self._wrapped(one.id, one.subject, self._unwrapped(one)))
        return len(known)

    def _sealing(self, subject: str | None) -> tuple[str, bytes]:
        if subject is None:
            return self._first()
        try:
            return self._of(subject)
        except Unreadable as line:
            raise BlobError(f"the key of {subject} cannot be used: {line}") from None

    def _first(self) -> tuple[str, bytes]:
        assert self.keys, "only where `seals`"
        return self.keys.first, self._key(self.keys.first)

    def _key(self, key_id: str) -> bytes:
        key = self.keys.find(key_id) if self.keys else None
        if key is None:
            raise Unreadable(f'it is encrypted with the key "{key_id}": add that key to SIGNOFF_PAYLOAD_KEYS')
        return key

    def _of(self, subject: str) -> tuple[str, bytes]:
        held = self._by_subject.get(subject)
        if held is None or not _is_fresh(held):
            row = self.subjects.in_use(subject) or self.subjects.add(self._new(subject))
            held = self._by_subject[subject] = self._held(row)
        return held.id, held.key

    def _new(self, subject: str) -> SubjectKey:
        key = OF_A_SUBJECT + secrets.token_hex(8)
        wrapped = self._wrapped(key, subject, secrets.token_bytes(KEY_BYTES))
        return SubjectKey(key, subject, self._first()[0], wrapped, None, None)

    def _data_key(self, key: str) -> bytes:
        held = self._by_id.get(key)
        if held is None or not _is_fresh(held):
            row = self.subjects.find(key)
            if row is None:
                where = "name the workers' database in SIGNOFF_DATABASE_URL"
                raise Unreadable(f"it is encrypted with {key}, which is not in {self.subjects.name}: {where}")
            held = self._held(row)
        return held.key

    def _held(self, row: SubjectKey) -> _Held:
        """Remember a data key, and forget those that are not gone by any more: one of them may have been erased."""
        for remembered in (self._by_subject, self._by_id):
            for name, old in list(remembered.items()):
                if not _is_fresh(old):
                    remembered.pop(name, None)
        held = self._by_id[row.id] = _Held(row.id, self._unwrapped(row), time.monotonic() + STALE_S)
        return held

    def _wrapped(self, key: str, subject: str, data_key: bytes) -> bytes:
        return self.seal(None, data_key, f"{key} of {subject}").data

    def _unwrapped(self, row: SubjectKey) -> bytes:
        if row.wrapped is None:
            raise Erased(f"erased on {_day(row.erased_at)} by {row.erased_by}")
        sealed = Sealed(row.key_id, row.wrapped)
        return _opened(self._key(row.key_id), sealed, f"{row.id} of {row.subject}")


def _is_fresh(held: _Held | None) -> bool:
    return held is not None and time.monotonic() < held.until


def _bound(key: str, about: str) -> bytes:
    return f"signoff\n{key}\n{about}".encode()


def _opened(key: bytes, sealed: Sealed, about: str) -> bytes:
    try:
        return AESGCM(key).decrypt(sealed.data[:_NONCE], sealed.data[_NONCE:], _bound(sealed.key, about))
    except (InvalidTag, ValueError):  # ValueError: too short for any
        reason = f'it is damaged, or was encrypted with another key than this "{sealed.key}"'
        raise Unreadable(f"{reason}: correct SIGNOFF_PAYLOAD_KEYS, or restore it") from None


def _day(moment: float | None) -> str:
    return time.strftime("%Y-%m-%d", time.gmtime(moment or 0))
