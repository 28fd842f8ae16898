"""Where Odoo's point of sale is installed too: nobody is asked for what was paid at the till."""

import unittest
from itertools import product
from uuid import uuid4

from odoo import fields
from odoo.fields import Command
from odoo.tests import tagged

from ..automatic_payment.debit_common import DebitCase


@tagged("post_install", "-at_install")
class TestPointOfSale(DebitCase):
    """Done at night, on the database that has Odoo's point of sale beside ours."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        if cls.env["ir.module.module"]._get("point_of_sale").state != "installed":
            raise unittest.SkipTest("point_of_sale is not installed")
        company = cls.company
        if not company.account_default_pos_receivable_account_id:
            company.account_default_pos_receivable_account_id = cls.env["account.account"].create(
                {"name": "Till", "code": "101998", "account_type": "asset_receivable", "reconcile": True}
            )
        banks = cls.env["account.journal"].search([("type", "=", "bank"), ("company_id", "=", company.id)], limit=1)
        cash = cls.env["account.journal"].create({"name": "Till", "type": "cash", "code": "TILL"})
        outstanding = company.transfer_account_id.id  # without one, Odoo itself gives nothing back to a named card
        methods = cls.env["pos.payment.method"]
        cls.cash = methods.create({"name": "Cash", "journal_id": cash.id})
        cls.card = methods.create({"name": "Card", "journal_id": banks.id})
        cls.named = methods.create(
            {
                "name": "Named Card", "journal_id": banks.id, "split_transactions": True,
                "outstanding_account_id": outstanding,
            }
        )  # fmt: skip
        cls.later = methods.create({"name": "Customer Account", "split_transactions": True})
        cls.config = cls.env["pos.config"].create(
            {"name": "Till", "payment_method_ids": [Command.set((cls.cash | cls.card | cls.named | cls.later).ids)]}
        )
        cls.product = cls.env["product.product"].create(
            {"name": "Cable", "list_price": 80, "type": "service", "taxes_id": False, "available_in_pos": True}
        )
        cls.config.open_ui()
        cls.session = cls.config.current_session_id
        cls.session.set_opening_control(0, None)

    def sell(self, method, to_invoice, quantity=1, session=None, **vals):
        """Return an order as the till sends it."""
        customer, now = self.account.partner_id, fields.Datetime.to_string(fields.Datetime.now())
        amount = quantity * self.product.list_price
        line = {
            "product_id": self.product.id, "qty": quantity, "price_unit": 80, "price_subtotal": amount,
            "price_subtotal_incl": amount, "tax_ids": [Command.set([])], "discount": 0, **vals.pop("line", {}),
        }  # fmt: skip
        payment = {"amount": amount, "payment_method_id": method.id, "name": now}
        data = {
            "uuid": str(uuid4()), "session_id": (session or self.session).id, "partner_id": customer.id,
            "user_id": self.env.uid, "lines": [Command.create(line)], "payment_ids": [Command.create(payment)],
            "amount_paid": amount, "amount_total": amount, "amount_tax": 0, "amount_return": 0,
            "to_invoice": to_invoice, "date_order": now, "state": "paid",
            "pricelist_id": self.config.pricelist_id.id, "name": "Order", "last_order_preparation_change": "{}", **vals,
        }  # fmt: skip
        self.env["pos.order"].with_context(generate_pdf=False).sync_from_ui([data])
        return self.env["pos.order"].search([("uuid", "=", data["uuid"])])

    def close(self, session):
        payments = session.order_ids.payment_ids.filtered(lambda payment: payment.payment_method_id == self.cash)
        session.post_closing_cash_details(session.cash_register_balance_start + sum(payments.mapped("amount")))
        session.close_session_from_ui()
        self.assertEqual(session.state, "closed")
        self.env.invalidate_all()

    def open_again(self):
        self.config.open_ui()
        session = self.config.current_session_id
        session.set_opening_control(0, None)
        return session

    def get_asked(self):
        items = self.env["billing.open.items"]
        found = items.get_items(self.account.ids)[self.account.id]
        day = self.env["billing.days"].get_local_day(self.account)
        return float(items.sum_up(found, day)["all"]), self.account.amount_due

    def test_what_is_paid_at_the_till_is_asked_of_nobody(self):
        for method, to_invoice in product((self.cash, self.card, self.named), (True, False)):
            with self.subTest(method=method.name, to_invoice=to_invoice), self.undone():
                order = self.sell(method, to_invoice)
                self.assertEqual(order.account_move.payment_state, "paid" if to_invoice else False)
                self.assertEqual(self.get_asked(), (0, 0))
                self.close(self.session)
                self.assertEqual(self.get_asked(), (0, 0))
                if not to_invoice:  # the customer asks for the invoice on another day
                    order.action_pos_order_invoice()
                    self.assertEqual(order.account_move.payment_state, "paid")
                    self.assertEqual(self.get_asked(), (0, 0))
                session = self.open_again()
                refund = self.sell(
                    method, True, -1, session=session, is_refund=True, line={"refunded_orderline_id": order.lines.id}
                )
                self.assertEqual(refund.account_move.amount_residual, 0)
                self.close(session)
                self.assertEqual(self.get_asked(), (0, 0))
                self.assertFalse(self.env["billing.overdue"].find())

    def test_what_is_put_on_account_is_owed_once(self):
        for to_invoice in (True, False):
            with self.subTest(to_invoice=to_invoice), self.undone():
                order = self.sell(self.later, to_invoice)
                self.assertEqual(self.get_asked()[0], 80 if to_invoice else 0)
                self.close(self.session)
                self.assertEqual(self.get_asked(), (80, 80))
                if not to_invoice:
                    order.action_pos_order_invoice()
                    self.assertEqual(self.get_asked(), (80, 80))
                session = self.open_again()
                self.sell(
                    self.later,
                    True,
                    -1,
                    session=session,
                    is_refund=True,
                    line={"refunded_orderline_id": order.lines.id},
                )
                self.close(session)
                self.assertEqual(self.get_asked(), (0, 0))
                self.assertEqual(self.account.amount_due, 0)

    def test_automatic_payment_takes_what_is_open_and_nothing_that_was_paid(self):
        self.company.billing_debit_notice_days = 0
        agreed = self.consent(self.account)
        self.sell(self.card, True)
        self.sell(self.card, False)
        later = self.sell(self.later, True)
        self.sell(self.later, False)
        self.close(self.session)
        self.assertEqual(self.get_asked(), (160, 160))
        with self.worker() as env:
            env["billing.debit.planning"].plan_now(agreed.with_env(env))
        attempts = self.get_attempts(self.account)
        entry = self.session.move_id
        self.assertEqual(attempts.line_ids.move_id, later.account_move | entry)
        self.assertEqual(sum(attempts.mapped("amount")), 160)
        attempts.sudo().next_time = fields.Datetime.now()
        with self.worker() as env:
            env["billing.payment.attempt"]._cron_send()
        self.env.invalidate_all()
        self.assertEqual(self.get_asked(), (0, 0))
        self.assertEqual(later.account_move.payment_state, "paid")
