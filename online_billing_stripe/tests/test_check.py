"""The check of a connection says in plain words what is wrong, and what to do."""

import re
from pathlib import Path

from odoo.modules.neutralize import neutralize_database
from odoo.tests import tagged

from ..services.check import NEEDED_EVENTS, RIGHTS
from ..services.client import API_VERSION
from .stripe_common import StripeCase

SERVICES = Path(__file__).parents[1] / "services"


@tagged("post_install", "-at_install")
class TestCheck(StripeCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.provider.payment_method_ids.filtered(
            lambda method: method.code not in ("card", "sepa_direct_debit")
        ).active = False
        cls.sepa.active = False

    def setUp(self):
        super().setUp()
        self.simulator.set(account={"country": "US"})

    def check(self):
        """Return {what was looked at: (what was found, what to do)} of what is wrong."""
        with self.worker() as env:
            env["billing.stripe.check"].check(self.connection.with_env(env))
        return {one.subject: (one.text, one.advice) for one in self.connection.finding_ids if one.is_trouble}

    def make_endpoint(self, **values):
        given = {
            "url": self.provider.stripe_billing_url,
            "enabled_events": [*NEEDED_EVENTS],
            "api_version": API_VERSION,
        }
        return self.client.v1.webhook_endpoints.create({**given, **values})

    def test_all_is_well(self):
        self.make_endpoint()
        self.assertEqual(self.check(), {})
        self.assertTrue(self.connection.is_healthy)
        self.assertEqual((self.connection.country_code, self.connection.is_live), ("US", False))
        self.assertTrue(self.connection.account_ref.startswith("acct_"))

    def test_keys(self):
        for secret, publishable, text in (
            ("nonsense", "pk_test_simulator", "begins with sk_"),
            ("sk_test_of_nobody", "pk_test_simulator", "does not know the secret key"),
            ("sk_test_simulator", "pk_live_simulator", "One key is of live mode"),
            ("sk_live_simulator", "pk_live_simulator", "are of live mode, and the provider is not"),
        ):
            with self.subTest(secret=secret, publishable=publishable):
                self.provider.write({"stripe_secret_key": secret, "stripe_publishable_key": publishable})
                found = self.check()
                self.assertIn(text, " ".join(text for text, _advice in found.values()))
                self.assertTrue(all(advice for _text, advice in found.values()))

    def test_events(self):
        self.assertIn("sends no events", self.check()["Events"][0])
        endpoint = self.make_endpoint(enabled_events=["payment_intent.succeeded"])
        self.assertIn("charge.dispute.created", self.check()["Events"][0])
        self.client.v1.webhook_endpoints.update(endpoint.id, {"disabled": True})
        self.assertIn("switched off", self.check()["Events"][0])
        self.provider.stripe_billing_secret = False
        self.assertIn("No signing secret", self.check()["Events"][0])

    def test_rights_of_a_restricted_key(self):
        self.make_endpoint()
        self.provider.stripe_secret_key = self.simulator.restricted_key
        for forbidden, names in (
            (["refunds.list", "payouts.list"], "Charges and Refunds, Payouts"),
            (["setup_intents.list"], "SetupIntents"),
            (["payment_methods.retrieve"], "PaymentMethods"),
            (["mandates.retrieve"], "Mandates"),
            (["balance.retrieve"], "Balance"),
        ):
            with self.subTest(forbidden=forbidden):
                self.simulator.set(forbidden=forbidden)
                found, advice = self.check()["Rights"]
                self.assertEqual(found, f"The restricted key may not use: {names}.")
                self.assertIn("To write it needs Customers, PaymentIntents, SetupIntents, Charges", advice)
        # it may do all that can be tried, and writing is not
        self.simulator.set(forbidden=["setup_intents.create"])
        self.assertEqual(self.check(), {})
        [said] = self.connection.finding_ids.filtered(lambda one: one.subject == "Rights").mapped("text")
        self.assertIn("Writing was not tried", said)

    def test_every_part_of_stripe_that_is_asked_is_a_right(self):
        asked = set()
        for path in SERVICES.glob("*.py"):
            asked |= set(re.findall(r"v1\.([a-z_]+)", path.read_text(encoding="utf-8")))
        self.assertIn("setup_intents", asked)
        self.assertLessEqual(asked - {"accounts"}, {right.part for right in RIGHTS}, "the account is checked by itself")

    def test_account_country_and_methods(self):
        self.make_endpoint()
        self.simulator.set(
            account={"country": "FR", "charges_enabled": False, "capabilities": {"card_payments": "inactive"}}
        )
        found = self.check()
        self.assertIn("payments", found["Account"][0])
        self.assertIn("of FR", found["Country"][0])
        self.assertIn("Card", found["Methods"][0])

    def test_another_account_than_before(self):
        self.make_endpoint()
        self.connection.sudo().account_ref = "acct_before"
        self.assertIn("another account", self.check()["Account"][0])

    def test_an_account_that_two_share(self):
        self.make_endpoint()
        second = self.make_second_connection()
        self.assertEqual(self.check(), {}, "cards and debits may go through one account")
        second.provider_id.stripe_secret_key = self.simulator.restricted_key  # of the same account
        second.sudo().account_ref = "acct_before"
        (self.connection | second).is_statement_kept = True
        second.sudo().account_ref = self.connection.account_ref
        found, advice = self.check()["Shared account"]
        self.assertIn("Second", found)
        self.assertIn("on one of them alone", advice)

    def test_settings_of_the_provider(self):
        self.make_endpoint()
        self.provider.allow_tokenization = False
        self.assertIn("cannot save a method", self.check()["Saving methods"][0])

    def test_a_neutralised_copy_of_the_database_keeps_no_key_and_no_secret(self):
        self.provider.stripe_billing_second_secret = "whsec_second"
        self.env.flush_all()
        neutralize_database(self.env.cr)
        self.env.invalidate_all()
        names = [
            name for name in self.provider._fields if name.startswith("stripe_") and self.provider._fields[name].store
        ]
        self.assertIn("stripe_billing_second_secret", names)
        self.assertEqual([name for name in names if self.provider[name]], [])
        self.assertEqual(self.provider.state, "test")
