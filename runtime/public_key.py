"""A public key as people paste it into the file of approvers. No message repeats it: it may be the private one."""

import base64
import binascii

_PRIVATE_DER = bytes.fromhex("302e020100300506032b6570")
"""How an Ed25519 private key begins in PKCS#8 (RFC 8410)."""
_PUBLIC_DER = bytes.fromhex("302a300506032b6570032100")

_P = 2**255 - 19
_EIGHTH = int.from_bytes(bytes.fromhex("26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05"), "little")
_SMALL = {0, 1, _P - 1, _EIGHTH, _P - _EIGHTH}
"""Heights of the points of order 8 and below: with one of them as the key, anybody can sign."""

_ADVICE = "give the line that `signoff keys new` printed, 32 bytes in base64"


def checked_public_key(text: str) -> str:
    """The key in base64 (RFC 4648, section 4). Raises ValueError."""
    raw = _decoded(text)
    if "PRIVATE KEY" in text or (raw and (len(raw) == 64 or raw.startswith(_PRIVATE_DER))):
        raise ValueError(f"is a private key, which only its owner may have: make a new pair, and {_ADVICE}")
    if "-----BEGIN" in text or (raw and raw.startswith(_PUBLIC_DER)):
        raise ValueError(f"is a key in PEM or DER: {_ADVICE}")
    if text.lstrip().startswith(("ssh-", "ecdsa-")):
        raise ValueError(f"is a key of OpenSSH's: {_ADVICE}")
    if raw is None or len(raw) != 32:
        raise ValueError(f"is no public key: {_ADVICE}")
    height = int.from_bytes(raw, "little") & (2**255 - 1)
    if height % _P in _SMALL:
        raise ValueError(f"is a key with which anybody could sign: {_ADVICE}")
    return text


def _decoded(text: str) -> bytes | None:
    """None where it is not base64 as an encoder writes it: a second spelling would be a second key."""
    try:
        raw = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        return None
    return raw if base64.b64encode(raw).decode() == text else None
