"""A customer with a bill, who is logged in and pays it on the pay page by a provider that saves methods."""

from odoo.tests import new_test_user

from ..payments.pay_common import PayCase
from .debit_common import DebitCase


class PagePayCase(PayCase, DebitCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.provider.allow_tokenization = True
        cls.method.support_tokenization = True
        cls.currency = cls.account.currency_id
        cls.invoice = cls.owe(cls.account, "2026-11-05", 100)
        cls.person = cls.make_person("customer", cls.account.partner_id)

    @classmethod
    def make_person(cls, login, partner):
        return new_test_user(
            cls.env, login, "base.group_portal", partner_id=partner.id,
            company_id=cls.company.id, company_ids=[(6, 0, cls.company.ids)],
        )  # fmt: skip

    def get_link(self):
        return self.get_path(self.env["billing.pay.links"].get_pay_url(self.account, self.currency))

    def get_route(self, scope="all", **given):
        """Return the route that begins a payment of a scope, and what a form sends to it."""
        token = self.env["billing.pay.links"].get_pay_token(self.account.id, self.currency.id)
        return f"/billing/pay/{self.account.id}/{self.currency.id}/transaction/{scope}", {
            "access_token": token,
            **given,
        }
