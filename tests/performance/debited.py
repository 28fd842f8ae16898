"""Debits of automatic payment: ours from the planned row to the payment in the books, and Odoo's own way one by one."""

from __future__ import annotations

import uuid
from datetime import datetime, timedelta
from unittest.mock import patch

from odoo.fields import Command

from tests.performance.business import clone
from tests.performance.debtors import Debtors

OURS = ("debits", "debits_recorded")
WARM = 2  # with which a process warms up


def prepare(case: str, env, count: int) -> None:
    """Make ``count`` invoices of a customer each, with a saved method of the demo provider that always pays."""
    debtors = Debtors(env)
    debtors.make_overdue(count, with_accounts=case in OURS)
    provider = env.ref("payment.payment_provider_demo")
    provider.state = "test"
    method = provider.payment_method_ids[:1]
    method.active = True
    move = _get_moves(env)[0]
    token = env["payment.token"].create(
        {
            "provider_id": provider.id,
            "payment_method_id": method.id,
            "partner_id": move.partner_id.id,
            "provider_ref": "bench",
            "payment_details": "1234",
            "demo_simulated_state": "done",
        }
    )
    env.flush_all()
    partner = move.partner_id.id
    if count > 1:
        clone(env.cr, "payment_token", token.id, count - 1, {"partner_id": f"{partner} + n"})
    if case in OURS:
        _plan(env, token)


def _plan(env, token) -> None:
    """Give every account a consent, and plan its debit for now, by copies of rows that were made properly."""
    moves = _get_moves(env)
    consents, first = env["billing.payment.consents"], moves[0].billing_account_id
    consent = consents.give(first, token, first.partner_id, "portal", consents.get_text(first))
    env["billing.debit.planning"].plan_now(consent)
    [attempt] = env["billing.payment.attempt"].search([])
    attempt.sudo().next_time = datetime.now() - timedelta(hours=1)  # noqa: DTZ005
    env.flush_all()
    count, account = len(moves) - 1, first.id
    consent_id = clone(env.cr, "billing_payment_consent", consent.id, count, {"account_id": f"{account} + n"})
    clone(
        env.cr,
        "billing_payment_consent_method",
        consent.method_ids.id,
        count,
        {"consent_id": f"{consent_id} + n", "token_id": f"{token.id} + n"},
    )
    attempts = clone(
        env.cr,
        "billing_payment_attempt",
        attempt.id,
        count,
        {
            "account_id": f"{account} + n",
            "consent_id": f"{consent_id} + n",
            "token_id": f"{token.id} + n",
            "key": f"'{uuid.uuid4().hex}' || n",
        },
    )
    line = attempt.line_ids
    due = moves.line_ids.filtered(lambda one: one.display_type == "payment_term").sorted("id")
    apart = due[1].id - due[0].id
    assert due[-1].id == due[0].id + apart * count, "due lines do not lie evenly"
    clone(
        env.cr,
        "billing_payment_attempt_line",
        line.id,
        count,
        {
            "attempt_id": f"{attempts} + n",
            "line_id": f"{due[0].id} + {apart} * n",
            "move_id": f"{moves[0].id} + n",
        },
    )


def _get_moves(env):
    return env["account.move"].search(
        [("move_type", "=", "out_invoice"), ("state", "=", "posted"), ("payment_state", "=", "not_paid")], order="id"
    )


def debits(env, _count: int) -> dict:
    """Send what is planned, record what the provider says, work it off, book it."""
    env["billing.payment.attempt"]._cron_send()
    env.cr.commit()
    return {}


def debits_recorded(env, count: int) -> dict:
    """Send what is planned, and record what the provider says: what money depends on. Its booking is left to later."""
    settling = env.registry["billing.attempt.settling"]
    with patch.object(settling, "work", lambda _settling, _attempts=None: None):
        return debits(env, count)


def tokens(env, _count: int) -> dict:
    """Odoo alone: a transaction charged by the saved method, then processed into a payment, one at a time."""
    _charge(env, _get_moves(env).ids)
    return {}


def _charge(env, move_ids) -> None:
    for move_id in move_ids:
        move = env["account.move"].browse(move_id)
        token = env["payment.token"].search([("partner_id", "=", move.partner_id.id)], limit=1)
        transaction = env["payment.transaction"].create(
            {
                "provider_id": token.provider_id.id,
                "payment_method_id": token.payment_method_id.id,
                "token_id": token.id,
                "reference": f"{move.name}-1",
                "amount": move.amount_residual,
                "currency_id": move.currency_id.id,
                "partner_id": token.partner_id.id,
                "operation": "offline",
                "invoice_ids": [Command.set(move.ids)],
            }
        )
        env.cr.commit()
        transaction._charge_with_token()
        env.cr.commit()
        transaction._post_process()
        env.cr.commit()
        env.invalidate_all()


def warm_up(case: str, env) -> None:
    """Do the same with two of them and take it back; what a worker remembers stays."""
    commit, env.cr.commit = env.cr.commit, env.flush_all
    try:
        if case in OURS:
            env.cr.execute(
                "UPDATE billing_payment_attempt SET next_time = now() + interval '1 day' WHERE id NOT IN"
                " (SELECT id FROM billing_payment_attempt ORDER BY id LIMIT %s)",
                [WARM],
            )
            (debits if case == "debits" else debits_recorded)(env, WARM)
        else:
            _charge(env, _get_moves(env).ids[:WARM])
    finally:
        env.cr.commit = commit
    env.cr.rollback()
    env.invalidate_all()
