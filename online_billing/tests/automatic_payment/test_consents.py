"""Consents: what was agreed to and by whom, which method, which day, how they end."""

from decimal import Decimal
from unittest.mock import patch

from odoo import Command
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import new_test_user, tagged
from odoo.tests.common import freeze_time

from ...hooks import post_init_hook
from ...models.shared.guarded import LifeRefused
from ...services.automatic_payment.consents import Terms
from .debit_common import DebitCase


@tagged("post_install", "-at_install")
@freeze_time("2026-10-20 08:00:00")
class TestConsents(DebitCase):
    def test_words_time_and_giver_stay_with_it(self):
        self.company.billing_consent_text = "You may take my money."
        consent = self.consent(self.account)
        self.company.billing_consent_text = "Other words."
        self.assertEqual(consent.text, "You may take my money.")
        self.assertEqual(consent.text_version, self.consents.get_version("You may take my money."))
        self.assertNotEqual(consent.text_version, self.consents.get_version("Other words."))
        self.assertEqual((consent.given_by_id, consent.channel), (self.account.partner_id, "portal"))
        for name, value in {
            "text": "x",
            "given_by_id": 1,
            "state": "paused",
            "account_id": 0,
            "channel": "page",
        }.items():
            with self.assertRaises(LifeRefused, msg=name):
                consent.with_user(self.manager).write({name: value})
        with self.assertRaises(AccessError):
            self.env["billing.payment.consent"].with_user(self.manager).create({"account_id": self.account.id})
        with self.assertRaises(UserError):
            consent.unlink()

    def test_accounts_are_found_by_the_consent_that_holds(self):
        other = self.make_account("Other")
        both, accounts = self.account | other, self.env["billing.account"]
        first = self.consent(self.account)
        consent = self.consent(self.account)  # in place of the first

        def find(*condition):
            return accounts.search([("id", "in", both.ids), ("consent_id", *condition)])

        self.assertEqual(find("in", consent.ids), self.account)
        self.assertFalse(find("in", first.ids))
        self.assertEqual((find("=", False), find("!=", False)), (other, self.account))
        self.assertEqual(find("in", [False, consent.id]), both)
        self.assertEqual(find("not in", consent.ids), other)
        self.assertEqual(self.account.consent_state, "active")
        self.consents.pause(consent, "Because.")
        self.assertEqual(find("!=", False), self.account)
        self.assertEqual((self.account.consent_state, self.account.consent_reason), ("paused", "Because."))
        self.consents.withdraw(consent, self.account.partner_id)
        self.assertEqual(find("=", False), both)

    def test_in_writing_needs_the_paper(self):
        with self.assertRaisesRegex(ValidationError, "has signed"):
            self.consent(self.account, channel="written")
        paper = self.env["ir.attachment"].create({"name": "signed.pdf", "raw": b"%PDF-1.4"})
        consent = self.consent(self.account, channel="written", attachments=paper)
        self.assertEqual(consent.attachment_ids, paper)

    def test_another_consent_replaces_the_first_and_its_planned_debits(self):
        self.owe(self.account, "2026-11-02", 100)
        first = self.consent(self.account)
        self.run_jobs("2026-10-30 10:00:00")
        second = self.consent(self.account, terms=Terms("day_of_month", 15))
        self.assertEqual((first.state, second.state), ("withdrawn", "active"))
        self.assertAttempts(self.account, [("2026-11-02", "119.00", "given_up")])
        self.run_jobs("2026-11-12 10:00:00")
        self.assertEqual(str(self.get_attempts(self.account)[1].day), "2026-11-15")

    def test_a_method_belongs_to_the_customer(self):
        with self.assertRaisesRegex(ValidationError, "not one of"):
            self.consent(self.account, self.save_method(self.make_account("Other").partner_id))
        with self.assertRaisesRegex(UserError, "Choose a saved"):
            self.consents.give(self.account, self.env["payment.token"], self.account.partner_id, "portal", "words")

    def test_paused_and_withdrawn_nothing_is_taken_and_resumed_it_goes_on(self):
        self.owe(self.account, "2026-11-02", 100)
        consent = self.consent(self.account)
        self.run_jobs("2026-10-30 10:00:00")
        consent.with_user(self.clerk).action_pause()
        self.assertAttempts(self.account, [("2026-11-02", "119.00", "given_up")])
        self.run_jobs("2026-11-02 10:00:00")
        self.assertEqual(len(self.get_attempts(self.account)), 1)
        consent.with_user(self.clerk).action_resume()
        self.run_jobs("2026-11-03 10:00:00")
        self.assertEqual(self.get_attempts(self.account).mapped("state"), ["given_up", "planned"])
        consent.with_user(self.clerk).action_withdraw()
        self.assertEqual(self.get_attempts(self.account).mapped("state"), ["given_up", "given_up"])
        self.assertEqual((consent.state, consent.ended_by_id), ("withdrawn", self.clerk.partner_id))

    def test_what_the_customer_pauses_until_a_day_goes_on_by_itself_on_it(self):
        self.owe(self.account, "2026-11-02", 100)
        consent = self.consent(self.account)
        self.run_jobs("2026-10-30 10:00:00")
        person = self.account.partner_id
        self.consents.pause(consent, "Paused by Ada", self.day("2026-11-05"), person)
        self.assertAttempts(self.account, [("2026-11-02", "119.00", "given_up")])
        self.assertEqual((consent.paused_by_id, self.account.consent_state), (person, "paused"))
        self.assertIn("Paused by Ada", "".join(self.account.message_ids.mapped("body")))
        self.assertEqual(
            (self.account.consent_reason, str(self.account.consent_paused_until)), ("Paused by Ada", "2026-11-05")
        )
        self.run_jobs("2026-11-04 20:00:00")
        self.assertEqual(consent.state, "paused")
        self.run_jobs("2026-11-05 10:00:00")
        self.assertEqual((consent.state, consent.paused_until, consent.paused_by_id.ids), ("active", False, []))
        self.assertEqual(self.get_attempts(self.account).mapped("state"), ["given_up", "planned"])
        self.assertIn("its pause is over", "".join(self.account.message_ids.mapped("body")))

    def test_staff_pause_several_also_those_that_their_customers_have_paused(self):
        first, second = self.consent(self.account), self.consent(self.make_account("Second"))
        self.consents.pause(second, "Paused by Ada", self.day("2026-11-05"), second.account_id.partner_id)
        chosen = first | second
        chosen.with_user(self.clerk).action_pause()
        self.assertEqual(chosen.mapped("state"), ["paused", "paused"])
        self.assertEqual((second.paused_until, second.paused_by_id.ids), (False, []), "until staff resume it")
        chosen.with_user(self.clerk).action_resume()
        self.assertEqual(chosen.mapped("state"), ["active", "active"])
        chosen.with_user(self.clerk).action_withdraw()
        self.assertEqual(chosen.mapped("state"), ["withdrawn", "withdrawn"])

    def test_a_payment_that_is_taken_back_outlasts_the_pause_of_the_customer(self):
        self.owe(self.account, "2026-11-02", 100)
        consent = self.consent(self.account)
        self.run_jobs("2026-10-30 10:00:00")
        self.run_jobs("2026-11-02 10:00:00")
        payment = self.get_attempts(self.account).payment_id
        self.consents.pause(consent, "Paused by Ada", self.day("2026-11-20"), self.account.partner_id)
        with self.worker() as env:
            env["billing.payment.returns"].take_back(
                payment.with_env(env), Decimal("119.00"), self.day("2026-11-10"), "The bank", "dp_1"
            )
        self.run_jobs("2026-11-21 10:00:00")
        self.assertEqual((consent.state, consent.reason, consent.paused_by_id.ids), ("paused", "The bank", []))

    def test_what_each_method_is_for_is_given_with_it(self):
        methods = (
            self.save_method(self.account.partner_id, name="1"),
            self.save_method(self.account.partner_id, name="2"),
        )
        consent = self.consent(self.account, *methods, purposes=["other", "recurring"])
        self.assertEqual(
            [(one.token_id, one.purpose) for one in consent.method_ids.sorted("sequence")],
            [(methods[0], "other"), (methods[1], "recurring")],
        )

    def test_the_next_method_stands_in_for_one_that_is_gone_for_good(self):
        gone = self.env["billing.decline.code"].search([("provider_code", "=", "demo"), ("code", "=", "declined")])
        gone.decline_class = "gone"
        first = self.save_method(self.account.partner_id, "error", "1111")
        second = self.save_method(self.account.partner_id, "done", "2222")
        invoice = self.owe(self.account, "2026-11-02", 100)
        consent = self.consent(self.account, first, second)
        self.run_jobs("2026-10-30 10:00:00")
        self.run_jobs("2026-11-02 10:00:00")
        self.run_jobs("2026-11-02 10:10:00")
        attempts = self.get_attempts(self.account)
        self.assertEqual([(one.token_id, one.state) for one in attempts], [(first, "failed"), (second, "succeeded")])
        self.assertEqual(invoice.payment_state, "paid")
        self.assertEqual(consent.method_ids.mapped("is_usable"), [False, True])

    def test_a_method_that_is_deleted_is_not_charged_and_the_customer_is_told(self):
        self.owe(self.account, "2026-11-02", 100)
        token = self.save_method(self.account.partner_id)
        self.consent(self.account, token)
        self.run_jobs("2026-10-30 10:00:00")
        token.active = False
        self.assertIn("needs another payment method", self.get_messages(self.account)[-1].subject)
        self.run_jobs("2026-11-02 10:00:00")
        self.assertAttempts(self.account, [("2026-11-02", "119.00", "given_up")])

    def test_who_has_no_method_left_for_some_bills_is_told_for_which(self):
        texts = {"recurring": "chosen for bills of subscriptions", "other": "bills that are not of subscriptions"}
        for purpose, text in texts.items():
            with self.subTest(purpose=purpose), self.undone():
                tokens = {name: self.save_method(self.account.partner_id, name=name) for name in texts}
                spare = self.save_method(self.account.partner_id, name="spare")
                self.consent(self.account, *tokens.values(), spare, purposes=["recurring", "other", purpose])
                spare.active = False
                self.assertFalse(self.get_messages(self.account), "another one is charged in its place")
                tokens[purpose].active = False
                [message] = self.get_messages(self.account)
                self.assertIn("needs another payment method", message.subject)
                self.assertIn(text, message.body)

    def test_whose_method_is_gone_while_it_is_paused_is_told_when_it_goes_on(self):
        token = self.save_method(self.account.partner_id)
        consent = self.consent(self.account, token)
        self.consents.pause(consent, "Paused by Ada", self.day("2026-11-05"), self.account.partner_id)
        token.active = False
        self.assertFalse(self.get_messages(self.account), "nothing is charged, so nothing is asked for")
        self.run_jobs("2026-11-05 10:00:00")
        self.assertEqual(consent.state, "active")
        self.assertIn("needs another payment method", self.get_messages(self.account).subject)

    def test_methods_for_bills_of_subscriptions_and_for_others(self):
        recurring = self.save_method(self.account.partner_id, name="1111")
        other = self.save_method(self.account.partner_id, name="2222")
        self.subscribe(self.account, self.make_plan(self.make_code(price=30)), "2026-11-01")
        self.bill(self.account, "2026-11-01")
        self.owe(self.account, "2026-11-01", 100)
        consent = self.consent(self.account, recurring, other)
        consent.method_ids[0].purpose, consent.method_ids[1].purpose = "recurring", "other"
        self.run_jobs("2026-11-02 10:00:00")
        self.assertEqual(
            sorted((one.token_id.payment_details, one.amount) for one in self.get_attempts(self.account)),
            [("1111", 30.0), ("2222", 119.0)],
        )

    def test_each_company_has_the_policy_that_comes_with_the_addon(self):
        standard = self.env.ref("online_billing.retry_policy_standard")
        company = self.env["res.company"].create({"name": "Second"})
        self.assertEqual(company.billing_retry_policy_id, standard)
        # those that were there before the addon, whatever has become of them
        company.billing_retry_policy_id, chosen = False, self.company.billing_retry_policy_id.copy()
        self.company.billing_retry_policy_id = chosen
        company.active = False
        post_init_hook(self.env)
        self.assertEqual((company.billing_retry_policy_id, self.company.billing_retry_policy_id), (standard, chosen))
        standard.company_id = company
        self.assertFalse(self.env["res.company"].create({"name": "Third"}).billing_retry_policy_id)

    def test_a_policy_that_cannot_be_read_is_refused(self):
        policy = self.company.billing_retry_policy_id
        self.assertEqual(len(policy.copy().rule_ids), 2)
        for waits in ("", "0", "1,,2", "-1", "one", "1.5", "61", "1," * 20 + "1", "99999999999"):
            with self.assertRaises(ValidationError, msg=waits):
                policy.rule_ids[0].write({"waits": waits, "unit": "days"})
        with self.assertRaisesRegex(ValidationError, "two lines"):
            policy.rule_ids = [Command.create({"decline_class": "later", "waits": "1"})]
        # nor by an import, or by whoever writes the line itself
        values = {"policy_id": policy.id, "decline_class": "later", "waits": "1"}
        with self.assertRaisesRegex(ValidationError, "two lines"):
            self.env["billing.retry.rule"].create(values)
        with self.assertRaisesRegex(ValidationError, "two lines"):
            policy.rule_ids.filtered(lambda rule: rule.decline_class == "provider").decline_class = "later"

    def test_a_method_that_expires_is_told_once_and_one_that_was_renewed_is_not(self):
        consent = self.consent(self.account)
        method = consent.method_ids
        tell = self.consents.tell_expiring
        method.sudo().expires_on = "2026-12-31"
        tell(self.day("2026-11-30"))
        self.assertFalse(self.get_messages(self.account))
        renewed = patch.object(type(self.consents), "_get_expiry", lambda _self, _token: self.day("2029-12-31"))
        with renewed:
            tell(self.day("2026-12-01"))
        self.assertEqual((method.expires_on, len(self.get_messages(self.account))), (self.day("2029-12-31"), 0))
        method.sudo().expires_on = "2026-12-31"
        for day in ("2026-12-01", "2026-12-02", "2026-12-31", "2027-01-01"):
            tell(self.day(day))
        self.assertEqual(self.get_messages(self.account).mapped("subject"), ["Your saved payment method expires soon"])
        method.sudo().write({"expires_on": "2027-06-30", "expiry_told": False})
        consent.with_user(self.clerk).action_pause()
        tell(self.day("2027-06-15"))
        self.assertEqual(len(self.get_messages(self.account)), 1, "nothing is charged, so nothing is asked for")

    def test_nobody_but_staff_of_the_company_withdraws_by_the_service(self):
        consent = self.consent(self.account)
        stranger = new_test_user(self.env, "visitor", "base.group_portal")
        with self.assertRaises(AccessError):
            self.consents.with_user(stranger).withdraw(consent.with_user(stranger), stranger.partner_id)
        self.assertEqual(consent.state, "active")
