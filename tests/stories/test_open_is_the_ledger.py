"""What the pages say is open is what the ledger says, after any history of acts.

For each customer, company and currency: what its accounts show, and what stands on none of them, is the receivable.
"""

from __future__ import annotations

import os
from collections import defaultdict
from contextlib import contextmanager
from datetime import date, datetime, timedelta
from decimal import Decimal

from hypothesis import Phase, given, settings
from hypothesis import strategies as st
from odoo import Command
from odoo.addons.online_billing.services.installments.terms import PlanTerms
from odoo.exceptions import UserError

from tests.faults import business
from tests.stories.books import get_ledger, get_pages, get_receivable
from tests.stories.story_case import NOON, StoryCase

EXAMPLES = {"commit": 4, "nightly": 200}[os.environ.get("BILLING_TIER") or "commit"]
TODAY = date(2026, 6, 1)
DAY = timedelta(days=1)
NOON_TODAY = datetime.combine(TODAY, NOON)

ACTS = (
    "invoice",
    "credit_note",
    "by_hand",
    "payment",
    "unmatched",
    "returned",
    "bounce",
    "write_off",
    "plan",
    "promise",
    "dispute",
    "unreconcile",
    "draft",
    "cancel",
    "paid_out",
    "assign",
)
histories = st.lists(
    st.tuples(st.sampled_from(ACTS), st.integers(0, 5), st.integers(1, 50000), st.integers(0, 40)),
    min_size=1,
    max_size=10,
)


