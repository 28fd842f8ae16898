"""Builders for automatic payment: saved methods of the demo provider, consents, and jobs that run at a moment."""

import unittest
from datetime import datetime

from odoo.tests.common import freeze_time

from ..collection.collection_common import CollectionCase


class DebitCase(CollectionCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        if cls.env["ir.module.module"]._get("payment_demo").state != "installed":
            raise unittest.SkipTest("payment_demo is not installed")
        cls.provider = cls.env.ref("payment.payment_provider_demo")
        cls.provider.write({"state": "test", "company_id": cls.company.id})
        cls.method = cls.provider.payment_method_ids[:1]
        cls.method.active = True
        cls.company.billing_debit_notice_days = 3
        cls.company.billing_retry_policy_id = cls.env.ref("online_billing.retry_policy_standard")
        cls.consents = cls.env["billing.payment.consents"]
        cls.account = cls.make_account()

    @classmethod
    def save_method(cls, partner, answer="done", name="1234"):
        """Return a saved method; the demo provider answers by it: done, pending, error or cancel."""
        return cls.env["payment.token"].create(
            {
                "provider_id": cls.provider.id,
                "payment_method_id": cls.method.id,
                "partner_id": partner.id,
                "provider_ref": f"demo {name}",
                "payment_details": name,
                "demo_simulated_state": answer,
            }
        )

    @classmethod
    def consent(cls, account, *tokens, channel="portal", terms=None, **more):
        """Return a consent of the customer, with a method that works if none is given."""
        methods = cls.env["payment.token"].concat(*tokens) if tokens else cls.save_method(account.partner_id)
        return cls.consents.give(
            account, methods, account.partner_id, channel, cls.consents.get_text(account), terms, **more
        )

    @classmethod
    def get_attempts(cls, account):
        return cls.env["billing.payment.attempt"].search([("account_id", "=", account.id)], order="id")

    def pay(self, invoice, amount):
        """Let somebody note a transfer for an invoice."""
        with self.worker() as env:
            wizard = env["account.payment.register"].with_context(active_model="account.move", active_ids=invoice.ids)
            wizard.create({"amount": amount})._create_payments()
        self.env.invalidate_all()

    def run_jobs(self, moment):
        """Let the jobs of automatic payment work at a moment, UTC, each as its scheduled action does."""
        with freeze_time(datetime.fromisoformat(moment)), self.worker() as env:
            env["billing.payment.consent"]._cron_plan_debits()
            env["billing.payment.attempt"]._cron_send()
            env["billing.payment.attempt"]._cron_ask()
        self.env.invalidate_all()

    def assertAttempts(self, account, expected):
        """Compare attempts with [(day, amount, state), ...]."""
        actual = [(str(one.day), f"{one.amount:.2f}", one.state) for one in self.get_attempts(account)]
        self.assertEqual(actual, expected)
