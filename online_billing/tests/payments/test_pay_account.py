"""Everything open is paid on one page, over real HTTP: with the token, without login, once."""

from lxml import html
from odoo.tests import JsonRpcException, tagged

from ..delivery.delivery_common import DeliveryCase
from .pay_common import PayCase


@tagged("post_install", "-at_install")
class TestPayAccount(PayCase, DeliveryCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.account = cls.make_account()
        cls.currency = cls.account.currency_id
        cls.first = cls.make_invoice(
            cls.account, price=100, invoice_date_due="2026-11-05", invoice_payment_term_id=False
        )
        cls.second = cls.make_invoice(
            cls.account, price=50, invoice_date_due="2026-11-06", invoice_payment_term_id=False
        )

    def get_link(self, account=None):
        return self.get_path(self.env["billing.pay.links"].get_pay_url(account or self.account, self.currency))

    def start(self, amount, scope="all", **changes):
        token = self.env["billing.pay.links"].get_pay_token(self.account.id, self.currency.id)
        given = {"access_token": token, "is_validation": False, "csrf_token": "x", "payment_reference": "x", **changes}
        route = f"/billing/pay/{self.account.id}/{self.currency.id}/transaction/{scope}"
        return self.start_payment(route, amount, self.get_link(), **given)

    def test_one_payment_settles_all_invoices_and_the_page_then_says_so(self):
        page = self.url_open(self.get_link())
        self.assertEqual(page.status_code, 200)
        for text in (self.first.name, self.second.name, "178.50"):
            self.assertIn(text, page.text)
        status = self.finish_payment(self.start(178.50))
        self.assertEqual((status["state"], status["landing_route"]), ("done", self.get_link()))
        self.assertEqual((self.first | self.second).mapped("payment_state"), ["paid", "paid"])
        payment = (self.first | self.second).reconciled_payment_ids
        self.assertEqual((len(payment), payment.amount, payment.billing_delivery_state), (1, 178.50, "pending"))
        page = self.url_open(self.get_link())
        self.assertEqual(page.status_code, 200)
        self.assertIn("Nothing is open any more", page.text)
        self.assertNotIn("o_payment_form", page.text)
        with self.assertRaises(JsonRpcException):
            self.start(178.50)

    def test_credits_are_taken_off_and_settled_with_the_payment(self):
        credit = self.make_invoice(self.account, price=20, move_type="out_refund")
        self.assertIn("154.70", self.url_open(self.get_link()).text)
        self.finish_payment(self.start(154.70))
        self.assertEqual((self.first | self.second | credit).mapped("amount_residual"), [0.0, 0.0, 0.0])

    def test_a_disputed_invoice_is_shown_and_not_paid(self):
        self.second.payment_state = "blocked"
        page = self.url_open(self.get_link()).text
        self.assertIn("in dispute", page)
        self.finish_payment(self.start(119.0))
        self.assertEqual((self.first.payment_state, self.second.amount_residual), ("paid", 59.5))

    def test_only_what_is_due_can_be_paid_first(self):
        later = self.make_invoice(
            self.account,
            price=10,
            invoice_date="2026-11-01",
            invoice_date_due="2099-01-01",
            invoice_payment_term_id=False,
        )
        page = self.url_open(self.get_link()).text
        self.assertIn("What is due", page)
        self.assertIn("190.40", page)
        self.finish_payment(self.start(178.50, scope="due"))
        self.assertEqual((self.first.payment_state, later.amount_residual), ("paid", 11.9))
        self.assertNotIn("Nothing is due today", page)
        self.assertIn("Nothing is due today", self.url_open(self.get_link()).text)

    def test_the_page_bears_the_name_and_logo_of_whoever_is_paid(self):
        company = self.env["res.company"].create({"name": "Second Firm"})
        account = self.make_account(company_id=company.id)
        self.assertNotEqual(self.env.ref("base.public_user").company_id, company)
        page = html.fromstring(self.url_open(self.get_link(account)).text)
        self.assertTrue(page.xpath(f"//header//img[@src='/logo.png?company={company.id}']"))
        self.assertIn("Second Firm", page.xpath("//footer")[0].text_content())

    def test_another_amount_than_what_is_open_is_refused(self):
        for amount in (0, -5, 1, 178.49, 1e9, None, "178.5"):
            with self.subTest(amount=amount), self.assertRaises(JsonRpcException):
                self.start(amount)
        self.assertFalse(self.env["payment.transaction"].search([("billing_account_id", "=", self.account.id)]))

    def test_an_unknown_choice_of_what_to_pay_is_refused(self):
        with self.assertRaises(JsonRpcException):
            self.start(178.50, scope="everything")
        self.assertFalse(self.env["payment.transaction"].search([("billing_account_id", "=", self.account.id)]))

    def test_a_wrong_token_learns_nothing_and_breaks_nothing(self):
        other = self.make_account("Alan Turing")
        right = self.get_link()
        path = right.partition("?")[0]
        foreign = f"{path}?{self.get_link(other).partition('?')[2]}"
        wrong = [
            path,
            f"{right}x",
            foreign,
            f"{path}?access_token=%C3%A9%E2%82%AC",
            f"{path}?access_token=",
            right.upper(),
        ]
        for link in (*wrong, "/billing/pay/999999/1?access_token=x", "/billing/pay/0/0?access_token=%00"):
            with self.subTest(link=link):
                page = self.url_open(link)
                self.assertEqual(page.status_code, 404)
                self.assertNotIn(self.first.name, page.text)
        for token in ("wrong", "é€", "", None, 5, ["x"]):
            with self.subTest(token=token), self.assertRaises(JsonRpcException):
                self.start(178.50, access_token=token)
        self.assertFalse(self.env["payment.transaction"].search([("billing_account_id", "=", self.account.id)]))
