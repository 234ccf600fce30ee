"""A scripted model that does as it is told: as a writer, as the picker, and as the one who decides the path.

It takes as long as a hosted model may: a while until its first token, then so many tokens a second.
"""

import json
from collections.abc import Sequence
from itertools import count
from typing import Any

from contracts.best_draft import Tone

FIRST_S = 0.6
TOKENS_A_SECOND = 80
BYTES_A_TOKEN = 4

Reply = dict[str, Any]

DRAFTS: dict[Tone, Reply] = {
    Tone.HUMOROUS: {
        "subject": "A garden, a band, and grilled fish",
        "paragraphs": [
            "We would love to see you at our summer party on 3 July at 6 pm, in the garden in Lisbon. There will be "
            "grilled fish and a band, and we are told that only one of them is going to be loud.",
            "Please tell us by 20 June whether you can come. You may bring a friend, so that somebody laughs at our "
            "jokes.",
        ],
    },
    Tone.SERIOUS: {
        "subject": "Invitation to our summer party",
        "paragraphs": [
            "Our summer party takes place on 3 July at 6 pm in the garden in Lisbon. There will be grilled fish and a "
            "band.",
            "Please answer by 20 June. You may bring a friend.",
        ],
    },
    Tone.PROFESSIONAL: {
        "subject": "Our summer party on 3 July",
        "paragraphs": [
            "I am pleased to invite you to our summer party on 3 July at 6 pm, in the garden in Lisbon. We look "
            "forward to an evening with grilled fish and a band.",
            "You are welcome to bring a friend. I would be grateful for your answer by 20 June.",
        ],
    },
}


def script(turns: Sequence[Reply], to: str) -> dict[str, list[Reply]]:
    """What it says at each step. `turns`: how it decides the path; it ends by sending the professional draft."""
    draft = DRAFTS[Tone.PROFESSIONAL]
    mail = {"to": to, "subject": draft["subject"], "text": "\n\n".join(draft["paragraphs"])}
    send = _turn("The professional draft says all that the brief asks for, so it is the one to send.", send_email=mail)
    end = _turn("The mail has gone out, so there is nothing left to do.")
    end |= {"result": {"summary": f"The professional draft was sent to {to}."}}
    replies = {f"write-{tone}": [reply] for tone, reply in DRAFTS.items()}
    replies |= {"pick-draft": [{"number": 1}], "orchestrate": [*turns, send, end]}
    return {step: [_late(reply) for reply in said] for step, said in replies.items()}


def _turn(thought: str, **calls: Reply) -> Reply:
    numbers = count(1)
    asked = [{"id": f"a{next(numbers)}", "tool": tool, "arguments": given} for tool, given in calls.items()]
    return {"thought": thought, "calls": asked, "result": None}


def _late(reply: Reply) -> Reply:
    tokens = len(json.dumps(reply, ensure_ascii=False).encode()) / BYTES_A_TOKEN
    return {"$delay_s": round(FIRST_S + tokens / TOKENS_A_SECOND, 2), "$reply": reply}


_ALL = _turn(
    "Nothing has been written yet. I have all three drafts written, to choose from.",
    **{f"write_{tone}": {} for tone in Tone},
)
_EACH = [_turn(f"I have the {tone} draft written next, to see how it reads.", **{f"write_{tone}": {}}) for tone in Tone]
_ONE = _turn("The brief is a plain invitation; a professional draft will do.", write_professional={})

WAYS: dict[str, tuple[Reply, ...]] = {
    "all drafts in one turn": (_ALL,),
    "a draft a turn": tuple(_EACH),
    "one draft": (_ONE,),
}
"""Ways of deciding the path, each of them right."""
