"""Paying with and without log-in where reCAPTCHA is set up; Google is a server on this machine."""

from datetime import timedelta
from unittest.mock import patch

import requests
from odoo import fields
from odoo.addons.google_recaptcha.models import ir_http
from odoo.addons.online_billing.services.installments.terms import PlanTerms
from odoo.addons.online_billing.tests.delivery.delivery_common import DeliveryCase
from odoo.addons.online_billing.tests.payments.pay_common import PayCase
from odoo.fields import Command
from odoo.tests import new_test_user

from . import siteverify

#: the one address that is another one in tests
GOOGLE = "https://www.recaptcha.net/recaptcha/api/siteverify"


class CaptchaCase(PayCase, DeliveryCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.set_up(
            enable_recaptcha="True",
            recaptcha_public_key=siteverify.SITE_KEY,
            recaptcha_private_key=siteverify.SECRET,
            recaptcha_min_score="0.7",
        )
        cls.account = cls.make_account("Ada Lovelace")
        cls.currency = cls.account.currency_id
        cls.move = cls.make_invoice(cls.account, price=100)
        planned = cls.make_account("Grace Hopper")
        cls.planned_move = cls.make_invoice(planned, price=300)
        today = fields.Date.today()
        plan = cls.env["billing.installment.request"].request(
            cls.planned_move,
            PlanTerms(first_date=today + timedelta(days=30), count=3),
            day=today,
            rule=cls.env["billing.installment.rule"],
        )
        cls.installment = plan.installment_ids[0]
        cls.env["billing.pay.links"].ensure_invoice_tokens(cls.move | cls.planned_move)
        cls.pay_token = cls.env["billing.pay.links"].get_pay_token(cls.account.id, cls.currency.id)
        cls.pay_path = cls.env["billing.pay.links"].get_pay_path(cls.account.id, cls.currency.id)
        #: how each of the routes that take money is asked: route, amount, token of the link
        cls.routes = {
            "account": (f"{cls.pay_path.partition('?')[0]}/transaction/all", 119, cls.pay_token),
            "document": (f"/invoice/transaction/{cls.move.id}", 119, cls.move.access_token),
            "installment": (
                f"/online_billing/installment/{cls.installment.id}/transaction/{cls.planned_move.id}",
                cls.installment.amount,
                cls.planned_move.access_token,
            ),
        }

    def setUp(self):
        super().setUp()
        self.google = self.enterContext(siteverify.serve())
        post = requests.post

        def redirect(address, *args, **options):
            self.assertEqual(address, GOOGLE)
            return post(f"{self.google.address}/siteverify", *args, **options)

        self.startPatcher(patch.object(ir_http.requests, "post", redirect))

    @classmethod
    def set_up(cls, **parameters):
        """Set what Odoo's settings keep of reCAPTCHA."""
        for name, value in parameters.items():
            cls.env["ir.config_parameter"].sudo().set_param(name, value)
        cls.env.flush_all()

    @classmethod
    def make_other_invoice(cls):
        """Return a posted invoice that is of no account."""
        values = {"partner_id": cls.env["res.partner"].create({"name": "Walk-in"}).id, "move_type": "out_invoice"}
        line = {"product_id": cls.product.id, "price_unit": 100}
        move = cls.env["account.move"].create({**values, "invoice_line_ids": [Command.create(line)]})
        move.action_post()
        move._portal_ensure_token()
        return move

    def enter(self, move):
        """Log the customer of a document in."""
        login = f"customer{move.id}"
        new_test_user(self.env, login, "base.group_portal", partner_id=move.partner_id.id)
        self.authenticate(login, login)

    def pay(self, name, captcha=None, **changes):
        """Begin a payment by one of the routes; return the answer.

        :param captcha: what is sent as the token of reCAPTCHA; None: nothing
        """
        route, amount, token = self.routes[name]
        sent = {} if captcha is None else {"recaptcha_token_response": captcha}
        self.env.flush_all()
        answer = self.call(route, self.get_payment_params(amount, access_token=token, **sent, **changes))
        self.env.invalidate_all()
        return answer

    def count_made(self):
        """Return how many payments and tries are there, of whomever."""
        self.env.invalidate_all()
        return [
            self.env[name].with_context(active_test=False).search_count([])
            for name in ("payment.transaction", "account.payment", "billing.payment.attempt", "payment.token")
        ]
