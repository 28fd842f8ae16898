"""Where Odoo's Sales is installed too: money for an order that is not invoiced yet pays no bill."""

import unittest

from odoo.fields import Command
from odoo.tests import tagged

from ..automatic_payment.debit_common import DebitCase


@tagged("post_install", "-at_install")
class TestBoundPayments(DebitCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.transactions = cls.env["payment.transaction"]
        if "sale_order_ids" not in cls.transactions._fields:
            raise unittest.SkipTest("sale is not installed")
        cls.env["ir.config_parameter"].set_param("sale.automatic_invoice", "False")
        cls.day = cls.env["billing.days"].get_local_day(cls.account)
        cls.currency = cls.account.currency_id
        cls.customer = cls.account.partner_id
        cls.invoice = cls.owe(cls.account, "2026-11-05", 100)
        cls.owed = cls.invoice.amount_total
        cls.product = cls.env["product.product"].create(
            {"name": "Cable", "list_price": 80, "type": "service", "taxes_id": False, "invoice_policy": "order"}
        )

    def order(self):
        return self.env["sale.order"].create(
            {"partner_id": self.customer.id, "order_line": [Command.create({"product_id": self.product.id})]}
        )

    def pay_online(self, amount, **purpose):
        """Let the customer pay an amount online, as a page of Odoo does it."""
        transaction = self.transactions.create(
            {
                "provider_id": self.provider.id, "payment_method_id": self.method.id, "amount": amount,
                "currency_id": self.currency.id, "partner_id": self.customer.id, "operation": "online_direct",
                "reference": self.transactions._compute_reference(self.provider.code), **purpose,
            }
        )  # fmt: skip
        transaction._set_done()
        transaction._post_process()
        self.env.invalidate_all()
        return transaction.payment_id

    def pay_order(self, order, amount=80):
        return self.pay_online(amount, sale_order_ids=[Command.set(order.ids)])

    def get_asked(self, account=None):
        """Return what the pay page asks for and what the reminders count, and the balance on the account."""
        account, service = account or self.account, self.env["billing.open.items"]
        items = service.get_items(account.ids)[account.id]
        return float(service.sum_up(items, self.day)["all"]), account.amount_due, account.amount_credit

    def test_money_for_an_order_pays_no_bill(self):
        order = self.order()
        payment = self.pay_order(order)
        self.assertEqual((order.state, order.invoice_status, payment.state), ("sale", "to invoice", "in_process"))
        self.assertEqual(self.get_asked(), (self.owed, self.owed, 0))
        # what pays all of the account takes it along no more
        self.env["billing.open.items"].apply_credits(self.account, self.invoice)
        self.assertEqual(self.invoice.amount_residual, self.owed)
        rows = self.env["billing.account.page"]._get_sums(self.account)[0]["rows"]
        self.assertIn("for an order that is not invoiced yet, or a donation", rows[-1]["text"])
        overdue = self.env["billing.overdue"].find()
        self.assertEqual(float(overdue[self.account, self.currency]), self.owed)
        invoice = order._create_invoices()
        self.env.invalidate_all()
        self.assertEqual(self.get_asked(), (self.owed, self.owed, 0))
        invoice.action_post()
        self.assertEqual((invoice.payment_state, invoice.amount_residual), ("paid", 0))
        self.assertEqual(self.get_asked(), (self.owed, self.owed, 0))

    def test_where_nothing_else_is_open_it_is_no_credit_either(self):
        self.pay_invoice(self.invoice)
        self.pay_order(self.order())
        self.assertEqual(self.get_asked(), (0, 0, 0))

    def test_what_is_left_of_it_is_free(self):
        order = self.order()
        order.action_confirm()
        self.pay_order(order, 100)
        order._create_invoices().action_post()
        self.env.invalidate_all()
        self.assertEqual(self.get_asked(), (self.owed - 20, self.owed - 20, 20))

    def test_of_a_cancelled_order_it_is_free(self):
        order = self.order()
        self.pay_order(order)
        order.action_unlock()
        order._action_cancel()
        self.env.invalidate_all()
        self.assertEqual(self.get_asked(), (self.owed - 80, self.owed - 80, 80))

    def test_in_two_steps_it_waits_for_the_last_invoice(self):
        order = self.order()
        self.pay_order(order)
        wizard = self.env["sale.advance.payment.inv"].with_context(active_model="sale.order", active_ids=order.ids)
        first = wizard.create({"advance_payment_method": "percentage", "amount": 25})._create_invoices(order)
        first.action_post()
        self.env.invalidate_all()
        self.assertEqual((first.amount_total, first.payment_state), (20, "paid"))
        self.assertEqual(self.get_asked(), (self.owed, self.owed, 0))
        # by itself Odoo matches only the first one; then the rest is a credit that covers the second
        last = order._create_invoices(final=True)
        last.action_post()
        self.env.invalidate_all()
        self.assertEqual(last.amount_total, 60)
        self.assertEqual(self.get_asked()[:2], (self.owed, self.owed))

    def test_of_several_accounts_none_gets_it(self):
        other = self.env["billing.account"].create({"partner_id": self.customer.id, "timezone": "UTC"})
        other.action_activate()
        payment = self.pay_order(self.order())
        self.assertEqual([self.get_asked(), self.get_asked(other)], [(self.owed, self.owed, 0), (0, 0, 0)])
        unassigned = self.env["billing.open.items"].get_unassigned(self.account.ids)
        [[item]] = unassigned.values()
        self.assertEqual((item.move_id, item.amount), (payment.move_id.id, -80))

    def test_a_donation_pays_no_bill(self):
        if "is_donation" not in self.transactions._fields:
            self.skipTest("website_payment is not installed")
        self.pay_online(30, is_donation=True)
        self.assertEqual(self.get_asked(), (self.owed, self.owed, 0))
