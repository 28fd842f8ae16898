"""States as tables: (state, event) -> state, declared once.

A pair that is not in a table is refused. Guards that need data (nothing billed yet, draft invoice deleted) are the
services' business; the tables say only what is ever possible.
"""

from dataclasses import dataclass
from types import MappingProxyType

from .errors import EngineError


@dataclass(frozen=True, slots=True)
class Machine:
    """A table of states.

    :param name: technical name
    :param states: every state, in the order people read them
    :param initial: the state a new record has
    :param final: states in which a record may stay for ever
    :param transitions: mapping ``(state, event) -> state``
    """

    name: str
    states: tuple
    initial: str
    final: frozenset
    transitions: MappingProxyType

    @property
    def events(self):
        """Every event of the table, in order of appearance."""
        return tuple(dict.fromkeys(event for _state, event in self.transitions))

    def events_from(self, state):
        """Return the events that the state accepts, in order."""
        return tuple(event for start, event in self.transitions if start == state)

    def changes(self, event):
        """Return ``{state before: state after}`` of an event, for whoever moves many records by one statement.

        :raise EngineError: ``lifecycle.event_unknown``
        """
        if event not in self.events:
            raise EngineError("lifecycle.event_unknown", machine=self.name, event=repr(event))
        return {start: target for (start, known), target in self.transitions.items() if known == event}


def _machine(name, states, final, transitions):
    return Machine(name, states, states[0], frozenset(final), MappingProxyType(transitions))


