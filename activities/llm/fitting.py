"""Keeping a prompt inside a model's window: the longest variable is cut at a sentence's end, and the prompt says so."""

from collections.abc import Callable, Mapping
from string import ascii_letters
from typing import NamedTuple

from activities.llm.sentences import ends
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

_PLAIN = (ascii_letters + " ").encode()

Values = Mapping[str, str]


def tokens_at_most(text: str) -> int:
    """A cautious estimate without a tokenizer, so that the same text is cut alike everywhere.

    Measured on SmolLM2's: prose has 2.7 (German) to 4 (English) letters a token; digits and signs are one each, and
    other scripts up to one a byte.
    """
    ascii_text = text.encode("ascii", "ignore")
    plain = len(ascii_text) - len(ascii_text.translate(None, _PLAIN))
    return plain * 3 // 8 + len(text.encode("utf-8", "replace")) - plain


def fitted(
    render: Callable[[Values], tuple[Message, ...]], values: Values, room: int, share: float = 1.0
) -> tuple[Message, ...]:
    """The rendered prompt in at most `room` tokens, as far as cutting its longest variable can bring it there.

    `share`: how much to keep of what would fit, for a model that has found more tokens in it than the estimate.
    """
    prompt = render(values)
    if not values:
        return prompt
    over = _size(prompt) - room
    if over <= 0 and share == 1.0:
        return prompt
    name = max(values, key=lambda key: len(values[key]))
    mark = f"[{name} shortened]"
    fitting = tokens_at_most(values[name]) - max(0, over) - tokens_at_most(mark) - 1
    kept = _first_tokens(values[name], int(fitting * share))
    return render({**values, name: f"{kept} {mark}".lstrip()})


def _size(prompt: tuple[Message, ...]) -> int:
    return sum(tokens_at_most(message.content) + _TOKENS_A_TURN for message in prompt)


def _first_tokens(text: str, room: int) -> str:
    """The longest beginning that fits; up to a sentence's end, unless that would lose more than half of it."""
    low, high = 0, len(text)
    while low < high:
        middle = (low + high + 1) // 2
        low, high = (middle, high) if tokens_at_most(text[:middle]) <= room else (low, middle - 1)
    last = max(ends(text, low), default=0)
    return text[: last if last > low // 2 else low].rstrip()
