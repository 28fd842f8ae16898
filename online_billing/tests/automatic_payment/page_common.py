"""A customer with a bill, who is logged in and pays it on the pay page by a provider that saves methods."""

from contextlib import contextmanager
from unittest.mock import patch

from odoo import fields
from odoo.tests import new_test_user
from odoo.tools import SQL

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


class OpenPagesCase(PagePayCase):
    """The bill can be paid on a page, and a debit of it can go out at any moment."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.company.billing_debit_notice_days = 0
        cls.agreed = cls.consent(cls.account)
        cls.env.flush_all()

    def setUp(self):
        super().setUp()
        self.authenticate(self.person.login, self.person.login)

    def begin(self, minutes, amount=119.0):
        """Let the customer begin to pay by a card form, so many minutes ago; return what its browser knows."""
        route, given = self.get_route()
        processing = self.start_payment(route, amount, self.get_link(), **given)
        # whoever has begun long ago has done so by the clock of the database too, which stands still in a test
        since = SQL("now() AT TIME ZONE 'UTC'" if minutes > 10 else "create_date")
        self.env.cr.execute(
            SQL(
                "UPDATE payment_transaction SET create_date = %s - %s * interval '1 minute' WHERE reference = %s",
                since,
                minutes,
                processing["reference"],
            )
        )
        self.env.invalidate_all()
        return processing

    def get_transaction(self, processing):
        return self.env["payment.transaction"].search([("reference", "=", processing["reference"])])

    def plan(self, agreed=None):
        """Return the debit of a consent, which may be sent: it is day, whenever this runs."""
        agreed = agreed or self.agreed
        with self.worker() as env:
            env["billing.debit.planning"].plan_now(agreed.with_env(env))
        attempt = self.get_attempts(agreed.account_id)
        attempt.sudo().next_time = fields.Datetime.now()
        return attempt

    def plan_own(self):
        attempt = self.plan()
        self.assertEqual((attempt.state, attempt.amount), ("planned", 119))
        return attempt

    @contextmanager
    def no_page_given_up(self):
        """Let the provider be one that cannot give up what was begun on a page, as most of Odoo's are."""
        demo, base = (self.env.registry[name] for name in ("billing.payment.adapter.demo", "billing.payment.adapter"))
        with (
            patch.object(demo, "_end_page", base._end_page),
            patch.object(demo, "may_page_be_paid", base.may_page_be_paid),
        ):
            yield

    def send(self):
        with self.worker() as env:
            env["billing.payment.attempt"]._cron_send()
        self.env.invalidate_all()

    def get_payments(self):
        self.env.invalidate_all()
        payments = self.env["account.payment"].search([("billing_account_id", "=", self.account.id)])
        return payments.mapped("amount")
