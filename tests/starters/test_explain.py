"""`signoff show`: who decided what, from events alone."""

from datetime import timedelta

import pytest

from runtime.codec import data_converter
from starters.explain import explain
from starters.explanation import Explanation
from starters.happenings import RunStatus
from tests.starters.events import ACT, ANSWER, ASK, GATE, RECEIPT, History, note


def explained(history: History) -> Explanation:
    return explain("run", history.events, data_converter())


def test_a_model_decides_with_its_prompt_its_tokens_and_its_cost() -> None:
    history = History()
    history.called("draft-email", "llm.ask", ASK, ANSWER)
    (decision,) = explained(history).decisions
    assert (decision.step, decision.by, decision.who, decision.outcome) == ("draft-email", "model", "SmolLM2", "fits")
    assert (decision.prompt_version, decision.input_tokens, decision.output_tokens) == ("0123456789ab", 500, 80)
    assert (decision.cost_usd, decision.duration_s, decision.error) == (0.0012, 4.5, None)
    assert (decision.input, decision.output) == (ASK, ANSWER)


def test_the_second_answer_of_a_step_stands_under_the_step_and_costs_add_up() -> None:
    history = History()
    history.called("draft-email", "llm.ask", ASK, {**ANSWER, "verdict": "misfit", "problems": ["one", "two"]})
    history.called("draft-email-2", "llm.ask", ASK, {**ANSWER, "cost_usd": None})
    history.called("draft-email-3", "llm.ask", ASK, ANSWER)
    found = explained(history)
    assert [(one.step, one.outcome) for one in found.decisions] == [
        ("draft-email", "misfit"),
        ("draft-email", "fits"),
        ("draft-email", "fits"),
    ]
    assert found.decisions[0].error == "one; two"
    assert found.cost_usd == pytest.approx(0.0024)


def test_a_person_is_named_with_the_identity_of_the_client_that_sent_the_signal() -> None:
    history = History()
    cause = history.signalled("approve", {"by": "ann", "note": "good"}, "cli/ann@host")
    approved = note(
        step="review-email",
        by="person",
        who="ann",
        outcome="approved",
        gate="review-email",
        digest="d" * 64,
        text="good",
    )
    history.noted({**approved, "opened_at": "2026-11-21T10:00:00Z"}, [], cause)
    (decision,) = explained(history).decisions
    assert (decision.by, decision.who, decision.identity, decision.outcome) == (
        "person",
        "ann",
        "cli/ann@host",
        "approved",
    )
    assert (decision.note, decision.duration_s) == ("good", 300)
    assert decision.output == {"by": "ann", "note": "good"}


def test_the_identity_behind_an_update_is_found_too() -> None:
    history = History()
    history.signalled("approve", {"by": "eve"}, "somebody else")
    history.updated("u-1", {"verdict": "approve", "by": "ann"}, "cli/ann@host")
    history.noted(note(step="review-email", by="person", who="ann", outcome="approved"), [], "u-1")
    assert explained(history).decisions[0].identity == "cli/ann@host"


def test_code_that_put_a_template_in_a_drafts_place_says_why() -> None:
    history = History()
    history.noted(note(step="draft-email", outcome="template", text="took the place of local's"), [])
    (decision,) = explained(history).decisions
    assert (decision.by, decision.outcome, decision.note) == ("code", "template", "took the place of local's")


def test_opened_and_reminded_gates_are_no_decisions_and_stand_under_waiting() -> None:
    history = History()
    history.noted(note(gate="review-email", outcome="opened"), [GATE])
    history.noted(note(gate="review-email", outcome="reminded"), [{**GATE, "reminders": 1}])
    found = explained(history)
    assert found.decisions == ()
    assert [(card.gate, card.reminders) for card in found.waiting] == [("review-email", 1)]


def test_a_stop_is_a_persons_decision_and_makes_the_run_stopped() -> None:
    history = History()
    cause = history.signalled("stop", {"by": "ann", "reason": "enough"}, "cli/ann@host")
    history.noted(note(by="person", who="ann", outcome="stopped", text="enough"), [], cause)
    history.phase("stopped")
    history.completed({"outcome": "stopped"})
    found = explained(history)
    assert [(one.step, one.who, one.note) for one in found.decisions] == [("stop", "ann", "enough")]
    assert (found.status, found.result) == (RunStatus.STOPPED, {"outcome": "stopped"})


