"""What a clerk does at a customer who is being debited, in a process beside that of the debit, and in which order."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import psycopg2
from odoo import fields
from odoo.exceptions import UserError
from odoo.service.model import retrying

from tests.faults import kills

LONGEST = 60.0


def _get_invoice(account):
    return account.env["account.move"].search([("billing_account_id", "=", account.id)])


def _edit(account):
    _get_invoice(account).write({"ref": "PO 4711", "narration": "Agreed by telephone"})


def _is_edited(account):
    return _get_invoice(account).ref == "PO 4711" and "by telephone" in _get_invoice(account).narration


def _draw_back(account):
    _get_invoice(account).button_draft()


def _is_drawn_back(account):
    return _get_invoice(account).state == "draft"


def _get_new_due_day():
    return fields.Date.add(fields.Date.today(), days=10)


def _change_terms(account):
    move = _get_invoice(account)
    move.button_draft()
    move.write({"invoice_payment_term_id": False, "invoice_date_due": _get_new_due_day()})
    move.action_post()


def _has_other_terms(account):
    move = _get_invoice(account)
    due = move.line_ids.filtered(lambda line: line.display_type == "payment_term")
    return move.state == "posted" and set(due.mapped("date_maturity")) == {_get_new_due_day()}


def _get_attempts(account, *states):
    return account.env["billing.payment.attempt"].search([("account_id", "=", account.id), ("state", "in", states)])


def _stop(account):
    planned = _get_attempts(account, "planned")
    if not planned:
        raise UserError("There is no button: nothing is planned.")
    planned.action_stop()


def _is_stopped(account):
    return not _get_attempts(account, "planned", "sent", "unknown", "waiting", "succeeded", "failed")


def _lower_limit(account):
    account.consent_id.limit_debit = 50


def _has_lower_limit(account):
    return account.consent_id.limit_debit == 50


def _register(account):
    dialogue = account.env["account.payment.register"]
    dialogue = dialogue.with_context(active_model="account.move", active_ids=_get_invoice(account).ids)
    dialogue.create({"amount": 100, "communication": "Transfer"})._create_payments()


def _is_registered(account):
    payments = account.env["account.payment"].search([("billing_account_id", "=", account.id)])
    transfers = payments.filtered(lambda payment: not payment.payment_transaction_id)
    return transfers.mapped("amount") == [100] and transfers.state in ("in_process", "paid")


@dataclass(frozen=True)
class Edit:
    """Something that a clerk does.

    :ivar act: does it
    :ivar is_kept: tells whether it is as the clerk has left it
    :ivar charges: how many charges there may be where it came first
    """

    act: Callable
    is_kept: Callable
    charges: tuple[int, ...] = (1,)


EDITS = {
    "registers a payment": Edit(_register, _is_registered, charges=(0,)),
    "resets the invoice to draft": Edit(_draw_back, _is_drawn_back),
    "changes the invoice": Edit(_edit, _is_edited),
    "changes its terms": Edit(_change_terms, _has_other_terms, charges=(0, 1)),
    "stops the debit": Edit(_stop, _is_stopped, charges=(0,)),
    "lowers the limit": Edit(_lower_limit, _has_lower_limit, charges=(0,)),
}
#: where the debit is held while the clerk acts
PLACES = {
    "while it is planned": "after billing.debit.planning._plan",
    "while it is noted as sent": "after billing.debit.sending._make_transactions",
    "when the money has moved": "after billing.payment.adapter.stripe._send_charge",
    "while its answer is worked off": "after billing.attempt.settling._settle",
    "while it is booked": "after billing.debit.booking._book_debits",
}
#: the clerk sees things as they were before, or has written and not committed when the debit comes by
LOOKED, WRITTEN = "by what was seen before", "before it, not committed"
ORDERS = (*PLACES, LOOKED, WRITTEN)
#: what the clerk does is there before anything is sent
FIRST = ("while it is planned", WRITTEN)
#: what is not committed, and holds no account, is seen by no debit: both are kept, and what is too much is a credit
UNSEEN = ("registers a payment", WRITTEN)


def get_charges(name: str, order: str, is_refused: bool) -> tuple[int, ...]:
    """Return how often a customer may be charged in the end."""
    if is_refused:
        return (1,)
    charges = EDITS[name].charges
    return charges if order in FIRST and (name, order) != UNSEEN else (*charges, 1)


class Signs:
    """Two files by which two processes take turns."""

    def __init__(self, env, folder: str) -> None:
        self.env, self.first, self.second = env, Path(folder, "first"), Path(folder, "second")

    def wait(self, sign: Path, may_block: bool = False) -> None:
        """Wait for a sign of the other.

        :param may_block: or until the other waits for a lock, which is ours
        """
        end = time.monotonic() + LONGEST
        while not sign.exists() and not (may_block and self._is_anybody_blocked()):
            if time.monotonic() > end:
                raise TimeoutError(f"nobody has given the sign {sign.name}")
            time.sleep(0.01)

    def _is_anybody_blocked(self) -> bool:
        with self.env.registry.cursor() as cursor:
            cursor.execute(
                "SELECT FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
            )
            return bool(cursor.rowcount)


def debit(env, script: str, order: str, folder: str) -> bool:
    """Let a job of automatic payment work beside a clerk."""
    signs = Signs(env, folder)
    if place := PLACES.get(order):

        def be_held():
            signs.first.touch()
            signs.wait(signs.second, may_block=True)

        kills.do_at(env.registry, place, be_held)
    else:
        signs.wait(signs.first)
    exec(compile(script, "script", "exec"), {"env": env})  # noqa: S102 the tests' own
    env.cr.commit()
    signs.second.touch()
    return True


def edit(env, name: str, account_id: int, order: str, folder: str) -> str:
    """Do something as a request of a clerk, begun anew where it loses a race; return why it was refused."""
    signs, account = Signs(env, folder), env["billing.account"].browse(account_id)
    is_first = True

    def act():
        nonlocal is_first
        try:
            EDITS[name].act(account)
            env.flush_all()
            if order == WRITTEN and is_first:
                signs.first.touch()
                signs.wait(signs.second, may_block=True)
        except psycopg2.OperationalError:
            signs.second.touch()  # the request begins anew, and does not keep the debit from going on
            raise
        finally:
            is_first = False

    if order == LOOKED:
        _get_invoice(account).read()
        account.consent_id.read()
        signs.first.touch()
        signs.wait(signs.second)
    elif order in PLACES:
        signs.wait(signs.first)
        env.cr.rollback()  # from here on it sees this moment
    refusal = ""
    try:
        retrying(act, env)
        env.cr.commit()
    except UserError as error:
        env.cr.rollback()
        refusal = str(error)
    with contextlib.suppress(FileNotFoundError):
        signs.second.touch()
    return refusal


def is_kept(env, name: str, account_id: int) -> bool:
    """Tell whether what a clerk has done is still there."""
    return bool(EDITS[name].is_kept(env["billing.account"].browse(account_id)))
