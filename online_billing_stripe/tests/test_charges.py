"""Debits at Stripe: charged with the key of their row, declined, waiting for the customer, unknown."""

from datetime import timedelta
from unittest.mock import patch

from odoo import fields
from odoo.addons.online_billing.services.automatic_payment.answers import BillingAttemptAnswers
from odoo.exceptions import UserError
from odoo.tests import tagged
from odoo.tools import mute_logger
from psycopg2.errorcodes import SERIALIZATION_FAILURE
from psycopg2.errors import SerializationFailure

from .stripe_common import StripeCase

ADAPTER_LOG = "odoo.addons.online_billing.services.automatic_payment.adapter"


class Lost(SerializationFailure):
    pgcode = SERIALIZATION_FAILURE


@tagged("post_install", "-at_install")
class TestCharges(StripeCase):
    def test_a_card_is_charged_once_and_the_payment_is_booked(self):
        attempt = self.charge(self.save_card(self.account.partner_id))
        self.assertEqual((attempt.state, attempt.is_booked), ("succeeded", True))
        [intent] = self.simulator.objects("payment_intent")
        self.assertEqual(intent["id"], attempt.provider_reference)
        self.assertEqual(intent["id"], attempt.transaction_id.provider_reference)
        self.assertEqual((intent["amount"], intent["currency"]), (11900, "usd"))
        self.assertEqual(intent["metadata"]["billing_attempt"], attempt.key)
        [request] = self.simulator.requests("payment_intents.create")
        self.assertEqual(request.key, attempt.key)
        self.assertEqual(attempt.line_ids.move_id.payment_state, "paid")

    def test_every_request_that_changes_something_has_a_key(self):
        attempt = self.charge(self.save_card(self.account.partner_id))
        self.refund(attempt, 19)
        posts = [one for one in self.simulator.requests() if one.method == "POST" and one.name != "customers.update"]
        self.assertGreaterEqual(len(posts), 3)
        self.assertEqual([one.name for one in posts if not one.key], [])

    def test_a_decline_is_classed_by_its_code_and_the_advice_beside_it(self):
        for code, expected in (
            ("insufficient_funds", "later"),
            ("lost_card", "gone"),
            ("expired_card", "gone"),
            ("incorrect_cvc", "customer"),
            ("processing_error", "provider"),
        ):
            with self.subTest(code=code):
                account = self.make_account(f"Customer {code}")
                token = self.save_card(account.partner_id, decline=code)
                attempt = self.charge(token, account=account)[:1]
                first = self.get_attempts(account)[0]
                self.assertEqual((first.state, first.decline_code, first.decline_class), ("failed", code, expected))
                self.assertTrue(first.reason)
                self.assertTrue(attempt)

    def test_every_decline_is_said_in_the_language_of_the_customer(self):
        languages = {"de_DE": "abgelaufen", "es_ES": "caducado", "ar_001": "صلاحية"}
        for language in languages:
            self.env["res.lang"]._activate_lang(language)
        addon = self.env["ir.module.module"].search([("name", "=", "online_billing_stripe")])
        addon._update_translations(list(languages))
        codes = self.env["billing.decline.code"].search([("provider_code", "=", "stripe")])
        self.assertGreater(len(codes), 100)
        for language, word in languages.items():
            with self.subTest(language=language):
                local = codes.with_context(lang=language)
                english = {code.id: code.text for code in codes}
                self.assertFalse(
                    local.filtered(lambda code, english=english: code.text == english[code.id]).mapped("code")
                )
                account = self.make_account(f"Customer {language}")
                account.partner_id.lang = language
                self.charge(self.save_card(account.partner_id, decline="expired_card"), account=account)
                self.assertIn(word, self.get_attempts(account)[0].reason)

    def test_advice_not_to_try_again_outranks_a_mild_code(self):
        token = self.save_card(
            self.account.partner_id, decline="do_not_honor", error={"advice_code": "do_not_try_again"}
        )
        self.charge(token)
        self.assertEqual(self.get_attempts(self.account)[0].decline_class, "gone")
        self.assertFalse(self.account.consent_id.is_usable)

    def test_a_code_that_is_in_no_list_is_tried_later_and_listed(self):
        token = self.save_card(self.account.partner_id, decline="brand_new_reason", error={"advice_code": None})
        self.charge(token)
        self.assertEqual(self.get_attempts(self.account)[0].decline_class, "later")
        listed = self.env["billing.decline.code"].search([("code", "=", "brand_new_reason")])
        self.assertEqual((listed.provider_code, listed.is_known), ("stripe", False))

    def test_a_sepa_debit_is_under_way_until_the_bank_has_paid(self):
        self.make_euro()
        attempt = self.charge(self.save_debit(self.account.partner_id))
        self.assertEqual((attempt.state, attempt.transaction_id.state), ("sent", "pending"))
        [request] = self.simulator.requests("payment_intents.create")
        self.assertEqual(request.parameters["mandate"], attempt.token_id.stripe_mandate)
        self.simulator.settle(attempt.provider_reference)
        self.ask(attempt)
        self.assertEqual((attempt.state, attempt.is_booked), ("succeeded", True))
        self.assertEqual(attempt.payment_id.currency_id.name, "EUR")

    def test_a_bank_that_wants_to_know_the_customer_makes_the_debit_wait(self):
        token = self.save_card(self.account.partner_id, "pm_card_authenticationRequired")
        attempt = self.charge(token)
        self.assertEqual(attempt.state, "waiting")
        self.assertIn(f"/online_billing/stripe/confirm/{attempt.id}?access_token=", attempt.action_url)
        message = self.get_messages(self.account).filtered(lambda one: "confirm" in one.subject)
        self.assertIn(attempt.action_url.replace("&", "&amp;"), message.body)
        # the customer goes on with the same intent
        self.simulator.behave(token.stripe_payment_method, authentication="on_session")
        self.client.v1.payment_intents.confirm(
            attempt.provider_reference, {"payment_method": token.stripe_payment_method}
        )
        self.simulator.authenticate(attempt.provider_reference)
        self.ask(attempt)
        self.assertEqual((attempt.state, attempt.is_booked), ("succeeded", True))
        self.assertEqual(len(self.simulator.objects("payment_intent")), 1)

    def test_what_is_not_confirmed_in_time_is_given_up_at_stripe_too(self):
        attempt = self.charge(self.save_card(self.account.partner_id, "pm_card_authenticationRequired"))
        attempt.sudo().sent_at -= timedelta(days=4)
        self.ask(attempt)
        self.assertEqual((attempt.state, attempt.decline_code), ("failed", "not_confirmed"))
        [intent] = self.simulator.objects("payment_intent")
        self.assertEqual(intent["status"], "canceled")

    def test_what_is_declined_when_it_was_confirmed_cannot_be_paid_beside_another_try(self):
        token = self.save_card(self.account.partner_id, "pm_card_authenticationRequired")
        attempt = self.charge(token)
        self.simulator.behave(token.stripe_payment_method, authentication=None, decline="insufficient_funds")
        with self.assertRaisesRegex(Exception, "declined|insufficient"):
            self.client.v1.payment_intents.confirm(
                attempt.provider_reference, {"payment_method": token.stripe_payment_method}
            )
        self.ask(attempt)
        [intent] = self.simulator.objects("payment_intent")
        self.assertEqual((attempt.state, intent["status"]), ("failed", "canceled"))
        self.assertEqual(attempt.decline_code, "insufficient_funds")

    @mute_logger(ADAPTER_LOG)
    def test_k22_what_is_not_answered_is_unknown_and_cleared_up_without_a_second_charge(self):
        for kind in ("error_after", "reset_after", "error_before", "reset_before", "conflict", "too_many"):
            with self.subTest(kind=kind):
                self.simulator.reset()
                account = self.make_account(f"Customer {kind}")
                token = self.save_card(account.partner_id)
                self.lose("payment_intents.create", kind)
                attempt = self.charge(token, account=account)
                self.assertEqual(attempt.state, "unknown")
                self.simulator.clear_faults()
                self.ask(attempt)
                if (
                    attempt.state == "unknown"
                ):  # Stripe keeps its own fault for the key: the list knows what became of it
                    self.ask(attempt)
                self.assertEqual(attempt.state, "succeeded")
                self.assertEqual(len(self.simulator.objects("charge", status="succeeded")), 1)
                self.assertEqual(self.get_attempts(account), attempt)

    @mute_logger(ADAPTER_LOG)
    def test_k22_while_it_is_unknown_nothing_else_takes_the_same_bill(self):
        token = self.save_card(self.account.partner_id)
        self.lose("payment_intents.create", "error_after")
        attempt = self.charge(token)
        with self.assertRaises(UserError), self.worker() as env:
            env["billing.charging.now"].charge(self.account.with_env(env))
        self.assertEqual(self.get_attempts(self.account), attempt)
        self.assertEqual(len(self.simulator.objects("payment_intent")), 1)

    @mute_logger(ADAPTER_LOG)
    def test_c10_keys_are_equal_on_retries(self):
        """Of the SDK, of the question that finds nothing, and where a race is lost when the answer is noted."""
        self.simulator.fail("payment_intents.create", "reset_before", count=2)
        self.simulator.fail("refunds.create", "reset_before", count=2)
        attempt = self.charge(self.save_card(self.account.partner_id))
        self.assertEqual(attempt.state, "unknown")
        note, lost = BillingAttemptAnswers.note, []

        def lose(answers, *arguments):
            if len(lost) < 4:
                lost.append(arguments)
                raise Lost
            return note(answers, *arguments)

        with patch.object(BillingAttemptAnswers, "note", lose):
            self.ask(attempt)
        refund = self.refund(attempt, 19)
        self.assertEqual((len(lost), attempt.state, refund.state), (4, "succeeded", "unknown"))
        self.ask(refund)
        self.assertEqual(refund.state, "succeeded")
        for row, request in ((attempt, "payment_intents.create"), (refund, "refunds.create")):
            keys = [one.key for one in self.simulator.requests(request)]
            self.assertEqual(keys, [row.key] * 3, "lost twice, and sent once more")
        self.assertEqual(len(self.simulator.objects("charge")), 1)
        self.assertEqual([one["amount"] for one in self.simulator.objects("refund")], [1900])

    @mute_logger(ADAPTER_LOG)
    def test_k23_after_a_day_it_is_found_by_its_mark_and_not_sent_again(self):
        self.lose("payment_intents.create", "reset_after")
        attempt = self.charge(self.save_card(self.account.partner_id))
        self.assertEqual((attempt.state, attempt.provider_reference), ("unknown", False))
        attempt.sudo().sent_at = fields.Datetime.now() - timedelta(hours=25)
        self.simulator.forget_requests()
        self.ask(attempt)
        self.assertEqual(attempt.state, "succeeded")
        self.assertEqual(self.simulator.requests("payment_intents.create"), [])
        self.assertEqual(len(self.simulator.objects("charge")), 1)

    @mute_logger(ADAPTER_LOG)
    def test_k23_what_never_arrived_is_not_sent_again_with_a_key_that_stripe_may_have_forgotten(self):
        self.lose("payment_intents.create", "reset_before")
        attempt = self.charge(self.save_card(self.account.partner_id))
        attempt.sudo().sent_at = fields.Datetime.now() - timedelta(hours=25)
        self.simulator.forget_requests()
        self.ask(attempt)
        self.assertEqual((attempt.state, attempt.decline_class), ("failed", "provider"))
        self.assertEqual(self.simulator.objects("payment_intent"), [])

    @mute_logger(ADAPTER_LOG)
    def test_a_wrong_key_is_no_decline(self):
        token = self.save_card(self.account.partner_id)
        self.provider.stripe_secret_key = "sk_test_of_nobody"
        attempt = self.charge(token)
        self.assertEqual((attempt.state, attempt.reason), ("unknown", "AuthenticationError 401"))
        self.provider.stripe_secret_key = self.simulator.key
        self.ask(attempt)
        self.assertEqual(attempt.state, "succeeded")

    def test_a_method_that_is_gone_at_stripe_is_gone_here(self):
        token = self.save_card(self.account.partner_id)
        self.client.v1.payment_methods.detach(token.stripe_payment_method)
        self.charge(token)
        first = self.get_attempts(self.account)[0]
        self.assertEqual((first.state, first.decline_class), ("failed", "gone"))

    def test_what_was_taken_in_another_amount_is_not_booked(self):
        self.lose("payment_intents.create", "reset_after")
        with mute_logger(ADAPTER_LOG):
            attempt = self.charge(self.save_card(self.account.partner_id))
        attempt.sudo().amount = 118
        self.ask(attempt)
        self.assertEqual((attempt.state, attempt.is_booked), ("unknown", False))
        self.assertIn("119.00 USD", attempt.activity_ids.note)

    def test_only_an_address_of_this_machine_takes_the_place_of_stripe(self):
        for address in (
            "https://stripe.example", "http://192.168.1.1", "http://127.0.0.1.example", "http://a@127.0.0.1/",
            "ftp://127.0.0.1", "http://127.0.0.1/path",
        ):  # fmt: skip
            self.env["ir.config_parameter"].set_param("online_billing_stripe.api_base", address)
            with self.subTest(address=address), self.assertRaisesRegex(UserError, "of this machine only"):
                self.env["billing.stripe.client"].get_api_base()
