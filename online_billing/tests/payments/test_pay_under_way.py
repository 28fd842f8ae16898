"""Several payments of one account at once, whichever page begins them: money and credits count once."""

from decimal import Decimal

from odoo.exceptions import ValidationError
from odoo.fields import Command
from odoo.tests import tagged

from .. import builders
from ..installments.installment_common import InstallmentCase


@tagged("post_install", "-at_install")
class TestPayUnderWay(InstallmentCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.currency = cls.account.currency_id
        cls.provider = cls.env["payment.provider"].create({"name": "Bank", "state": "test", "code": "none"})
        cls.method = builders.get_payment_method(cls.env)
        cls.move = cls.make_invoice(106)

    def begin(self, moves, amount, whole=False, **changes):
        """Begin a payment as the page of the account (the whole of it) or that of documents does."""
        vals = {
            "provider_id": self.provider.id,
            "payment_method_id": self.method.id,
            "reference": f"under way {self.env['payment.transaction'].search_count([])}",
            "amount": amount,
            "currency_id": self.currency.id,
            "partner_id": self.account.partner_id.id,
            "operation": "online_direct",
            "invoice_ids": [Command.set(moves.ids)],
            "billing_account_id": self.account.id if whole else False,
            **changes,
        }
        transaction = self.env["payment.transaction"].create(vals)
        self.env.flush_all()
        return transaction

    def refuse(self, moves, amount, words="being paid", **changes):
        with self.assertRaisesRegex(ValidationError, words), self.cr.savepoint():
            self.begin(moves, amount, **changes)

    def credit(self, amount):
        return self.make_invoice(amount, move_type="out_refund")

    def get_asked(self):
        """Return what the page of the account asks for."""
        items = self.env["billing.open.items"].get_items(self.account.ids)[self.account.id]
        return self.env["billing.open.items"].sum_up(items, self.day("2026-06-01"))["all"]

    def test_case_F7_a_credit_that_a_payment_takes_along_is_not_paid_on_another_page(self):
        note = self.credit(30)
        self.assertEqual(self.get_asked(), 76)
        payment = self.begin(self.move | note, 76, whole=True)
        for amount in (30, 0.01, 106):
            self.refuse(self.move, amount)
        self.assertEqual(self.get_asked(), 0)
        payment.state = "cancel"
        self.begin(self.move, 106)
        self.assertEqual(self.get_asked(), 0)

    def test_case_F7_a_credit_is_taken_along_by_the_documents_of_the_payment_alone(self):
        self.credit(30)
        self.begin(self.move, 76, whole=True)
        later = self.make_invoice(50, day="2026-05-02")
        self.assertEqual(self.get_asked(), 50)
        self.refuse(self.move | later, 50.01, "Pay the other")
        self.begin(later, 50)
        self.refuse(self.move | later, 0.01)

    def test_case_F7_a_credit_over_two_documents_of_the_payment(self):
        later = self.make_invoice(50, day="2026-05-02")
        self.credit(60)
        self.begin(self.move | later, 96, whole=True)
        for moves in (self.move, later, self.move | later):
            self.refuse(moves, 0.01)

    def test_case_F7_money_under_way_comes_before_the_credits(self):
        later = self.make_invoice(50, day="2026-05-02")
        self.credit(36)
        self.begin(self.move, 90)
        self.assertEqual(self.get_asked(), 30)
        self.begin(self.move | later, 30, whole=True)
        self.assertEqual(self.get_asked(), 0)
        self.refuse(self.move | later, 0.01)

    def test_case_F7_a_credit_that_comes_meanwhile_is_left_to_what_nobody_pays(self):
        self.credit(30)
        self.begin(self.move, 76, whole=True)
        self.make_invoice(50, day="2026-05-02")
        self.credit(40)
        self.refuse(self.move, 0.01)
        self.assertEqual(self.get_asked(), 10)

    def test_case_F7_a_credit_that_is_gone_is_taken_along_by_nobody(self):
        note = self.credit(30)
        self.begin(self.move, 76, whole=True)
        note.button_draft()
        self.assertEqual(self.get_asked(), 30)
        self.begin(self.move, 30)
        self.refuse(self.move, 0.01)

    def test_case_F7_money_that_is_not_matched_is_a_credit_too(self):
        self.pay(self.make_invoice(30, day="2026-05-02"), 60)
        self.assertEqual(self.get_asked(), 76)
        self.begin(self.move, 76, whole=True)
        self.refuse(self.move, 30)

    def test_case_F4_an_amount_is_stored_in_the_rounding_of_the_currency(self):
        for given, stored in ((105.999, 106.0), (106.004, 106.0), (0.006, 0.01), (1 / 3, 0.33), (70, 70.0)):
            with self.subTest(given=given):
                payment = self.begin(self.move, given)
                self.assertEqual(Decimal(repr(payment.amount)), Decimal(repr(stored)))
                payment.state = "cancel"
        for given in (106.006, 0.004, -1, 0, None, "5", True, float("nan"), float("inf")):
            with self.subTest(given=given):
                self.refuse(self.move, given, "or a part of it")

    def test_case_F4_an_amount_in_a_currency_without_cents(self):
        yen = self.env.ref("base.JPY")
        yen.active = True
        move = self.make_invoice(1000, currency_id=yen.id)
        self.refuse(move, 1000.5, "or a part of it", currency_id=yen.id)
        self.refuse(move, 0.4, "or a part of it", currency_id=yen.id)
        self.assertEqual(self.begin(move, 999.6, currency_id=yen.id).amount, 1000)
