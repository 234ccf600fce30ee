"""What the demo says about what it saw: whose words the draft is, and what came of it."""

from collections.abc import Sequence
from pathlib import Path

from starters.cli.output import block, clean, clean_line, say
from starters.happenings import Called, CallState, Happening, Noted
from starters.maildir import find_mail, mail_text
from starters.words import ASK, dig

DRAFT = "draft-email"


def about_the_draft(seen: Sequence[Happening]) -> str:
    """Who wrote it: nothing that was prepared is passed off as a model's, and a small model's work is called so."""
    notes = [one.note for one in seen if isinstance(one, Noted) and one.note]
    if any(note.step == DRAFT and note.outcome == "template" for note in notes):
        return "The words are a template's: no draft of the model passed the checks (the reasons are above)."
    asked = [one for one in seen if isinstance(one, Called) and one.activity == ASK]
    if asked and dig(asked[-1].given, "model", "provider") == "local":
        return "The words are a demo model's, which ships with Signoff: code checked its facts, you check the rest."
    return "The words are a model's: code checked its facts, you check the rest."


def show_outcome(seen: Sequence[Happening], maildir: Path) -> None:
    """The mail as it was sent, and what the CRM keeps of it."""
    done = [one for one in seen if isinstance(one, Called) and one.state is CallState.DONE]
    results = {one.activity: dig(one.answer, "result") for one in done}
    if message_id := dig(results.get("mail.send"), "message_id"):
        mail = find_mail(maildir, message_id)
        text = mail_text(mail) if mail else f"{message_id} is not there"
        block(f"The mail, as it lies in {maildir}", clean(text))
    if logged := results.get("crm.log_follow_up"):
        lead, mail_id = clean_line(dig(logged, "lead_id")), clean_line(dig(logged, "message_id"))
        say(f"In the CRM: {lead} was followed up with {mail_id}")
