"""Invoices that get several due dates: by plans of ours, and as Odoo alone does it, by another payment term."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

from odoo.fields import Command

from tests.performance.business import DAY
from tests.performance.debtors import Debtors

PARTS = 3
AT_ONCE = 200


def prepare(case: str, env, count: int) -> None:
    """Make ``count`` overdue invoices: of one customer for the plan of all, else of a customer each."""
    debtors = Debtors(env)
    if case.startswith("terms"):
        debtors.make_overdue(count)
        env["account.payment.term"].create(
            {
                "name": "Bench",
                "line_ids": [
                    # from the invoice date, which lies 45 days back
                    Command.create({"value": "percent", "value_amount": share, "nb_days": 45 + 30 * number})
                    for number, share in enumerate((33.33, 33.33, 33.34), start=1)
                ],
            }
        )
        return
    debtors.make_overdue(count, with_accounts=True, of_one_customer=case == "plan_of_all")
    env["billing.installment.rule"].create({"name": "Bench", "approval_limit": 10**9, "month_max": 0})


def _get_moves(env):
    return env["account.move"].search(
        [("move_type", "=", "out_invoice"), ("state", "=", "posted"), ("payment_state", "=", "not_paid")], order="id"
    )


def _get_one_by_one(env):
    """Return the invoices as separate requests know them: none has the others read along with it."""
    return [env["account.move"].browse(move_id) for move_id in _get_moves(env).ids]


def _request(env, moves) -> None:
    from odoo.addons.online_billing.services.installments.terms import PlanTerms

    terms = PlanTerms(first_date=DAY + timedelta(days=30), count=PARTS, fee=Decimal(0))
    plan = env["billing.installment.request"].request(moves, terms, day=DAY)
    assert plan.state == "active", plan.state
    env.cr.commit()


def plan_of_all(env, _count: int) -> dict:
    """One plan of ours over all invoices."""
    _request(env, _get_moves(env))
    return {}


def plans(env, _count: int) -> dict:
    """A plan of ours for each invoice, one request at a time."""
    for move in _get_one_by_one(env):
        _request(env, move)
    return {}


def terms_each(env, _count: int) -> dict:
    """Odoo alone: back to draft, another payment term, confirmed again; one invoice at a time."""
    for move in _get_one_by_one(env):
        _repost(env, move)
    return {}


def terms(env, _count: int) -> dict:
    """The same with many invoices in one call."""
    moves = _get_moves(env)
    for start in range(0, len(moves), AT_ONCE):
        _repost(env, moves[start : start + AT_ONCE])
    return {}


def _repost(env, moves) -> None:
    moves.button_draft()
    moves.invoice_payment_term_id = env["account.payment.term"].search([("name", "=", "Bench")])
    moves.action_post()
    env.cr.commit()


def warm_up(case: str, env) -> None:
    """Do the same with three of the invoices, and take it back."""
    commit, env.cr.commit = env.cr.commit, env.flush_all
    try:
        moves = _get_moves(env)[:3]
        if case.startswith("terms"):
            _repost(env, moves)
        else:
            _request(env, moves if case == "plan_of_all" else moves[:1])
    finally:
        env.cr.commit = commit
    env.cr.rollback()
    env.invalidate_all()
