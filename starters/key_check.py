"""Whether payloads are encrypted, and whether every key that is needed is there."""

from runtime.blobs.store import BlobError
from runtime.keys import is_open_to_others
from runtime.sealing.keys import PayloadKeys
from runtime.sealing.subject_keys import SubjectKey
from runtime.sealing.vault import Vault
from starters.finding import Finding

ABOUT = "encryption"
_OFF = "off (SIGNOFF_PAYLOAD_KEYS): whoever can read the namespace or the stores reads what they hold"


def look_at_keys(vault: Vault | None) -> Finding:
    """Look at the keys of the settings and at those of subjects. It blocks."""
    if vault is None:
        return Finding(ABOUT, _OFF)
    try:
        subjects = vault.subjects.all()
    except BlobError as away:
        return Finding(ABOUT, "not known", str(away))
    if vault.keys is None:
        lost = [one for one in subjects if one.wrapped]
        needed = f"{len(lost)} subjects' keys are there: set SIGNOFF_PAYLOAD_KEYS as the workers have it"
        return Finding(ABOUT, _OFF, needed if lost else None)
    return _judged(vault.keys, subjects)


def _judged(keys: PayloadKeys, subjects: list[SubjectKey]) -> Finding:
    kept = [one for one in subjects if one.wrapped]
    erased = len(subjects) - len(kept)
    text = f'"{keys.first}" encrypts, {len(keys.keys)} decrypt; {len(kept)} subjects\' keys, {erased} erased'
    facts = {"first": keys.first, "keys": list(keys.keys), "subjects": len(kept), "erased": erased}
    problems = []
    if unknown := sorted({one.key_id for one in kept} - set(keys.keys)):
        problems.append(f"subjects' keys are wrapped by {', '.join(unknown)}: add that to SIGNOFF_PAYLOAD_KEYS")
    if keys.file and is_open_to_others(keys.file):
        problems.append(f"others can read {keys.file}: chmod 600 it")
    if unfinished := sorted({one.subject for one in kept if one.erased_at}):
        problems.append(f"erasing {', '.join(unfinished)} was not finished: `signoff erase --subject {unfinished[0]}`")
    return Finding(ABOUT, text, "; ".join(problems) or None, facts)
