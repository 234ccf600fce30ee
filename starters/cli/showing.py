"""`signoff show`: what was decided, by whom, on what, at what cost. From history: no worker is needed."""

import asyncio
import json
from argparse import Namespace
from typing import Any

from rich.text import Text
from temporalio.service import RPCError

from contracts.budgets import Partial
from contracts.visibility import State
from runtime.sealing.vault import ERASED
from runtime.settings import Settings
from starters.accounts import find_account, was_erased
from starters.budget_words import partial_lines, spent_words
from starters.chain import read_chain
from starters.cli.asking import show_gate
from starters.cli.common import connected
from starters.cli.output import block, clean, clean_line, console, emit, minute, say, table
from starters.commentary import clock
from starters.events import lenient
from starters.explain import explain
from starters.explanation import Decision, Explanation
from starters.gate_words import how_to_decide, standing_words
from starters.happenings import RunStatus
from starters.session import Run, find_run
from starters.start import run_page
from starters.words import dig, money

_LOOK_S = 2.0
"""Seconds that a worker has to say what lies open; the rest is told without it."""

_HEAVY = {"input", "output"}
_AS_GIVEN = "Names are as given; in brackets is the Temporal client that sent the message."


async def show(args: Namespace) -> int:
    """Explain one run."""
    session = await connected(args)
    run = await find_run(session.client, args.id)
    chain = await read_chain(session.client, run.handle)
    converter = session.client.data_converter
    erased = await asyncio.to_thread(find_account, converter, args.id) if was_erased(chain) else None
    found = erased or explain(args.id, chain.events, converter)
    if args.json:
        exclude: Any = None if args.full else {"decisions": {"__all__": _HEAVY}}
        lost = {"lost": chain.lost} if chain.lost else {}
        emit({**found.model_dump(mode="json", exclude=exclude), **lost})
        return 0
    _print_head(found, run_page(session.settings.ui_url, session.client.namespace, args.id, run.found.run_id))
    _print_decisions(found)
    if erased:
        say(f"\nWhat it was about was erased: {ERASED} stands in its place.")
    if not chain.whole:
        say("\nThe server holds the earlier runs of this id no longer: what was decided there is not told.")
    for line in chain.lost:
        say(f"\nNot all can be told: {line}")
    _print_rest(found)
    say(f"\n{who_decides(found, session.settings)}")
    if args.full:
        _print_full(found)
    if found.status is RunStatus.RUNNING:
        await _print_state(run, found)
    return 0


def who_decides(found: Explanation, settings: Settings) -> str:
    """Whether names were held against a list: as it was recorded at the run's gates, else as it is set here."""
    listed = settings.approvers is not None if found.listed is None else found.listed
    if listed:
        return "Only those of SIGNOFF_APPROVERS could decide. In brackets is the Temporal client that sent the message."
    return f"No list of approvers (SIGNOFF_APPROVERS): whoever can reach the namespace may decide. {_AS_GIVEN}"


def _print_head(found: Explanation, page: str) -> None:
    result = found.result if isinstance(found.result, dict) else {}
    partial = lenient(Partial, result.get("partial"))
    console().print(Text(clean_line(found.workflow_id), style="bold"))
    lines = {
        "process": found.process,
        "status": ": ".join(str(part) for part in (found.status.replace("_", " "), found.error) if part),
        "outcome": ": ".join(str(part) for part in (result.get("outcome"), result.get("reason")) if part),
        "drafted by": result.get("drafted_by"),
        "approved by": result.get("approved_by"),
        "cost": _cost(found),
        **dict(partial_lines(partial) if partial else ()),
    }
    rows = table("", "")
    rows.show_header = False
    for name, value in lines.items():
        if value:
            rows.add_row(name, clean_line(value))
    console().print(rows)
    if partial:
        # Not in the table, which would break the command apart.
        say(clean_line(partial.go_on))
    say(page)


def _cost(found: Explanation) -> str:
    unpriced = sum(one.by == "model" and one.output is not None and one.cost_usd is None for one in found.decisions)
    return money(found.cost_usd) + (f", and {unpriced} answers of unknown price" if unpriced else "")


def _print_decisions(found: Explanation) -> None:
    rows = table("began (UTC)", "step", "decided by", "outcome", "took", "cost")
    for one in found.decisions:
        outcome = f"{one.outcome or ''}{', repaired' * one.repaired}".replace("_", " ")
        why = ": ".join(part for part in (outcome, one.error or one.note) if part)
        took = f"{one.duration_s:,.1f} s" if one.duration_s is not None else ""
        cost = "at most " * one.cost_is_worst_case + money(one.cost_usd) if one.cost_usd is not None else ""
        began = minute(one.started_at) if one.started_at else ""
        rows.add_row(began, clean_line(one.step), clean_line(_decider(one)), clean_line(why), took, cost)
    say("")
    console().print(rows)


def _decider(one: Decision) -> str:
    name = one.who or ""
    rung = f", {one.rung}" if one.rung else ""
    signed = f", signed with {one.signed_with}" if one.signed_with else ""
    sender = f" ({one.identity}{signed})" if one.identity else ""
    return f"{one.by} {name}{rung}{sender}".strip()


def _print_rest(found: Explanation) -> None:
    if found.effects:
        rows = table("effect", "tool", "state", "digest")
        for effect in found.effects:
            rows.add_row(clean_line(effect.key), clean_line(effect.tool), effect.state, effect.digest[:12])
        say("")
        console().print(rows)
    if found.refusals_count:
        say(f"\nrefused messages: {found.refusals_count}")
        for refusal in found.refusals:
            by = refusal["by"] or "nobody"
            line = clean_line(f"{refusal['message']} by {by} ({refusal['identity']}): {refusal['reason']}")
            say(f"  {line}")


def _print_full(found: Explanation) -> None:
    for one in found.decisions:
        say("")
        block(clean_line(f"{one.step} ({_decider(one)})"), clean(_full(one)))
        if scratchpad := dig(one.output, "reasoning") if one.by == "model" else None:
            say("")
            block(clean_line(f"{one.step}: the model's private scratchpad, kept here only"), clean(str(scratchpad)))


def _full(one: Decision) -> str:
    """A model's part as the conversation that it was; anything else as JSON."""
    if one.by == "model" and isinstance(one.output, dict) and isinstance(one.output.get("prompt"), list):
        said = [*one.output["prompt"], {"role": "reply", "content": one.output.get("reply")}]
        return "\n\n".join(f"[{dig(message, 'role')}]\n{dig(message, 'content')}" for message in said)
    return json.dumps({"input": one.input, "output": one.output}, indent=2, ensure_ascii=False)


async def _print_state(run: Run, found: Explanation) -> None:
    """What lies open and what is spent is known to the worker only; without one, the cards say that something does."""
    state: State | None = None
    try:
        async with asyncio.timeout(_LOOK_S):
            state = await run.handle.query("state", result_type=State)
    except (TimeoutError, RPCError):
        say("\nNo worker answers, so what waits for a decision and what was spent so far cannot be shown.")
    if state and state.limits:
        say(f"\nSpent so far: {spent_words(state.spent, state.limits)}")
    for gate in state.gates if state else ():
        say("")
        show_gate(gate)
    for card in found.waiting:
        how, more = how_to_decide(card, found.workflow_id), standing_words(card)
        say(f"\nWaiting at {card.gate} until {clock(card.deadline)}: {clean_line(how)}")
        if more:
            say(f"  {clean_line(more)}")
