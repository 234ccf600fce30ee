"""Prompt files: `activities/prompts/NAME.md`, one chat with its turns under headings and `{{variables}}` in them.

    # system
    # example user
    # example assistant
    # user

One `# system` first, any number of example pairs, one `# user` last. Each variable that is given must be used, and each
that is used must be given. Values go in as data: in the file they stand between tags of their own, and a value can
neither close such a tag, nor start another turn, nor name a variable.
"""

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files

from activities.llm.parsing import REASONING, without_thinking
from contracts.errors import BadInput
from contracts.llm import Message, Retry

_NAME = re.compile(r"[a-z0-9_]+(/[a-z0-9_]+)*")
_HEADING = re.compile(r"^# (system|example user|example assistant|user)[ \t]*$", re.MULTILINE)
_VARIABLE = re.compile(r"\{\{(\w+)\}\}")
_CONTROL_TOKEN = re.compile(r"<(?=\|)")
_SHOWN_REPLY = 2_000
"""Characters of an earlier reply that are shown again."""
_REFUSED = "That reply cannot be used:"
_PRIVATE = re.compile(rf'"{REASONING}"\s*+:\s*+"(?:[^"\\]|\\.)*+"?\s*+,?\s*+', re.DOTALL)


@dataclass(frozen=True)
class Prompt:
    """A prompt file. `version` is the first 12 hex digits of its SHA-256."""

    name: str
    version: str
    turns: tuple[Message, ...]
    variables: frozenset[str]

    def filled(self, values: Mapping[str, str]) -> tuple[Message, ...]:
        """The chat with the values put in. Raises BadInput for a variable that is missing or unused."""
        for names, what in ((self.variables - values.keys(), "lacks"), (values.keys() - self.variables, "has no")):
            if names:
                raise BadInput(f"prompt {self.name} {what} {', '.join(sorted(names))}: correct the ask's variables")
        tags = frozenset(re.findall(r"</(\w+)>", "".join(turn.content for turn in self.turns)))
        data = {name: _as_data(value, tags) for name, value in values.items()}
        return tuple(
            Message(role=turn.role, content=_VARIABLE.sub(lambda found: data[found[1]], turn.content))
            for turn in self.turns
        )


def load_prompt(name: str) -> Prompt:
    """Read a prompt file. Raises BadInput where there is none, or where its turns are out of order."""
    file = files("activities").joinpath("prompts", f"{name}.md")
    if not _NAME.fullmatch(name) or not file.is_file():
        raise BadInput(f"there is no prompt {name}: add activities/prompts/{name}.md, or correct the ask")
    return _read(name, file.read_bytes())


@lru_cache(maxsize=100)
def _read(name: str, raw: bytes) -> Prompt:
    turns = _turns(name, raw.decode())
    found = frozenset(_VARIABLE.findall("".join(turn.content for turn in turns)))
    return Prompt(name, hashlib.sha256(raw).hexdigest()[:12], turns, found)


def _turns(name: str, text: str) -> tuple[Message, ...]:
    before, *parts = _HEADING.split(text)
    headings, bodies = parts[::2], parts[1::2]
    order = ["system", *["example user", "example assistant"] * ((len(headings) - 2) // 2), "user"]
    if before.strip() or headings != order:
        raise BadInput(f"prompt {name} must hold # system, pairs of # example user and # example assistant, # user")
    return tuple(
        Message(role=heading.removeprefix("example "), content=body.strip())
        for heading, body in zip(headings, bodies, strict=True)
    )


def _as_data(value: str, tags: frozenset[str]) -> str:
    """A value that cannot leave its place: tags that the file uses, and control tokens, are no longer any."""
    text = harmless(value)
    if not tags:
        return text
    return re.sub(rf"<(?=\s*/?\s*(?:{'|'.join(sorted(tags))})\b)", "&lt;", text, flags=re.IGNORECASE)


def harmless(text: str) -> str:
    """Without the tokens that end a turn (`<|im_end|>`), which local servers read wherever they stand in a chat.

    Half of a surrogate pair could not be sent at all.
    """
    return _CONTROL_TOKEN.sub("&lt;", text.encode("utf-8", "replace").decode())


def retry_turns(retry: Retry, scratchpad: bool = False) -> tuple[Message, Message]:
    """The earlier reply, and what was wrong with it. With `scratchpad`, without the field that held one."""
    public = without_thinking(retry.reply)
    if scratchpad:
        public = _PRIVATE.sub("", public, count=1)
    shown = harmless(public.strip()[:_SHOWN_REPLY])
    problems = "\n".join(f"- {' '.join(harmless(problem).split())}" for problem in retry.problems)
    asked = f"{_REFUSED}\n{problems}\nSend the whole answer again, with these problems corrected."
    return Message(role="assistant", content=shown or "(no text)"), Message(role="user", content=asked)


def unchanging(messages: tuple[Message, ...]) -> int:
    """How many messages, from the first one on, are the same in every run: the system prompt and the examples."""
    return len(messages) - (3 if messages[-1].content.startswith(_REFUSED) else 1)
