"""Builders for Stripe: a simulator of it in a process of its own, saved methods, and events that are brought."""

import unittest

from odoo.addons.online_billing.tests.automatic_payment.debit_common import DebitCase

try:
    from tests import leaks
    from tests.stripe_simulator.simulator import SECRET, Simulator
except ImportError:  # the addon by itself, without the project's tests
    SECRET, Simulator = "", None

BASE = "online_billing_stripe.api_base"


class StripeCase(DebitCase):
    """A company whose provider is Stripe, in test mode, and whose Stripe is a simulator on this machine."""

    @classmethod
    def setUpClass(cls):
        if Simulator is None:
            raise unittest.SkipTest("the simulator of Stripe is not here")
        super().setUpClass()
        cls.simulator = Simulator()
        cls.simulator.start()
        cls.addClassCleanup(cls.simulator.stop)
        cls.client = cls.simulator.client()
        cls.env["ir.config_parameter"].set_param(BASE, cls.simulator.url)
        cls.provider = cls._make_provider()
        cls.card = cls.env.ref("payment.payment_method_card")
        cls.card.active = True
        cls.sepa = cls.env.ref("payment.payment_method_sepa_direct_debit")
        cls.sepa.active = True
        cls.connection = cls.env["billing.stripe.connections"].get(cls.provider)
        cls.account = cls.make_account("Grace Hopper")
        cls.events = cls.env["billing.stripe.event"]

    @classmethod
    def _make_provider(cls):
        cls.journal = cls.env["account.journal"].create({"name": "Stripe", "code": "STRP", "type": "bank"})
        provider = cls.env.ref("payment.payment_provider_stripe")
        provider.write(
            {
                "company_id": cls.company.id,
                "stripe_secret_key": cls.simulator.key,
                "stripe_publishable_key": "pk_test_simulator",
                "stripe_billing_secret": SECRET,
                "allow_tokenization": True,
                "state": "test",
            }
        )
        provider.journal_id = cls.journal
        return provider

    def setUp(self):
        super().setUp()
        self.simulator.reset()
        self.addCleanup(self._check_requests)

    def _check_requests(self):
        """G-02: nothing that was sent to Stripe is what must stand nowhere."""
        self.assertEqual(leaks.find_in_requests(self.simulator.requests()), [])

    # -- customers and methods ----------------------------------------------------------------------------------------

    def save_card(self, partner, like="pm_card_visa", **behaviour):
        """Return a saved card of a partner; what it does is what Stripe's test card of that name does."""
        return self._save(partner, like, self.card, behaviour)

    def save_debit(self, partner, like="pm_success_de", **behaviour):
        """Return a saved SEPA debit with its mandate."""
        token = self._save(partner, like, self.sepa, behaviour)
        [mandate] = self.simulator.objects("mandate", payment_method=token.stripe_payment_method)
        token.stripe_mandate = mandate["id"]
        return token

    def _save(self, partner, like, method, behaviour):
        customer = self.client.v1.customers.create({"email": partner.email or "somebody@example.com"})
        saved = self.simulator.make_method(customer.id, like)
        if behaviour:
            self.simulator.behave(saved["id"], **behaviour)
        return self.env["payment.token"].create(
            {
                "provider_id": self.provider.id,
                "payment_method_id": method.id,
                "partner_id": partner.id,
                "provider_ref": customer.id,
                "payment_details": "4242",
                "stripe_payment_method": saved["id"],
            }
        )

    # -- debits -------------------------------------------------------------------------------------------------------

    def charge(self, token, price=100, account=None):
        """Let what is owed be debited from a saved method now; return the attempt.

        The bill is of the price and 19 % tax.
        """
        account = account or self.account
        self.owe(account, "2026-11-02", price)
        self.consent(account, token)
        with self.worker() as env:
            env["billing.charging.now"].charge(account.with_env(env))
        return self.get_attempts(account)[-1:]

    def ask(self, attempt):
        """Let the provider be asked what became of an attempt."""
        with self.worker() as env:
            env["billing.attempt.questions"].ask_now(attempt.with_env(env))

    def refund(self, attempt, amount, **more):
        """Give an amount of what an attempt took back; return the row of the refund."""
        with self.worker() as env:
            refund = env["billing.payment.refunds"].refund(
                attempt.payment_id.with_env(env), amount, "Wrong bill", **more
            )
            refund_id = refund.id
        return self.env["billing.payment.attempt"].browse(refund_id)

    # -- events -------------------------------------------------------------------------------------------------------

    def bring_events(self, order=None, may_fail=False):
        """Let everything that Stripe has to tell come and be worked off, as it was sent; return the events."""
        messages = self.listen()
        for message in order(messages) if order else messages:
            with self.worker() as env:
                provider = self.provider.with_env(env)
                status = env["billing.stripe.inbox"].receive(provider, message.payload.encode(), message.signature)
                self.assertEqual(status, 200)
        self.simulator.lose()
        self.work_events()
        events = self.events.search([("connection_id", "=", self.connection.id)], order="id")
        if not may_fail:
            self.assertFalse(events.filtered(lambda event: event.state == "failed").mapped("error"))
        return events

    def listen(self):
        """Return what Stripe has to tell and nobody has heard yet."""
        return self.simulator.messages()

    def set_webhook(self):
        """Let Stripe tell everything that happens from now on."""
        return self.simulator.set_webhook("http://127.0.0.1:9/", secrets=[SECRET])

    def make_second_connection(self):
        """Return the connection of another provider, whose Stripe is the same."""
        keys = {name: self.provider[name] for name in ("stripe_secret_key", "stripe_publishable_key")}
        provider = self.provider.copy({"name": "Second", "company_id": self.company.id, "state": "test", **keys})
        return self.env["billing.stripe.connections"].get(provider)

    def work_events(self):
        with self.worker() as env:
            env["billing.stripe.event"]._cron_work_events()

    def make_euro(self):
        """Let the account of the test be one of euros."""
        euro = self.env.ref("base.EUR")
        euro.active = True
        self.account = self.make_account("Konrad Zuse", currency_id=euro.id)

    def lose(self, request, kind):
        """Let a request and the SDK's second try of it not be answered, the first in this way."""
        self.simulator.fail(request, kind)
        self.simulator.fail(request, "reset_before" if kind.startswith(("reset", "timeout")) else kind)
