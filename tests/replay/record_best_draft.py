"""`python -m tests.replay.record_best_draft`: record histories of BestDraft, as tests/replay/record.py does."""

import asyncio
import json
from pathlib import Path
from typing import Any

from tests.replay.record import JUNK, LATE, Stories, is_stopped_in_a_call, record, sends

PARTY = json.loads((Path("samples") / "best-draft" / "01-plain.json").read_text(encoding="utf-8"))
BRIEF = PARTY | {"occasion": "recorded", "by": "recorder"}
INVITATION: dict[str, Any] = {
    "subject": "Our summer party",
    "paragraphs": ["We would be glad to see you at our summer party on 3 July."],
}
DRAFTS: dict[str, Any] = {f"write-{tone}": [INVITATION] for tone in ("humorous", "serious", "professional")}

WRITES = {"calls": [{"id": "a1", "tool": "write_serious", "arguments": {}}]}
MAIL = {"to": PARTY["to"]["email"], "subject": INVITATION["subject"], "text": INVITATION["paragraphs"][0]}
SENDS = {"calls": [{"id": "b1", "tool": "send_email", "arguments": MAIL}]}

STORIES: Stories = {
    "sent": (BRIEF, DRAFTS | {"pick-draft": [{"number": 2}]}, sends("approve", {"by": "ann"})),
    "rejected": (
        BRIEF,
        DRAFTS | {"write-humorous": [JUNK], "pick-draft": [JUNK]},
        sends("reject", {"by": "ann", "reason": "not now"}),
    ),
    "by-model": (
        BRIEF | {"mode": "model"},
        DRAFTS | {"orchestrate": [WRITES, SENDS, SENDS, {"result": {"summary": "The mail is on its way."}}]},
        sends("approve", {"by": "ann"}),
    ),
    "stopped-in-a-call": (BRIEF, DRAFTS | {"write-serious": [LATE]}, is_stopped_in_a_call),
}

if __name__ == "__main__":
    asyncio.run(record("best-draft", "BestDraft", STORIES, {}))