def test_refused_messages_are_listed_with_their_senders_and_counted_past_those_kept() -> None:
    history = History()
    refusal = {"at": "2026-11-21T10:05:00Z", "message": "approve", "by": None, "gate": None, "reason": "by: missing"}
    cause = history.signalled("approve", {}, "a script")
    history.noted(note(refusal=refusal, refusals_count=1), [GATE], cause)
    history.noted(note(refusals_count=250), [])
    found = explained(history)
    assert found.refusals == ({**refusal, "identity": "a script"},)
    assert found.refusals_count == 250


def test_an_effect_that_was_done_has_its_receipt() -> None:
    history = History()
    history.called("send-email", "mail.send", ACT, RECEIPT)
    found = explained(history)
    (effect,) = found.effects
    assert (effect.tool, effect.state, effect.receipt) == ("mail.send", "done", RECEIPT["result"])
    assert found.decisions[0].outcome == "done"


def test_an_effect_that_had_been_done_otherwise_is_a_conflict() -> None:
    history = History()
    history.called("send-email", "mail.send", ACT, {**RECEIPT, "outcome": "conflict"})
    assert explained(history).effects[0].state == "conflict"


def test_an_effect_of_unknown_outcome_that_was_tried_again_stands_once_and_as_it_ended() -> None:
    history = History()
    history.failed("send-email", "mail.send", ACT, "the server went away", "OutcomeUnknown")
    assert explained(history).effects[0].state == "unknown"
    assert explained(history).decisions[0].outcome == "unknown"
    history.called("send-email-2", "mail.send", ACT, RECEIPT)
    assert [effect.state for effect in explained(history).effects] == ["done"]


def test_an_effect_that_failed_for_good_did_not_happen() -> None:
    history = History()
    history.failed("send-email", "mail.send", ACT, "no such mailbox", "ToolFailed")
    found = explained(history)
    assert found.effects[0].state == "failed"
    assert (found.decisions[0].outcome, found.decisions[0].error) == ("failed", "no such mailbox")


@pytest.mark.parametrize(("taken", "state"), [(True, "unknown"), (False, "failed")])
def test_an_effect_that_timed_out_may_have_happened_once_a_worker_had_it(taken: bool, state: str) -> None:
    history = History()
    history.timed_out("send-email", "mail.send", ACT, taken=taken)
    assert explained(history).effects[0].state == state


def test_an_effect_under_way_is_pending_and_unknown_when_the_run_is_terminated() -> None:
    history = History()
    history.scheduled("send-email", "mail.send", ACT)
    assert explained(history).effects[0].state == "pending"
    history.terminated("mistake")
    found = explained(history)
    assert (found.effects[0].state, found.status, found.error) == ("unknown", RunStatus.TERMINATED, "mistake")


def test_a_local_activity_stands_under_its_id_or_under_its_name_where_the_sdk_only_counted_it() -> None:
    history = History()
    history.local("llm.route", {"models": []}, "choose-models")
    history.local("llm.route", {"models": []}, "2")
    assert [one.step for one in explained(history).decisions] == ["choose-models", "llm.route"]


def test_a_failed_run_says_why() -> None:
    history = History()
    history.failed_run("lead-999 is not in the CRM")
    found = explained(history)
    assert (found.status, found.error, found.process) == (
        RunStatus.FAILED,
        "lead-999 is not in the CRM",
        "sales-follow-up",
    )


def test_histories_of_other_versions_and_processes_are_still_explained() -> None:
    history = History(process="SomethingNew", request=[1, 2])
    history.called("guess", "quantum.guess", 7, ["unheard", "of"])
    history.called("draft-email", "llm.ask", None, {"verdict": "brilliant"})
    history.noted({"by": "committee"}, [{"gate": 5}])
    history.noted("not a note", "no gates")
    history.add("NEXUS_OPERATION_SCHEDULED")
    found = explained(history)
    assert found.process == "SomethingNew"
    assert [(one.step, one.by, one.outcome) for one in found.decisions] == [
        ("guess", "code", "done"),
        ("draft-email", "model", "done"),
    ]


def test_a_payload_in_an_unknown_encoding_leaves_a_gap_and_no_error() -> None:
    history = History()
    history.called("read-notes", "crm.read_lead", {}, {})
    history.events[-1].activity_task_completed_event_attributes.result.payloads[0].metadata["encoding"] = b"binary/x"
    assert explained(history).decisions[0].output is None


