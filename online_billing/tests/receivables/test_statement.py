"""The statement says what the ledger says of an account, in one currency, whoever paid and in whatever currency."""

from datetime import date
from decimal import Decimal
from unittest.mock import patch

from odoo.tests import tagged

from .receivables_common import ReceivablesCase


@tagged("post_install", "-at_install")
class TestStatement(ReceivablesCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.product.taxes_id = False
        cls.account = cls.make_account()
        cls.euro = cls.env.ref("base.EUR")
        cls.euro.active = True
        cls.euro.rate_ids = [(5, 0, 0), (0, 0, {"name": "2026-01-01", "rate": 0.5, "company_id": cls.company.id})]

    def make_second_account(self, **vals):
        account = self.env["billing.account"].create(
            {"partner_id": self.account.partner_id.id, "timezone": "UTC", **vals}
        )
        account.action_activate()
        return account

    def get_statement(self, account=None, currency=None, first=date.min, last=date.max):
        """Return a statement, which its pages make up whatever is on it."""
        account = account or self.account
        currency, service = currency or account.currency_id, self.env["billing.statement"]
        statement = service.get_statement(account, currency, first, last)
        count = len(statement.entries)
        for rows in (1, 2, count + 1):
            shown, owed, pages = [], statement.opening, max(1, -(-count // rows))
            for number in range(1, pages + 1):
                page = service.get_page(account, currency, first, last, number, rows)
                self.assertEqual((page.count, page.number, page.before), (count, number, owed))
                self.assertEqual((page.first, page.last, page.closing), (first, last, statement.closing))
                shown += page.entries
                owed = page.entries[-1].balance if page.entries else owed
            self.assertEqual(tuple(shown), statement.entries)
            self.assertEqual(service.get_page(account, currency, first, last, 10**6, rows), page, "beyond is the last")
        return statement

    def assertEntries(self, statement, expected):
        """Compare entries with [(document or payment, amount), ...]."""
        actual = [(entry.number, entry.amount) for entry in statement.entries]
        self.assertEqual(actual, [(record.name, Decimal(amount)) for record, amount in expected])

    def assertEndsAsOpenItems(self, *accounts):
        """Fail unless each account owes at the end, in each currency, what its open items say."""
        for account in accounts:
            items = self.env["billing.open.items"].get_items([account.id])[account.id]
            for currency in self.env["billing.statement"].get_currencies(account):
                owed = sum((item.amount for item in items if item.currency_id == currency.id), Decimal(0))
                self.assertEqual(self.get_statement(account, currency).closing, owed, (account.name, currency.name))

    def match(self, payment, *moves):
        lines = payment.move_id.line_ids
        for move in moves:
            lines |= move.line_ids
        lines.filtered(lambda line: line.account_id.account_type == "asset_receivable").reconcile()

    def test_what_was_before_is_one_sum(self):
        bills = [self.make_invoice(self.account, price=price) for price in (100, 40)]
        payment = self.pay(self.account.partner_id, 30, date="2026-11-12")
        day = bills[0].invoice_date
        statement = self.get_statement(first=date(2026, 11, 11), last=date(2026, 11, 30))
        self.assertLess(day, date(2026, 11, 11))
        self.assertEqual(statement.opening, Decimal(140))
        self.assertEntries(statement, [(payment, -30)])
        self.assertEqual((statement.entries[0].balance, statement.closing), (Decimal(110), Decimal(110)))
        self.assertEqual(self.get_statement(first=date(2026, 12, 1)).opening, Decimal(110))
        self.assertEqual(self.get_statement(last=date(2020, 1, 1)).closing, Decimal(0))

    def test_a_payment_for_several_accounts_stands_on_each_with_what_it_settled_there(self):
        other = self.make_second_account()
        own, others = self.make_invoice(self.account, price=20), self.make_invoice(other, price=10)
        payment = self.pay(self.account.partner_id, 30)
        payment.billing_account_id = False
        self.match(payment, own, others)
        payment.billing_account_id = False
        self.assertEntries(self.get_statement(), [(own, 20), (payment, -20)])
        self.assertEntries(self.get_statement(other), [(others, 10), (payment, -10)])
        self.assertEndsAsOpenItems(self.account, other)

    def test_a_payment_that_names_an_account_is_that_one_s(self):
        other = self.make_second_account()
        older, own = self.make_invoice(other, price=10), self.make_invoice(self.account, price=20)
        payment = self.pay(self.account.partner_id, 15, billing_account_id=self.account.id)
        self.assertEntries(self.get_statement(), [(own, 20), (payment, -15)])
        self.assertEntries(self.get_statement(other), [(older, 10)])
        self.assertEqual(self.account.amount_due, 5)
        self.assertEqual(other.amount_due, 10)
        self.assertEndsAsOpenItems(self.account, other)

    def test_money_of_an_account_that_settled_another_s_bill_is_not_here(self):
        other = self.make_second_account()
        others = self.make_invoice(other, price=10)
        payment = self.pay(self.account.partner_id, 15, billing_account_id=self.account.id)
        self.match(payment, others)
        payment.billing_account_id = self.account
        self.assertEntries(self.get_statement(), [(payment, -5)])
        self.assertEntries(self.get_statement(other), [(others, 10), (payment, -10)])
        self.assertEndsAsOpenItems(self.account, other)

    def test_a_credit_of_no_account_is_shared_as_open_items_share_it(self):
        other = self.make_second_account()
        others = self.make_invoice(other, price=10)
        payment = self.pay(self.account.partner_id, 15)
        payment.billing_account_id = False
        self.assertEntries(self.get_statement(other), [(others, 10), (payment, -10)])
        self.assertEntries(self.get_statement(), [])
        self.assertEndsAsOpenItems(self.account, other)

    def test_a_bill_paid_in_another_currency_is_settled_in_its_own(self):
        bill = self.make_invoice(self.account, price=50, currency_id=self.euro.id)
        payment = self.pay(self.account.partner_id, 100)
        self.match(payment, bill)
        self.assertEntries(self.get_statement(currency=self.euro), [(bill, 50), (payment, -50)])
        self.assertEqual(self.get_statement().closing, Decimal(0))
        self.assertEndsAsOpenItems(self.account)

    def test_somebody_else_pays(self):
        bill = self.make_invoice(self.account, price=50)
        friend = self.env["res.partner"].create({"name": "A friend"})
        payment = self.pay(friend, 80)
        self.match(payment, bill)
        self.assertEntries(self.get_statement(), [(bill, 50), (payment, -50)])
        self.assertEndsAsOpenItems(self.account)

    def test_a_payment_without_an_entry(self):
        bill = self.make_invoice(self.account, price=50)
        register = self.env["account.payment.register"].with_context(active_model="account.move", active_ids=bill.ids)
        wizard = register.create({"payment_date": "2026-11-20"})
        wizard.payment_method_line_id.payment_account_id = False
        # where Odoo's accounting is there, payments wait for the bank without an entry
        with patch.object(self.registry["account.move"], "_get_invoice_in_payment_state", lambda move: "in_payment"):
            payment = wizard._create_payments()
        self.assertFalse(payment.move_id)
        self.assertEntries(self.get_statement(), [(bill, 50), (payment, -50)])
        self.assertEqual(self.get_statement().entries[1].day, date(2026, 11, 20))
        self.assertEndsAsOpenItems(self.account)

    def test_credit_notes_and_a_payment_that_came_back(self):
        bill = self.make_invoice(self.account, price=50)
        payment = self.pay(self.account.partner_id, 50, date="2026-11-12")
        self.match(payment, bill)
        reversal = payment.move_id._reverse_moves([{"date": "2026-11-14"}], cancel=True)
        credit = self.make_invoice(self.account, price=20, move_type="out_refund")
        statement = self.get_statement()
        kinds = {entry.number: (entry.kind, entry.amount) for entry in statement.entries}
        self.assertEqual(kinds[credit.name], ("credit", Decimal(-20)))
        self.assertEqual(kinds[reversal.name][1], Decimal(50))
        self.assertEqual(statement.closing, Decimal(30))
        self.assertEndsAsOpenItems(self.account)
