"""The tables of states, pair by pair."""

import re
from pathlib import Path

import pytest
from engine_builders import refused

from online_billing.engine import MACHINES, next_state

PROJECT = Path(__file__).resolve().parents[2]

# Written once more by hand: state -> {event: next state}. Every pair that is not here must be refused.
EXPECTED = {
    "account": {
        "draft": {"activate": "active", "close": "closed"},
        "active": {"suspend": "suspended", "close": "closed"},
        "suspended": {"resume": "active", "close": "closed"},
        "closed": {"reopen": "active"},
    },
    "subscription": {
        "draft": {"activate": "active", "cancel": "cancelled"},
        "active": {"end": "ended", "cancel": "cancelled", "reset": "draft"},
        "ended": {"reopen": "active"},
        "cancelled": {"reset": "draft"},
    },
    "charge": {
        "pending": {"invoice": "invoiced", "void": "void"},
        "invoiced": {"release": "pending", "void": "void"},
        "void": {"restore": "invoiced"},
    },
    "late_fee": {
        "announced": {"charge": "charged", "waive": "waived", "drop": "dropped"},
        "charged": {"waive": "waived"},
        "waived": {"reinstate": "charged"},
        "dropped": {"announce": "announced"},
    },
    "run": {
        "draft": {"start": "running", "cancel": "cancelled"},
        "running": {"stop": "stopped", "finish": "done"},
        "stopped": {"resume": "running", "cancel": "cancelled"},
        "done": {},
        "cancelled": {},
    },
    "case": {
        "open": {"pause": "paused", "hand_over": "handed_over", "close": "closed"},
        "paused": {"resume": "open", "hand_over": "handed_over", "close": "closed"},
        "handed_over": {"resume": "open", "close": "closed"},
        "closed": {"reopen": "open"},
    },
    "promise": {
        "open": {"keep": "kept", "break": "broken", "lapse": "lapsed", "cancel": "cancelled"},
        "kept": {},
        "broken": {"keep": "kept"},
        "lapsed": {},
        "cancelled": {},
    },
    "installment_plan": {
        "requested": {"approve": "approved", "cancel": "cancelled"},
        "approved": {"activate": "active", "cancel": "cancelled"},
        "active": {
            "keep": "kept",
            "break": "broken",
            "settle": "settled",
            "reschedule": "rescheduled",
            "cancel": "cancelled",
        },
        "kept": {"reopen": "active"},
        "broken": {"resume": "active", "settle": "settled", "reschedule": "rescheduled", "cancel": "cancelled"},
        "settled": {"reopen": "active"},
        "rescheduled": {},
        "cancelled": {},
    },
    "payment_consent": {
        "active": {"pause": "paused", "withdraw": "withdrawn"},
        "paused": {"resume": "active", "withdraw": "withdrawn"},
        "withdrawn": {},
    },
    "payment_attempt": {
        "planned": {"send": "sent", "give_up": "given_up"},
        "sent": {"doubt": "unknown", "wait": "waiting", "succeed": "succeeded", "fail": "failed"},
        "unknown": {"accept": "sent", "wait": "waiting", "succeed": "succeeded", "fail": "failed"},
        "waiting": {
            "accept": "sent",
            "doubt": "unknown",
            "succeed": "succeeded",
            "fail": "failed",
            "give_up": "given_up",
        },
        "succeeded": {},
        "failed": {"succeed": "succeeded"},
        "given_up": {"succeed": "succeeded"},
    },
}
PAIRS = [
    (name, state, event) for name, machine in MACHINES.items() for state in machine.states for event in machine.events
]


@pytest.mark.parametrize(("name", "state", "event"), PAIRS)
def test_every_pair_leads_where_it_should_or_is_refused(name, state, event):
    expected = EXPECTED[name][state].get(event)
    if expected:
        assert next_state(name, state, event) == expected
    else:
        with refused("lifecycle.refused"):
            next_state(name, state, event)


def test_the_tables_hold_exactly_these_machines_states_and_events():
    assert set(MACHINES) == set(EXPECTED)
    for name, machine in MACHINES.items():
        assert machine.name == name
        assert list(machine.states) == list(EXPECTED[name])
        assert set(machine.events) == {event for events in EXPECTED[name].values() for event in events}
        for state in machine.states:
            assert set(machine.events_from(state)) == set(EXPECTED[name][state])


@pytest.mark.parametrize("name", MACHINES)
def test_every_state_can_be_reached_and_none_but_the_final_ones_is_a_trap(name):
    machine = MACHINES[name]
    reached, todo = {machine.initial}, [machine.initial]
    while todo:
        state = todo.pop()
        found = {target for (start, _event), target in machine.transitions.items() if start == state} - reached
        reached |= found
        todo += found
    assert reached == set(machine.states)
    assert machine.initial == machine.states[0]
    assert machine.final < set(machine.states)
    for state in set(machine.states) - machine.final:
        assert machine.events_from(state)


def test_final_states_are_these():
    assert {name: machine.final for name, machine in MACHINES.items()} == {
        "account": {"closed"},
        "subscription": {"ended", "cancelled"},
        "charge": {"invoiced", "void"},
        "late_fee": {"charged", "waived", "dropped"},
        "run": {"done", "cancelled"},
        "case": {"closed"},
        "promise": {"kept", "broken", "lapsed", "cancelled"},
        "installment_plan": {"kept", "broken", "settled", "rescheduled", "cancelled"},
        "payment_consent": {"withdrawn"},
        "payment_attempt": {"succeeded", "failed", "given_up"},
    }


def test_a_machine_serves_as_well_as_its_name():
    assert next_state(MACHINES["run"], "draft", "start") == "running"


def test_words_that_are_in_no_table_are_refused():
    with refused("lifecycle.machine_unknown"):
        next_state("invoice", "draft", "post")
    with refused("lifecycle.state_unknown"):
        next_state("run", "sleeping", "start")
    with refused("lifecycle.event_unknown"):
        next_state("run", "draft", "explode")


def test_the_tables_cannot_be_changed_at_run_time():
    with pytest.raises(TypeError):
        MACHINES["run"].transitions["done", "start"] = "running"
    with pytest.raises(TypeError):
        MACHINES["other"] = MACHINES["run"]


def test_an_event_tells_all_the_changes_that_it_makes():
    charge = MACHINES["charge"]
    assert charge.changes("void") == {"pending": "void", "invoiced": "void"}
    assert charge.changes("restore") == {"void": "invoiced"}
    with refused("lifecycle.event_unknown"):
        charge.changes("explode")


def test_nothing_leads_back_from_money_that_moved_and_nothing_is_sent_twice():
    attempt = MACHINES["payment_attempt"]
    assert attempt.events_from("succeeded") == ()
    assert attempt.changes("send") == {"planned": "sent"}
    assert "give_up" not in attempt.events_from("unknown")


def test_the_picture_of_an_attempt_has_every_way_from_state_to_state_and_no_other():
    page = PROJECT / "online_billing/services/automatic_payment/README.md"
    drawn = re.findall(r"(?m)^    (\w+) --> (\w+): (\w+)$", page.read_text(encoding="utf-8"))
    ways = MACHINES["payment_attempt"].transitions
    assert sorted(drawn) == sorted((state, target, event) for (state, event), target in ways.items())
