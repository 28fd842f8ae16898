"""B15: one day and one amount of an early payment discount, in the books, on paper, in mails and where one pays."""

from datetime import timedelta

from odoo import fields
from odoo.fields import Command
from odoo.tests import tagged
from odoo.tools.misc import format_date

from ..delivery.delivery_common import DeliveryCase
from .pay_common import PayCase


@tagged("post_install", "-at_install")
class TestPayDiscounts(PayCase, DeliveryCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.today = fields.Date.context_today(cls.env.user)
        cls.account = cls.make_account()
        cls.currency = cls.account.currency_id
        cls.term = cls.env["account.payment.term"].create(
            {
                "name": "2 % in ten days",
                "early_discount": True,
                "discount_percentage": 2,
                "discount_days": 10,
                "early_pay_discount_computation": "included",
                "display_on_invoice": True,
                "line_ids": [Command.create({"value": "percent", "value_amount": 100, "nb_days": 30})],
            }
        )

    def make_early(self, day=None, price=100, **vals):
        day = day or self.today
        return self.make_invoice(
            self.account, price=price, invoice_date=day, invoice_payment_term_id=self.term.id, **vals
        )

    def make_late(self):
        """Return an invoice of last month that is made today: its terms count from today."""
        return self.make_early(self.today - timedelta(30), billing_terms_date=self.today)

    def get_day(self, days=10):
        return format_date(self.env, self.today + timedelta(days))

    def get_link(self):
        return self.get_path(self.env["billing.pay.links"].get_pay_url(self.account, self.currency))

    def start(self, amount, scope="all"):
        token = self.env["billing.pay.links"].get_pay_token(self.account.id, self.currency.id)
        route = f"/billing/pay/{self.account.id}/{self.currency.id}/transaction/{scope}"
        given = {"access_token": token, "is_validation": False, "csrf_token": "x", "payment_reference": "x"}
        return self.start_payment(route, amount, self.get_link(), **given)

    def test_case_B15_an_invoice_made_late_names_the_day_of_the_books_everywhere(self):
        move = self.make_late()
        [line] = move.line_ids.filtered("discount_date")
        self.assertEqual(line.discount_date, self.today + timedelta(10))
        document = self.env["billing.document.drawing"]._get_invoice_document(move)
        self.assertIn(f"$ 116.62 is enough if you pay by {self.get_day()}.", [*map(self.plain, document.schedule)])
        mail = self.env.ref("online_billing.mail_template_invoice")._render_field("body_html", move.ids)[move.id]
        self.assertIn(self.get_day(), str(mail))
        self.assertIn("116.62", str(mail))
        report = self.env["ir.actions.report"]._render_qweb_html("account.account_invoices", move.ids)[0].decode()
        self.assertIn(self.get_day(), report)
        self.assertNotIn(self.get_day(-20), report)
        page = self.url_open(self.get_link()).text
        self.assertIn("116.62", page)

    def test_whoever_has_a_credit_does_not_pay_the_whole_and_keeps_nothing(self):
        move = self.make_early()
        self.env["billing.pay.links"].ensure_invoice_tokens(move)
        path = f"/my/invoices/{move.id}?access_token={move.access_token}"
        self.assertIn("Early Payment Discount of", self.url_open(path).text)
        self.make_invoice(self.account, price=20, move_type="out_refund")
        page = self.url_open(path).text
        self.assertNotIn("Early Payment Discount of", page)
        self.assertIn('data-amount="95.2"', page)

    def plain(self, text):
        return text.replace("\N{NO-BREAK SPACE}", " ")

    def test_case_B15_a_discount_that_has_ended_or_was_touched_is_offered_nowhere(self):
        past = self.make_early(self.today - timedelta(11))
        self.assertFalse(past._get_billing_discount())
        self.assertTrue(self.make_early(self.today - timedelta(10))._get_billing_discount())
        touched = self.make_early()
        wizard = self.env["account.payment.register"].with_context(active_model="account.move", active_ids=touched.ids)
        wizard.create({"amount": 10, "installments_mode": "full"})._create_payments()
        self.assertFalse(touched._get_billing_discount())
        items = self.env["billing.open.items"].get_items([self.account.id])[self.account.id]
        self.assertEqual(len(self.env["billing.open.items"].get_discounts(items, self.today)["lines"]), 1)

    def test_case_B15_the_pay_page_takes_the_discount_off_and_the_books_are_even(self):
        for computation in ("included", "excluded", "mixed"):
            with self.subTest(computation=computation):
                self.term.early_pay_discount_computation = computation
                first, second = self.make_early(), self.make_early(price=200)
                kept = sum(
                    line.amount_currency - line.discount_amount_currency
                    for line in (first | second).line_ids.filtered("discount_date")
                )
                asked = self.currency.round(first.amount_residual + second.amount_residual - kept)
                self.assertGreater(kept, 0)
                self.assertIn(f"{asked:.2f}", self.url_open(self.get_link()).text)
                self.finish_payment(self.start(asked))
                self.assertEqual((first | second).mapped("payment_state"), ["paid", "paid"])
                self.assertEqual((first | second).reconciled_payment_ids.amount, asked)

    def test_case_B15_one_invoice_keeps_its_discount_once(self):
        move = self.make_early()
        self.finish_payment(self.start(116.62))
        self.assertEqual(move.payment_state, "paid")
        self.assertEqual(move.reconciled_payment_ids.amount, 116.62)

    def test_case_B15_while_a_payment_is_under_way_nothing_is_left_of_it(self):
        self.make_early()
        self.start(116.62)
        self.assertNotIn("o_payment_form", self.url_open(self.get_link()).text)

    def test_case_B15_credits_leave_no_invoice_wholly_paid_and_no_discount(self):
        self.make_early()
        self.make_invoice(self.account, price=20, move_type="out_refund")
        items = self.env["billing.open.items"].get_items([self.account.id])[self.account.id]
        self.assertEqual(self.env["billing.open.items"].get_discounts(items, self.today)["lines"], {})

    def test_case_B15_a_notice_before_the_date_offers_it(self):
        move = self.make_early()
        case = self.env["billing.collection.case"].create(
            {
                "account_id": self.account.id,
                "company_id": self.company.id,
                "currency_id": self.currency.id,
                "partner_id": self.account.partner_id.id,
            }
        )
        body = self.env.ref("online_billing.mail_template_coming_due")._render_field("body_html", case.ids)[case.id]
        text = " ".join(self.plain(str(body)).split())
        self.assertIn("$ 116.62", text)
        self.assertIn(move.name, text)
        self.assertIn(self.get_day(), text)
