"""Keeping a prompt inside a model's window: the longest variable is cut at a sentence's end, and the prompt says so."""

import re
from collections.abc import Callable, Mapping
from typing import NamedTuple

from contracts.llm import Message


class Window(NamedTuple):
    """Tokens that a model takes in all, and the most that it may answer with."""

    total: int
    reply: int


HOSTED = Window(total=100_000, reply=32_000)
"""Every current hosted model takes this much. It also keeps a recorded prompt well below Temporal's 2 MB a payload."""

LOCAL = Window(total=2_048, reply=400)
"""One slot of the local model's server (`workers.model_server`); 400 tokens take it 6 to 20 s on two cores."""

_TOKENS_A_TURN = 8
_SENTENCE_END = re.compile(r"(?<=[.!?])[\s\"')\]]|(?<=[\u3002\uff01\uff1f])|\n")
"""The escapes are the full stop and its like of Chinese and Japanese, which no blank follows."""

Values = Mapping[str, str]


def tokens_at_most(text: str) -> int:
    """A cautious estimate without a tokenizer, so that the same text is cut alike everywhere.

    Measured on SmolLM2's: prose has 2.7 (German) to 4 (English) letters a token; digits and signs are one each, and
    other scripts up to one a byte.
    """
    plain = sum(c.isascii() and (c.isalpha() or c == " ") for c in text)
    return plain * 3 // 8 + len(text.encode("utf-8", "replace")) - plain


def fitted(render: Callable[[Values], tuple[Message, ...]], values: Values, room: int) -> tuple[Message, ...]:
    """The rendered prompt in at most `room` tokens, as far as cutting its longest variable can bring it there."""
    prompt = render(values)
    over = _size(prompt) - room
    if over <= 0 or not values:
        return prompt
    name = max(values, key=lambda key: len(values[key]))
    mark = f"[{name} shortened]"
    kept = _first_tokens(values[name], tokens_at_most(values[name]) - over - tokens_at_most(mark) - 1)
    return render({**values, name: f"{kept} {mark}".lstrip()})


def _size(prompt: tuple[Message, ...]) -> int:
    return sum(tokens_at_most(message.content) + _TOKENS_A_TURN for message in prompt)


def _first_tokens(text: str, room: int) -> str:
    """The longest beginning that fits; up to a sentence's end, unless that would lose more than half of it."""
    low, high = 0, len(text)
    while low < high:
        middle = (low + high + 1) // 2
        low, high = (middle, high) if tokens_at_most(text[:middle]) <= room else (low, middle - 1)
    ends = [found.start() for found in _SENTENCE_END.finditer(text, 0, low)]
    return text[: ends[-1] if ends and ends[-1] > low // 2 else low].rstrip()