class TestOpenIsTheLedger(StoryCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.branch = cls.env["res.company"].create({"name": "Branch", "parent_id": cls.company.id})
        cls.env.user.company_ids |= cls.branch
        cls.env = cls.env(context=dict(cls.env.context, allowed_company_ids=(cls.company | cls.branch).ids))
        cls.euro = cls.env.ref("base.EUR")
        cls.euro.active = True
        cls.accounts = business.make_accounts(cls.env, 3)
        # the second customer has two accounts, and one more in euros; the first has one in a branch
        cls.accounts[2].partner_id = cls.accounts[1].partner_id
        cls.accounts |= cls.make_account(cls.accounts[1].partner_id, currency_id=cls.euro.id)
        cls.accounts |= cls.make_account(cls.accounts[0].partner_id, company_id=cls.branch.id)
        cls.books = cls.make_books()

    @classmethod
    def make_account(cls, partner, **vals):
        account = cls.env["billing.account"].create(
            {"partner_id": partner.id, "timezone": "UTC", "delivery_channel": "portal", **vals}
        )
        account.action_activate()
        return account

    @classmethod
    def make_books(cls):
        accounts = cls.env["account.account"].with_company(cls.company)
        journals = cls.env["account.journal"].search([("company_id", "=", cls.company.id), ("type", "=", "general")])
        loss = accounts.create({"name": "Losses", "code": "LOS7", "account_type": "expense"})
        (cls.company | cls.branch).billing_write_off_account_id = loss
        return {
            "general": journals[0],
            "money": accounts.create(
                {"name": "Money", "code": "MON7", "account_type": "asset_current", "reconcile": True}
            ),
            "income": accounts.create({"name": "Sales", "code": "SAL7", "account_type": "income"}),
        }

    @contextmanager
    def undone(self):
        self.env.flush_all()
        savepoint = self.env.cr.savepoint(flush=False)
        try:
            yield
        finally:
            self.env.transaction.clear()
            savepoint.close(rollback=True)

    # -- acts ---------------------------------------------------------------------------------------------------------

    def act(self, name, account, amount, days):
        """Do one act; what the books refuse is not done."""
        account = account.with_company(account.company_id)
        savepoint = self.env.cr.savepoint()
        try:
            getattr(self, f"do_{name}")(account, amount / 100, TODAY - days * DAY)
            self.env.flush_all()
        except UserError:
            self.env.transaction.clear()
            savepoint.close(rollback=True)
        else:
            savepoint.close(rollback=False)

    def do_invoice(self, account, amount, day, **vals):
        move = account.env["account.move"].create(
            {
                "move_type": "out_invoice",
                "partner_id": account.partner_id.id,
                "currency_id": account.currency_id.id,
                "invoice_date": day,
                "invoice_date_due": day + 5 * DAY,
                "billing_account_id": account.id,
                "invoice_line_ids": [
                    Command.create(
                        {
                            "name": "Service",
                            "price_unit": amount,
                            "tax_ids": [Command.clear()],
                            "account_id": self.books["income"].id,
                        }
                    )
                ],
                **vals,
            }
        )
        move.action_post()
        return move

    def do_credit_note(self, account, amount, day):
        self.do_invoice(account, amount, day, move_type="out_refund")

    def do_by_hand(self, account, amount, day):
        self.do_invoice(account, amount, day, billing_account_id=False)

    def book(self, account, amount, day, contra="money"):
        """Return the receivable line of an entry by hand that names no account."""
        books, company = self.books, account.company_id
        currency = account.currency_id
        balance = currency._convert(amount, company.currency_id, company, day)
        # a branch keeps the books of its company
        receivable = account.partner_id.with_company(self.company).property_account_receivable_id
        common = {"currency_id": currency.id}
        move = account.env["account.move"].create(
            {
                "move_type": "entry",
                "company_id": company.id,
                "journal_id": books["general"].id,
                "date": day,
                "line_ids": [
                    Command.create(
                        {
                            **common,
                            "account_id": receivable.id,
                            "partner_id": account.partner_id.id,
                            "balance": balance,
                            "amount_currency": amount,
                        }
                    ),
                    Command.create(
                        {**common, "account_id": books[contra].id, "balance": -balance, "amount_currency": -amount}
                    ),
                ],
            }
        )
        move.action_post()
        return move.line_ids[:1]

    def get_open_lines(self, account, sign=1):
        lines = self.get_receivable(account.partner_id).filtered(
            lambda line: (
                line.company_id == account.company_id
                and line.currency_id == account.currency_id
                and not line.reconciled
                and line.amount_residual_currency * sign > 0
            )
        )
        return lines.sorted("id")

    def do_payment(self, account, amount, day):
        line = self.book(account, -amount, day)
        (line | self.get_open_lines(account)[:1]).reconcile()

    def do_unmatched(self, account, amount, day):
        self.book(account, -amount, day)

    def do_returned(self, account, amount, day):
        self.book(account, amount, day)

    def do_paid_out(self, account, amount, day):
        line = self.book(account, amount, day)
        (line | self.get_open_lines(account, -1)[:1]).reconcile()

    def do_write_off(self, account, amount, day):
        self.env["billing.collection.day"].run_day(NOON_TODAY, account, commit=False)
        account.case_ids.filtered(lambda case: case.currency_id == account.currency_id).action_write_off()

    def do_bounce(self, account, amount, day):
        matched = self.get_receivable(account.partner_id).matched_credit_ids.credit_move_id
        entries = matched.move_id.filtered(
            lambda move: move.move_type == "entry" and move.company_id == account.company_id
        )
        entries[:1]._reverse_moves(cancel=True)

    def do_plan(self, account, amount, day):
        moves = self.get_open_lines(account).move_id.filtered(lambda move: move.billing_account_id == account)
        terms = PlanTerms(first_date=TODAY + 30 * DAY, count=3)
        self.env["billing.installment.request"].request(moves[:1], terms, day=TODAY)

    def do_promise(self, account, amount, day):
        self.env["billing.payment.promise"].create(
            {"account_id": account.id, "amount": amount, "date": TODAY + 10 * DAY, "date_made": TODAY}
        )

    def do_dispute(self, account, amount, day):
        for move in self.get_open_lines(account).move_id.filtered("billing_account_id")[:1]:
            move.payment_state = "blocked" if move.payment_state != "blocked" else "not_paid"

    def do_unreconcile(self, account, amount, day):
        lines = self.get_receivable(account.partner_id)
        lines.filtered(lambda line: line.matched_credit_ids or line.matched_debit_ids)[:1].remove_move_reconcile()

    def do_draft(self, account, amount, day):
        move = account.move_ids.filtered(lambda move: move.state in ("posted", "draft"))[:1]
        if move.state == "draft":
            move.action_post()
        else:
            move.button_draft()

    def do_cancel(self, account, amount, day):
        account.move_ids.filtered(lambda move: move.state == "draft")[:1].button_cancel()

    def do_assign(self, account, amount, day):
        for items in self.env["billing.open.items"].get_unassigned(account.ids).values():
            move = self.env["account.move"].browse(items[0].move_id)
            self.env["billing.assignment"].assign(move, account)

    # -- what must agree ----------------------------------------------------------------------------------------------

    def get_receivable(self, partners):
        return get_receivable(self.env, partners)

    # an example takes seconds: one that fails is shown as it was found
    @settings(max_examples=EXAMPLES, deadline=None, phases=(Phase.explicit, Phase.reuse, Phase.generate))
    @given(history=histories)
    def test_case_C3_what_is_open_on_all_pages_is_the_ledger(self, history):
        with self.undone():
            self.env.invalidate_all()
            for name, place, amount, days in history:
                self.act(name, self.accounts[place % len(self.accounts)], amount, days)
            self.assertEqual(get_pages(self.env, self.accounts), get_ledger(self.env, self.accounts))
            figures, currencies_shown = defaultdict(Decimal), defaultdict(set)
            own = [
                (account, account.amount_due, account.amount_owed, account.amount_credit) for account in self.accounts
            ]
            items = self.env["billing.open.items"].get_items(self.accounts.ids)
            for account, due, owed, credit in own:
                self.assertAlmostEqual(due, owed - credit, places=2)
                shown = [item for item in items[account.id] if item.currency_id == account.currency_id.id]
                figures[account.id] = sum((item.amount for item in shown), Decimal(0))
                self.assertAlmostEqual(due, float(figures[account.id]), places=2)
                asked = self.env["billing.open.items"].sum_up(shown, TODAY)
                blocked = sum((item.get_resting(TODAY, {"dispute"}) for item in shown), Decimal(0))
                self.assertEqual(asked["all"], max(figures[account.id] - blocked, Decimal(0)))
                for currency in self.env["billing.statement"].get_currencies(account):
                    statement = self.env["billing.statement"].get_statement(account, currency, date.min, date.max)
                    of_currency = [item for item in items[account.id] if item.currency_id == currency.id]
                    self.assertEqual(statement.closing, sum((item.amount for item in of_currency), Decimal(0)))
                    currencies_shown[account.id].add(currency.id)
                self.assertLessEqual({item.currency_id for item in items[account.id]}, currencies_shown[account.id])
