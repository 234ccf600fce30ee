"""Checks of single values. Each returns the value to use, or raises ValueError with the words that follow its name.

No message quotes a URL or a key: either may be a secret.
"""

import re
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from urllib.parse import urlsplit

from pydantic import SecretStr, TypeAdapter, ValidationError

from contracts.durations import Duration

_TRUE = {"true", "1", "yes", "on"}
_FALSE = {"false", "0", "no", "off"}
_PASSWORDS = (
    # Greedy up to the last @, as URL parsers read it: the password itself may hold one.
    (re.compile(r"(://[^:/@]*):.*@"), r"\1:***@"),
    (re.compile(r"([?&][a-z_]*password)=[^&]*", re.IGNORECASE), r"\1=***"),
)


def boolean(text: str) -> bool:
    """Strict: anything but true, false and their usual forms is refused."""
    if text.lower() not in _TRUE | _FALSE:
        raise ValueError("must be true or false")
    return text.lower() in _TRUE


def secret(text: str) -> SecretStr:
    """A key as it travels in an HTTP header."""
    if not text.isascii() or any(c.isspace() for c in text):
        raise ValueError("holds a blank or a letter that no key has: copy it again")
    return SecretStr(text)


def long_secret(text: str) -> SecretStr:
    """A key that nobody guesses."""
    if len(text) < 20:
        raise ValueError("must have at least 20 characters: it opens what is encrypted")
    return secret(text)


def headers(text: str) -> SecretStr:
    """`name=value` pairs with commas between (OpenTelemetry's form)."""
    if not all(re.match(r"[^=\s]+=", pair.strip()) for pair in text.split(",")):
        raise ValueError("must be NAME=VALUE, with commas between")
    return SecretStr(text)


def address(text: str) -> str:
    """HOST:PORT; an IPv6 host in brackets."""
    match = re.fullmatch(r"(?:\[[0-9a-fA-F:.]+\]|[^\s:/@\[\]]+):(\d{1,5})", text, re.ASCII)
    if not match or not 0 < int(match[1]) < 65536:
        raise ValueError("must be HOST:PORT, like localhost:7233")
    return text


def word(text: str) -> str:
    """A name without blanks."""
    if any(c.isspace() for c in text):
        raise ValueError("must hold no blanks")
    return text


def url(*schemes: str) -> Callable[[str], str]:
    """A check for URLs with a host and one of these schemes."""

    def parse(text: str) -> str:
        try:
            parts = urlsplit(text)
            fits = parts.scheme in schemes and bool(parts.hostname) and parts.port != 0
        except ValueError:
            fits = False
        if not fits or any(c.isspace() for c in text):
            raise ValueError(f"must be {' or '.join(f'{scheme}://HOST[:PORT]' for scheme in schemes)}")
        return text

    return parse


def web_url(text: str) -> str:
    """An http or https URL. A password belongs into a setting that is kept secret, so it is refused here."""
    url("http", "https")(text)
    if "@" in urlsplit(text).netloc:
        raise ValueError("must not hold a user or a password")
    return text


def existing_path(folder: Path) -> Callable[[str], Path]:
    """A check for paths, seen from `folder`; returns them absolute."""

    def parse(text: str) -> Path:
        if not (folder / text).exists():
            raise ValueError(f"names {folder / text}, which is not there")
        return folder / text

    return parse


def database_url(folder: Path) -> Callable[[str], str]:
    """`sqlite:///PATH`, made absolute from `folder`, or `postgresql://…`."""

    def parse(text: str) -> str:
        kind, _, path = text.partition(":///")
        # A database in memory would forget which mails were sent.
        if kind == "sqlite" and path and path != ":memory:" and "?" not in path:
            return f"sqlite:///{folder / path}"
        if kind == "postgresql" and path:  # no host: a socket of this machine
            return text
        try:
            return url("postgresql")(text)
        except ValueError:
            raise ValueError("must be sqlite:///PATH or postgresql://USER:PASSWORD@HOST/NAME") from None

    return parse


def blobs(folder: Path) -> Callable[[str], str]:
    """`off`, `database`, or `file:PATH`, made absolute from `folder`."""

    def parse(text: str) -> str:
        kind, _, path = text.partition(":")
        if kind == "file" and path:
            return f"file:{folder / path}"
        if text not in ("off", "database"):
            raise ValueError("must be file:PATH, database or off")
        return text

    return parse


def blobs_above(text: str) -> int:
    """Bytes. Temporal takes no payload of more than 2 MB, and a reference has some 200 itself."""
    if not text.isascii() or not text.isdigit() or not 1024 <= int(text) <= 1024 * 1024:
        raise ValueError("must be a number of bytes, 1024 to 1048576")
    return int(text)


def mail_probe(folder: Path) -> Callable[[str], str]:
    """`maildir:PATH`, made absolute from `folder`, or `imap://…`, `imaps://…`."""

    def parse(text: str) -> str:
        kind, _, path = text.partition(":")
        if kind == "maildir" and path:
            return f"maildir:{folder / path}"
        try:
            return url("imap", "imaps")(text)
        except ValueError:
            raise ValueError("must be maildir:PATH, imap://USER:PASSWORD@HOST or imaps://…") from None

    return parse


def delay(text: str) -> timedelta:
    """A length of time above nothing, up to a day: `2s`, `1m`, `PT5M`."""
    try:
        value = TypeAdapter(Duration).validate_python(text)
    except ValidationError:
        value = timedelta(0)
    if not timedelta(0) < value <= timedelta(days=1):
        raise ValueError("must be a length of time up to a day, like 2s or 5m")
    return value


def folders(folder: Path) -> Callable[[str], tuple[Path, ...]]:
    """A check for folders with commas between, seen from `folder`; returns where they really are."""

    def parse(text: str) -> tuple[Path, ...]:
        found = []
        for part in text.split(","):
            path = folder / part.strip()
            if not part.strip() or not path.is_dir():
                raise ValueError(f'holds "{part.strip()}", which is no folder here: name folders that are there')
            found.append(path.resolve())
        return tuple(found)

    return parse


def one_folder(folder: Path) -> Callable[[str], Path]:
    """A check for one folder, seen from `folder`; returns where it really is."""

    def parse(text: str) -> Path:
        if not (folder / text).is_dir():
            raise ValueError(f"names {folder / text}, which is no folder here")
        return (folder / text).resolve()

    return parse


def masked(text: str) -> str:
    """A URL without its password."""
    for pattern, shown in _PASSWORDS:
        text = pattern.sub(shown, text)
    return text
