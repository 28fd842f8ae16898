"""Which payment forms get a token, as the pages say it."""

from lxml import html
from odoo.addons.payment.utils import generate_access_token
from odoo.tests import tagged

from ..services.paying import ACTION
from .captcha_common import CaptchaCase


@tagged("post_install", "-at_install")
class TestPages(CaptchaCase):
    def read(self, path):
        """Return for what the form of a page gets a token, and whether Google is named beside it."""
        self.env.flush_all()
        page = html.fromstring(self.url_open(path).content)
        [form] = page.xpath("//form[@id='o_payment_form']")
        links = [link.partition("/")[2] for link in form.xpath(".//p[@name='billing_captcha']//a/@href")]
        return form.get("data-billing-captcha"), links

    @classmethod
    def get_invoice_path(cls, move):
        return f"/my/invoices/{move.id}?access_token={move.access_token}"

    def get_paths(self):
        payer, amount = self.move.partner_id, self.move.amount_residual
        secret = generate_access_token(payer.id, amount, self.currency.id, env=self.env)
        return {
            "account": self.pay_path,
            "document": self.get_invoice_path(self.move),
            "installment": self.get_invoice_path(self.planned_move),
            "payment": f"/payment/pay?invoice_id={self.move.id}&amount={amount}&access_token={secret}",
        }

    def test_forms_of_documents_of_accounts_are_asked_without_log_in(self):
        for name, path in self.get_paths().items():
            with self.subTest(page=name):
                action, links = self.read(path)
                self.assertEqual(action, ACTION)
                self.assertEqual(links, ["/policies.google.com/privacy", "/policies.google.com/terms"])

    def test_who_is_logged_in_is_not_asked(self):
        for name, move in (("account", self.move), ("document", self.move), ("installment", self.planned_move)):
            with self.subTest(page=name), self.undone():
                self.enter(move)
                self.assertEqual(self.read(self.get_paths()[name]), (None, []))

    def test_nobody_is_asked_where_it_is_not_set_up(self):
        for parameters in (
            {"recaptcha_private_key": False},
            {"recaptcha_public_key": False},
            {"enable_recaptcha": "False"},
        ):
            for name, path in self.get_paths().items():
                with self.subTest(page=name, parameters=parameters), self.undone():
                    self.set_up(**parameters)
                    self.assertEqual(self.read(path), (None, []))

    def test_a_link_of_a_payer_and_an_amount_alone_is_asked_of_customers_with_an_account(self):
        for payer, asked in ((self.account.partner_id, ACTION), (self.make_other_invoice().partner_id, None)):
            secret = generate_access_token(payer.id, 50.0, self.currency.id, env=self.env)
            about = f"partner_id={payer.id}&amount=50.0&currency_id={self.currency.id}&access_token={secret}"
            with self.subTest(asked=asked):
                self.assertEqual(self.read(f"/payment/pay?{about}&company_id={self.account.company_id.id}")[0], asked)

    def test_the_form_of_a_document_of_no_account_is_as_odoo_has_it(self):
        self.assertEqual(self.read(self.get_invoice_path(self.make_other_invoice())), (None, []))