MACHINES = MappingProxyType(
    {
        machine.name: machine
        for machine in (
            _machine(
                "account",
                ("draft", "active", "suspended", "closed"),
                {"closed"},
                {
                    ("draft", "activate"): "active",
                    ("draft", "close"): "closed",
                    ("active", "suspend"): "suspended",
                    ("active", "close"): "closed",
                    ("suspended", "resume"): "active",
                    ("suspended", "close"): "closed",
                    ("closed", "reopen"): "active",
                },
            ),
            _machine(
                # cancelled: nothing of it was ever billed; ended: its last day is past and its bills are written.
                "subscription",
                ("draft", "active", "ended", "cancelled"),
                {"ended", "cancelled"},
                {
                    ("draft", "activate"): "active",
                    ("draft", "cancel"): "cancelled",
                    ("active", "end"): "ended",
                    ("ended", "reopen"): "active",
                    ("active", "cancel"): "cancelled",
                    ("active", "reset"): "draft",
                    ("cancelled", "reset"): "draft",
                },
            ),
            _machine(
                "charge",
                ("pending", "invoiced", "void"),
                {"invoiced", "void"},
                {
                    ("pending", "invoice"): "invoiced",
                    ("pending", "void"): "void",
                    ("invoiced", "release"): "pending",
                    # its invoice was cancelled, or the cancelled invoice came back
                    ("invoiced", "void"): "void",
                    ("void", "restore"): "invoiced",
                },
            ),
            _machine(
                # dropped: what it was announced for is paid, credited or exempt; announced again if that is undone;
                # charged again when what gave a waived one back is cancelled
                "late_fee",
                ("announced", "charged", "waived", "dropped"),
                {"charged", "waived", "dropped"},
                {
                    ("announced", "charge"): "charged",
                    ("announced", "waive"): "waived",
                    ("announced", "drop"): "dropped",
                    ("charged", "waive"): "waived",
                    ("waived", "reinstate"): "charged",
                    ("dropped", "announce"): "announced",
                },
            ),
            _machine(
                "run",
                ("draft", "running", "stopped", "done", "cancelled"),
                {"done", "cancelled"},
                {
                    ("draft", "start"): "running",
                    ("draft", "cancel"): "cancelled",
                    ("running", "stop"): "stopped",
                    ("running", "finish"): "done",
                    ("stopped", "resume"): "running",
                    ("stopped", "cancel"): "cancelled",
                },
            ),
            _machine(
                # a case of the collection; paused: everything overdue is disputed, promised or on a plan
                "case",
                ("open", "paused", "handed_over", "closed"),
                {"closed"},
                {
                    ("open", "pause"): "paused",
                    ("open", "hand_over"): "handed_over",
                    ("open", "close"): "closed",
                    ("paused", "resume"): "open",
                    ("paused", "hand_over"): "handed_over",
                    ("paused", "close"): "closed",
                    ("handed_over", "resume"): "open",
                    ("handed_over", "close"): "closed",
                    ("closed", "reopen"): "open",
                },
            ),
            _machine(
                # a promise to pay: kept when its amount came in by its day, broken when the day has passed without; it
                # lapses where its debt is gone and nothing was paid
                "promise",
                ("open", "kept", "broken", "lapsed", "cancelled"),
                {"kept", "broken", "lapsed", "cancelled"},
                {
                    ("open", "keep"): "kept",
                    ("open", "break"): "broken",
                    ("open", "lapse"): "lapsed",
                    ("open", "cancel"): "cancelled",
                    ("broken", "keep"): "kept",  # its money had come in time, and was entered later
                },
            ),
            _machine(
                # broken: too many parts were missed; settled: all was paid, or fell due, before the last date.
                # A payment that bounces reopens what was kept or settled.
                "installment_plan",
                ("requested", "approved", "active", "kept", "broken", "settled", "rescheduled", "cancelled"),
                {"kept", "broken", "settled", "rescheduled", "cancelled"},
                {
                    ("requested", "approve"): "approved",
                    ("requested", "cancel"): "cancelled",
                    ("approved", "activate"): "active",
                    ("approved", "cancel"): "cancelled",
                    ("active", "keep"): "kept",
                    ("active", "break"): "broken",
                    ("active", "settle"): "settled",
                    ("active", "reschedule"): "rescheduled",
                    ("active", "cancel"): "cancelled",
                    ("broken", "resume"): "active",
                    ("broken", "settle"): "settled",
                    ("broken", "reschedule"): "rescheduled",
                    ("broken", "cancel"): "cancelled",
                    ("kept", "reopen"): "active",
                    ("settled", "reopen"): "active",
                },
            ),
            _machine(
                # a consent to automatic payment; paused: after a charge-back, or by hand
                "payment_consent",
                ("active", "paused", "withdrawn"),
                {"withdrawn"},
                {
                    ("active", "pause"): "paused",
                    ("active", "withdraw"): "withdrawn",
                    ("paused", "resume"): "active",
                    ("paused", "withdraw"): "withdrawn",
                },
            ),
            _machine(
                # One try at a payment method. Sent: the provider has been asked, or has taken it and decides later.
                # Unknown: nobody knows whether money moves, so nothing else may be tried. Waiting: the customer has to
                # act. A provider that says at last that money did move is right, whatever it said before; nothing
                # leads back from money that did.
                "payment_attempt",
                ("planned", "sent", "unknown", "waiting", "succeeded", "failed", "given_up"),
                {"succeeded", "failed", "given_up"},
                {
                    ("planned", "send"): "sent",
                    ("planned", "give_up"): "given_up",
                    ("sent", "doubt"): "unknown",
                    ("sent", "wait"): "waiting",
                    ("sent", "succeed"): "succeeded",
                    ("sent", "fail"): "failed",
                    ("unknown", "accept"): "sent",
                    ("unknown", "wait"): "waiting",
                    ("unknown", "succeed"): "succeeded",
                    ("unknown", "fail"): "failed",
                    ("waiting", "accept"): "sent",
                    ("waiting", "doubt"): "unknown",
                    ("waiting", "succeed"): "succeeded",
                    ("waiting", "fail"): "failed",
                    ("waiting", "give_up"): "given_up",
                    ("failed", "succeed"): "succeeded",
                    ("given_up", "succeed"): "succeeded",
                },
            ),
        )
    }
)


def next_state(machine, state, event):
    """Return the state that an event leads to.

    :param machine: a :class:`Machine` or its name in :data:`MACHINES`
    :param state: present state
    :param event: what happened
    :raise EngineError: ``lifecycle.refused`` when the state does not accept the event, ``lifecycle.machine_unknown``,
        ``lifecycle.state_unknown`` or ``lifecycle.event_unknown`` for words that are in no table
    """
    if not isinstance(machine, Machine):
        if machine not in MACHINES:
            raise EngineError("lifecycle.machine_unknown", machine=repr(machine))
        machine = MACHINES[machine]
    if state not in machine.states:
        raise EngineError("lifecycle.state_unknown", machine=machine.name, state=repr(state))
    if event not in machine.events:
        raise EngineError("lifecycle.event_unknown", machine=machine.name, event=repr(event))
    try:
        return machine.transitions[state, event]
    except KeyError:
        raise EngineError("lifecycle.refused", machine=machine.name, state=state, event=event) from None
