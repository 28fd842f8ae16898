"""“Save this method and pay my bills from now on” on the pay page, over real HTTP."""

from lxml import html
from odoo.tests import tagged

from .page_common import PagePayCase

ROUTE = "/payment/demo/simulate_payment"


@tagged("post_install", "-at_install")
class TestPayConsent(PagePayCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.stranger = cls.make_person("stranger", cls.make_account("Bob").partner_id)
        cls.env.flush_all()

    def get_offer(self):
        """Return (version, words) of what the page offers; nothing where it offers nothing."""
        page = html.fromstring(self.url_open(self.get_link()).text)
        boxes = page.xpath("//input[@name='billing_consent']")
        text = page.xpath("//*[@id='billing_consent_text']")
        return (boxes[0].get("value"), text[0].text_content().strip()) if boxes else None

    def get_call(self, **changes):
        return self.get_route(**{"tokenization_requested": True, **changes})

    def start(self, **changes):
        route, given = self.get_call(**changes)
        return self.start_payment(route, 119.0, self.get_link(), **given)

    def refuse(self, **changes):
        route, given = self.get_call(**changes)
        return self.get_refusal(route, 119.0, **given)

    def simulate(self, processing, state):
        data = {"reference": processing["reference"], "payment_details": "4242", "simulated_state": state}
        self.make_jsonrpc_request(ROUTE, data)
        self.make_jsonrpc_request("/payment/status/poll", {})
        self.env.invalidate_all()

    def get_consents(self):
        self.env.invalidate_all()
        return self.env["billing.payment.consent"].search([("account_id", "=", self.account.id)])

    def enter(self, user):
        self.authenticate(user.login, user.login)

    def test_the_customer_agrees_while_paying_and_the_next_bill_is_paid_by_itself(self):
        self.enter(self.person)
        version, text = self.get_offer()
        self.assertEqual(text, self.consents.get_text(self.account))
        processing = self.start(billing_consent=version)
        self.assertFalse(self.get_consents(), "nothing is agreed to before the money has come")
        self.simulate(processing, "done")
        consent = self.get_consents()
        self.assertEqual((consent.state, consent.channel, consent.text), ("active", "page", text))
        self.assertEqual((consent.given_by_id, consent.text_version), (self.account.partner_id, version))
        self.assertEqual(consent.method_ids.token_id.payment_details, "4242")
        transaction = self.env["payment.transaction"].search([("billing_consent_id", "=", consent.id)])
        self.assertEqual(transaction.reference, processing["reference"])
        self.assertEqual(self.invoice.payment_state, "paid")
        transaction._post_process()
        self.env["billing.consent.wishes"].fulfil(transaction)
        self.assertEqual(self.get_consents(), consent, "it is given once")
        self.assertIsNone(self.get_offer(), "what is agreed to is not offered again")

    def test_what_cannot_be_saved_is_said_beside_the_offer_before_anything_is_paid(self):
        self.enter(self.person)
        self.assertNotIn("unsaved_methods", self.url_open(self.get_link()).text)
        paypal = self.env.ref("payment.payment_method_paypal")
        self.assertFalse(paypal.support_tokenization, "as Odoo has it")
        self.provider.payment_method_ids |= paypal
        paypal.active = True
        self.env.flush_all()
        page = html.fromstring(self.url_open(self.get_link()).text)
        [said] = page.xpath("//*[@name='unsaved_methods']")
        self.assertIn(f"pay this one time only: {paypal.name}.", said.text_content())
        self.assertIn("cannot be saved", self.refuse(billing_consent=self.get_offer()[0], payment_method_id=paypal.id))
        (self.provider.payment_method_ids - paypal).active = False
        self.env.flush_all()
        self.assertIsNone(self.get_offer(), "nothing that could be saved is offered")

    def test_a_payment_that_is_pending_gives_the_consent_when_it_succeeds(self):
        self.enter(self.person)
        processing = self.start(billing_consent=self.get_offer()[0])
        self.simulate(processing, "pending")
        self.assertFalse(self.get_consents())
        transaction = self.env["payment.transaction"].search([("reference", "=", processing["reference"])])
        self.assertTrue(transaction.token_id)
        transaction.action_demo_set_done()
        transaction._post_process()
        self.assertEqual(self.get_consents().method_ids.token_id, transaction.token_id)

    def test_a_payment_that_fails_gives_none(self):
        self.enter(self.person)
        for state in ("error", "cancel"):
            self.simulate(self.start(billing_consent=self.get_offer()[0]), state)
            self.assertFalse(self.get_consents(), state)

    def test_without_the_tick_none_is_given(self):
        self.enter(self.person)
        self.simulate(self.start(), "done")
        self.assertFalse(self.get_consents())
        self.assertTrue(self.env["payment.token"].search([("partner_id", "=", self.account.partner_id.id)]))

    def test_a_method_that_was_saved_before_is_agreed_to_as_well(self):
        token = self.save_method(self.account.partner_id, name="7777")
        self.enter(self.person)
        processing = self.start(
            billing_consent=self.get_offer()[0], flow="token", token_id=token.id, payment_method_id=None,
            tokenization_requested=False,
        )  # fmt: skip
        transaction = self.env["payment.transaction"].search([("reference", "=", processing["reference"])])
        transaction._charge_with_token()
        transaction._post_process()
        self.assertEqual(self.get_consents().method_ids.token_id, token)

    def test_who_may_not_decide_is_offered_nothing_and_gives_nothing(self):
        self.enter(self.person)
        version = self.get_offer()[0]
        for user in (self.stranger, self.clerk, None):
            with self.subTest(user=user and user.login):
                self.authenticate(*((user.login, user.login) if user else (None, None)))
                self.assertIsNone(self.get_offer())
                self.assertIn("reload the page", self.refuse(billing_consent=version))
        self.assertFalse(self.env["payment.transaction"].search([("billing_account_id", "=", self.account.id)]))

    def test_other_words_than_those_that_hold_are_refused(self):
        self.enter(self.person)
        version = self.get_offer()[0]
        for wrong in ("x", "0" * 12, True, ["x"], {"x": 1}, 5):
            self.assertIn("reload the page", self.refuse(billing_consent=wrong))
        self.company.billing_consent_text = "Other words"
        self.env.flush_all()
        self.assertIn("reload the page", self.refuse(billing_consent=version))

    def test_words_in_the_language_of_the_page_are_kept_as_they_were_read(self):
        self.env["res.lang"]._activate_lang("de_DE")
        self.company.billing_consent_text = "I agree."
        self.company.with_context(lang="de_DE").billing_consent_text = "Ich stimme zu."
        self.person.lang = "de_DE"
        self.env.flush_all()
        self.enter(self.person)
        version, text = self.get_offer()
        self.assertEqual(text, "Ich stimme zu.")
        self.simulate(self.start(billing_consent=version), "done")
        self.assertEqual(self.get_consents().text, "Ich stimme zu.")

    def test_a_method_that_cannot_be_saved_is_refused_before_anything_is_paid(self):
        self.enter(self.person)
        version = self.get_offer()[0]
        self.assertIn("cannot be saved", self.refuse(billing_consent=version, tokenization_requested=False))
        self.provider.allow_tokenization = False
        self.env.flush_all()
        self.assertIn("cannot be saved", self.refuse(billing_consent=version))

    def test_an_account_that_was_closed_meanwhile_is_paid_and_has_no_consent(self):
        self.enter(self.person)
        processing = self.start(billing_consent=self.get_offer()[0])
        self.account.sudo().with_context(billing_by=None).action_close()
        self.env.flush_all()
        self.simulate(processing, "done")
        self.assertEqual((self.invoice.payment_state, self.get_consents().ids), ("paid", []))

    def test_a_consent_that_was_paused_by_staff_is_not_offered_anew(self):
        self.consent(self.account).with_user(self.clerk).action_pause()
        self.env.flush_all()
        self.enter(self.person)
        self.assertIsNone(self.get_offer())
