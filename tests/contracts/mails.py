"""The honest mails of honest_mails.md, the faults planted in them, and the sources that they are held against."""

from dataclasses import dataclass
from pathlib import Path

from contracts.crm import Lead

SAMPLES = Path(__file__).parents[2] / "samples"
_MAILS = Path(__file__).with_name("honest_mails.md")


@dataclass(frozen=True)
class Mail:
    """One honest mail: subject and paragraphs, as the check reads them."""

    lead_id: str
    text: str
    faults: tuple[tuple[str, str], ...]


def leads() -> dict[str, Lead]:
    """The sample leads."""
    lines = (SAMPLES / "leads.jsonl").read_text(encoding="utf-8").splitlines()
    return {lead.lead_id: lead for lead in map(Lead.model_validate_json, lines)}


def sources(lead: Lead) -> tuple[str, ...]:
    """What SalesFollowUp lets a mail say."""
    return (lead.notes, lead.name, lead.salutation, lead.company, lead.interest, lead.owner.name)


def honest_mails() -> list[Mail]:
    """All of them, in the file's order."""
    return [_mail(block) for block in _MAILS.read_text(encoding="utf-8").split("\n## ")[1:]]


def _mail(block: str) -> Mail:
    lead_id, *lines = block.splitlines()
    faults = [line.removeprefix("~ ").split(" => ") for line in lines if line.startswith("~ ")]
    text = "\n".join(line for line in lines if not line.startswith("~ ")).strip()
    return Mail(lead_id, text, tuple((old, new) for old, new in faults))
