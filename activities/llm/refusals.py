"""Answers that no second attempt will change, in words that say what to do."""

import re
from collections.abc import Mapping
from dataclasses import dataclass

import httpx2
from pydantic import SecretStr

from contracts.errors import ModelRefused

_TRY_AGAIN = frozenset({408, 409, 425, 429})
_NEVER = frozenset({501, 505})
_SURELY_NOT = frozenset({401, 402, 403, 404})
"""No word of the provider makes a second attempt of these worth it: a person has to change something first."""
_SPENT = frozenset(
    {"insufficient_quota", "billing_error", "contract_spend_limit_reached", "enforced_spend_limit_reached"}
)
"""Codes of both providers; most of them come with a 429, which otherwise is worth a second attempt."""
_TOO_LONG = (
    "context_length_exceeded",
    "exceed_context_size_error",
    "prompt is too long",
    "maximum context length",
    "context limit",
    "maximum number of tokens allowed",
    "reduce the length of",
)
"""Codes and words of OpenAI, llama.cpp, Anthropic, and of servers and gateways that speak OpenAI's dialect."""
_SHORTEST_KEY = 6
"""A shorter one is a word of somebody's test set-up, which texts may hold by chance."""
_MOST_READ = 2_000
_LONGEST_WORDS = 200
_LOOKS_LIKE_A_KEY = re.compile(r"\b(sk-|Bearer\s+)[\w.*/+=-]+")


@dataclass(frozen=True)
class Door:
    """What messages call a provider, the settings of its key (empty: it needs none) and its URL, and the model.

    `secret` is the key itself, which no message may hold.
    """

    name: str
    key: str
    url: str
    model: str = ""
    secret: SecretStr | None = None

    @property
    def key_name(self) -> str:
        """What messages call the key."""
        return self.key or f"the key of {self.name}"

    def hidden(self, text: str) -> str:
        """The text without the key, which a server may echo anywhere."""
        key = self.secret.get_secret_value() if self.secret else ""
        return text.replace(key, "***") if len(key) >= _SHORTEST_KEY else text


class TooLong(ModelRefused):
    """The prompt is longer than the model's window. It was not billed, so a shorter one may follow at once.

    It goes no further than `activities/llm`: what leaves is a plain ModelRefused.
    """


def refused(status: int, error: Exception, door: Door) -> ModelRefused:
    """What to raise for a no that is for good."""
    told = f"{getattr(error, 'body', '')}".lower()
    if status == 413 or any(sign in told for sign in _TOO_LONG):
        return TooLong(f"the prompt is too long for {door.model} ({status})")
    return ModelRefused(_in_words(status, error, door))


def is_for_good(response: httpx2.Response, error: Exception) -> bool:
    """Whether asking again is in vain. The provider's own word (`x-should-retry`) goes before most statuses."""
    if response.status_code in _SURELY_NOT:
        return True
    told = response.headers.get("x-should-retry")
    if told in ("true", "false"):
        return bool(told == "false")
    if _is_spent(error):
        return True
    status = response.status_code
    return status in _NEVER or not (status in _TRY_AGAIN or status >= 500)


def _is_spent(error: Exception) -> bool:
    # As text: a server may send anything under these names, also what no set can be asked for.
    return any(str(getattr(error, name, None)) in _SPENT for name in ("code", "error_code", "type"))


def _in_words(status: int, error: Exception, door: Door) -> str:
    """One line: who said no, to what, and what to do. Never holds the key."""
    if status == 402 or _is_spent(error):
        return f"{door.name} wants payment ({status}): add credit to the account, or change SIGNOFF_MODELS"
    if status < 400:
        return f"{door.name} sends us elsewhere ({status}): correct {door.url}"
    match status:
        case 401:
            return f"{door.key_name} was refused by the provider ({status}): set a valid key"
        case 403:
            return f"{door.key_name} may not use {door.model} ({status}): ask for access, or change SIGNOFF_MODELS"
        case 404:
            return f"{door.name} does not know {door.model} ({status}): correct SIGNOFF_MODELS or {door.url}"
        case _:
            why = words_of(error, door) or "no reason given"
            return f"{door.name} refused the request to {door.model} ({status}): {why}"


def words_of(error: Exception, door: Door) -> str:
    """The provider's own message: one short line of printable letters, without keys; empty where it sent none."""
    return in_one_line(_message(getattr(error, "body", None)), door)


def in_one_line(text: str, door: Door) -> str:
    """At most 200 letters of it, none of them a control sign or half a character, and no key."""
    shown = door.hidden(text)[:_MOST_READ]
    plain = "".join(letter if letter.isprintable() else " " for letter in shown)
    return _LOOKS_LIKE_A_KEY.sub(r"\1***", " ".join(plain.split()))[:_LONGEST_WORDS]


def _message(body: object) -> str:
    """openai hands over the inside of `error`, anthropic the whole body; some servers have another word for it."""
    inner = body.get("error", body) if isinstance(body, Mapping) else body
    found = inner.get("message", inner.get("detail")) if isinstance(inner, Mapping) else inner
    return found if isinstance(found, str) and not found.lstrip().startswith("<") else ""
