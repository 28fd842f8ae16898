"""The places at which a test kills a process: before or after the n-th call of a method, named as `model.method`."""

from __future__ import annotations

import functools
import os
import signal
from collections.abc import Callable

LOOP = ("before {}._take", "after {}._take", "before {}._commit_batch", "after {}._commit_batch")


def of_loop(model: str) -> list[str]:
    """Return the places in the loop of a service that works through a queue."""
    return [place.format(model) for place in LOOP]


RUN = [
    *of_loop("billing.run.work"),
    "before billing.posting.create_posted",
    "after billing.posting.create_posted",
    "after billing.rating.prepare",
    "after billing.invoicing.write_bills",
    "before billing.run.work._advance",
    "after billing.run.work._advance",
    "after billing.run.work._save_outcomes",
]
COLLECTION = [
    *of_loop("billing.collection.day"),
    "after billing.collection.files.open_files",
    "after billing.collection.day._charge_fees",
    "after billing.collection.step.taking._queue_reminders",
    "after billing.collection.step.taking._log_steps",
    "after billing.collection.step.taking.take_steps",
    "after billing.collection.files.store_files",
    "after billing.collection.accounts.mark_handled",
]
MESSAGES = of_loop("billing.message.delivery")
INVOICES = of_loop("billing.invoice.delivery")
OF_A_CHUNK = ["after billing.mail.hand.over._write_envelopes", "after billing.mail.hand.over._forget"]
HAND_OVER = [
    *OF_A_CHUNK,
    "after billing.mail.hand.over._note_sent",
    "after billing.mail.hand.over._hold",
    "after billing.mail.hand.over._send",
]
DEBITS = [
    *of_loop("billing.debit.sending"),
    "after billing.debit.sending._make_transactions",
    "after billing.debits.move",
    "before billing.payment.adapter.stripe._send_charge",
    "after billing.payment.adapter.stripe._send_charge",
    "before billing.attempt.answers.note",
    "after billing.attempt.answers.record",
    "after billing.attempt.settling._settle",
    "before billing.attempt.settling._commit_batch",
    "after billing.debit.booking._book_debits",
]
REFUNDS = [
    "after billing.debits.move",
    "before billing.debit.sending.call",
    "before billing.payment.adapter.stripe._send_refund",
    "after billing.payment.adapter.stripe._send_refund",
    "after billing.attempt.answers.record",
    "after billing.refund.booking.book",
]
LATE_FEES = of_loop("billing.late.fee.day")


def find(registry, place: str):
    """Return (class of the registry, name of the method) of a place; None if there is no such method."""
    model, _dot, name = place.split(" ")[1].rpartition(".")
    owner = registry.models.get(model)
    return (owner, name) if owner is not None and callable(getattr(owner, name, None)) else None


def arm(registry, place: str, occurrence: int = 1) -> None:
    """Kill this process before or after the n-th call of a method."""
    do_at(registry, place, lambda: os.kill(os.getpid(), signal.SIGKILL), occurrence)


def do_at(registry, place: str, act: Callable[[], None], occurrence: int = 1) -> None:
    """Do something in this process before or after the n-th call of a method."""
    if not (found := find(registry, place)):
        raise LookupError(f"there is no method for the place: {place}")
    owner, name = found
    original, left = getattr(owner, name), occurrence
    moment = place.split(" ", maxsplit=1)[0]

    def pass_by():
        nonlocal left
        left -= 1
        if not left:
            act()

    @functools.wraps(original)
    def wrapped(*args, **options):
        if moment == "before":
            pass_by()
        answer = original(*args, **options)
        if moment == "after":
            pass_by()
        return answer

    setattr(owner, name, wrapped)