def test_durations_are_those_of_the_call() -> None:
    history = History()
    history.called("read-notes", "crm.read_lead", {}, {})
    (decision,) = explained(history).decisions
    assert decision.duration_s == timedelta(seconds=1).total_seconds()


RESERVED = {**ASK, "rung": "tool-call", "reserved_usd": 0.02}


def test_a_decision_says_by_which_rung_it_came_and_whether_its_reply_was_repaired() -> None:
    history = History()
    history.called("draft-email", "llm.ask", {**ASK, "rung": "native"}, {**ANSWER, "verdict": "misfit"})
    history.called("draft-email-2", "llm.ask", RESERVED, {**ANSWER, "repaired": True})
    history.failed("draft-email-3", "llm.ask", {**ASK, "rung": "xml"}, "busy", "ModelUnavailable")
    assert [(one.rung, one.repaired) for one in explained(history).decisions] == [
        ("native", False),
        ("tool-call", True),
        ("xml", False),
    ]


def test_before_rungs_had_names_a_second_ask_was_a_re_ask() -> None:
    history = History()
    history.called("draft-email", "llm.ask", ASK, ANSWER)
    history.called("draft-email-2", "llm.ask", {**ASK, "retry": {"reply": "{}", "problems": ["one"]}}, ANSWER)
    assert [one.rung for one in explained(history).decisions] == ["native", "re-ask"]


def test_quotes_and_limits_are_no_decisions_and_one_that_failed_is() -> None:
    history = History()
    history.local("limits.read", {"usd": 5}, "1")
    history.local("llm.quote", {"usd": 0.02}, "2")
    history.local_failed("llm.quote", "nobody knows the price of vllm:x: add it to SIGNOFF_LIMITS", "ModelRefused", "3")
    (decision,) = explained(history).decisions
    assert (decision.step, decision.by, decision.outcome) == ("llm.quote", "code", "failed")
    assert decision.error == "nobody knows the price of vllm:x: add it to SIGNOFF_LIMITS"


def lost(history: History) -> list[tuple[float | None, bool]]:
    found = explained(history)
    assert found.cost_usd == pytest.approx(sum(one.cost_usd or 0 for one in found.decisions))
    return [(one.cost_usd, one.cost_is_worst_case) for one in found.decisions]


def test_a_call_that_was_lost_on_its_way_is_charged_what_was_reserved_for_it() -> None:
    history = History()
    history.timed_out("draft-email", "llm.ask", RESERVED, taken=True)
    history.cancelled("draft-email-2", "llm.ask", RESERVED, taken=False)  # the run did not wait to hear of it
    history.failed("draft-email-3", "llm.ask", RESERVED, "the reply came and could not be read", "KeyError")
    history.called("draft-email-4", "llm.ask", RESERVED, {**ANSWER, "cost_usd": None})
    history.called("draft-email-5", "llm.ask", RESERVED, {"verdict": "brilliant"})
    history.called("draft-email-6", "llm.ask", RESERVED, {**ANSWER, "cost_usd": 0.02, "cost_is_worst_case": True})
    assert lost(history) == [(0.02, True)] * 6


@pytest.mark.parametrize("type", ["ModelUnavailable", "ModelRefused"])
def test_a_call_that_was_surely_not_billed_costs_nothing(type: str) -> None:
    history = History()
    history.failed("draft-email", "llm.ask", RESERVED, "no", type)
    history.timed_out("draft-email-2", "llm.ask", RESERVED, taken=False)
    assert lost(history) == [(None, False)] * 2


def test_a_call_under_way_costs_nothing_yet_and_its_worst_case_once_the_run_has_ended() -> None:
    history = History()
    history.scheduled("draft-email", "llm.ask", RESERVED)
    assert lost(history) == [(None, False)]
    history.completed({"outcome": "stopped"})
    assert lost(history) == [(0.02, True)]


def test_a_lost_call_of_a_run_that_began_before_budgets_has_no_cost() -> None:
    history = History()
    history.timed_out("draft-email", "llm.ask", ASK, taken=True)
    assert lost(history) == [(None, False)]


def test_a_local_activity_took_the_time_of_its_workflow_task() -> None:
    history = History()
    history.add("WORKFLOW_TASK_STARTED")
    history.add("WORKFLOW_TASK_COMPLETED")
    history.local("llm.route", {"models": []}, "choose-models")
    assert explained(history).decisions[0].duration_s == 2
