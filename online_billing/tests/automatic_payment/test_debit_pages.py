"""What staff see of automatic payment on the pages of attempts, consents, accounts, invoices and cases."""

from unittest.mock import patch

from lxml import html
from odoo.exceptions import UserError
from odoo.tests import Form, tagged
from odoo.tests.common import freeze_time

from ...services.automatic_payment.values import UNKNOWN, WAITING, Answer
from .debit_common import DebitCase


@tagged("post_install", "-at_install")
@freeze_time("2026-10-30 08:00:00")
class TestDebitPages(DebitCase):
    def setUp(self):
        super().setUp()
        self.invoice = self.owe(self.account, "2026-11-02", 100)

    def answer(self, answer):
        """Let the provider answer so from now on."""
        demo = self.registry["billing.payment.adapter.demo"]
        self.startPatcher(patch.object(demo, "_send_charge", lambda self, request: answer))
        self.startPatcher(patch.object(demo, "_send_question", lambda self, request: answer))

    def debit(self):
        self.run_jobs("2026-10-30 10:00:00")
        self.run_jobs("2026-11-02 10:00:00")
        return self.get_attempts(self.account).with_user(self.clerk)

    def get_standing(self, invoice=None):
        own = (invoice or self.invoice).with_user(self.clerk)
        return own.billing_debit_state, own.billing_debit_text

    def get_buttons(self, record):
        """Return the names of buttons of the head of a form that a person sees."""
        form = Form(record)
        arch = html.fromstring(record.get_views([(False, "form")])["views"]["form"]["arch"])
        names = {button.get("name"): button.get("invisible") for button in arch.xpath("//header/button")}
        values = {name: form[name] for name in ("state", "kind", "paused_by_id") if name in form._view["fields"]}
        return {
            name
            for name, invisible in names.items()
            if not invisible or not eval(invisible, {}, values)  # noqa: S307  an expression of our own view
        }

    def test_the_invoice_says_what_is_coming_what_failed_and_nothing_once_it_is_paid(self):
        self.assertEqual(self.get_standing(), (False, False))
        consent = self.consent(self.account, self.save_method(self.account.partner_id, "error"))
        self.run_jobs("2026-10-30 10:00:00")
        state, text = self.get_standing()
        self.assertEqual(state, "coming")
        self.assertIn("is debited on 11/02/2026", text)
        self.assertFalse(self.invoice.with_user(self.clerk).billing_can_charge_now)
        for day in ("2026-11-02", "2026-11-03", "2026-11-06", "2026-11-11", "2026-11-18"):
            self.run_jobs(f"{day} 10:30:00")
        state, text = self.get_standing()
        self.assertEqual(state, "failed")
        self.assertIn("is not tried again: The payment was declined", text)
        self.assertTrue(self.invoice.with_user(self.clerk).billing_can_charge_now)
        self.assertEqual(self.invoice.with_user(self.clerk).billing_attempt_count, 5)
        self.pay_invoice(self.invoice)
        self.env.invalidate_all()
        self.assertEqual(self.get_standing(), (False, False))
        self.assertEqual(consent.state, "active")

    def test_sums_of_attempts_are_of_money_that_counts(self):
        self.consent(self.account, self.save_method(self.account.partner_id, "error", "failing"))
        self.debit()
        failed, again = self.get_attempts(self.account)
        self.assertEqual((failed.state, again.state), ("failed", "planned"))
        paid = self.make_account("Bob")
        self.owe(paid, "2026-11-02", 50)
        self.consent(paid)
        self.debit()
        attempt = self.get_attempts(paid)
        with self.worker() as env:
            env["billing.payment.refunds"].refund(attempt.payment_id.with_env(env), 9.5, "Agreed")
        self.env.invalidate_all()
        attempts = self.env["billing.payment.attempt"].with_user(self.clerk)
        for account, expected in ((self.account, 119), (paid, 50)):
            own = [("account_id", "=", account.id)]
            [values] = attempts.formatted_read_group(own, [], ["counted_amount:sum"])
            self.assertEqual(values["counted_amount:sum"], expected)
        arch = html.fromstring(attempts.get_views([(False, "list")])["views"]["list"]["arch"])
        self.assertEqual(arch.xpath("//field[@sum]/@name"), ["counted_amount"])
        self.assertFalse(attempts.fields_get(["amount"])["amount"].get("aggregator"))

    def test_what_nobody_knows_is_said_so_that_nobody_asks_for_the_money(self):
        self.consent(self.account)
        self.answer(Answer(UNKNOWN))
        attempt = self.debit()
        self.assertEqual(attempt.state, "unknown")
        state, text = self.get_standing()
        self.assertEqual(state, "under_way")
        self.assertIn("do not ask the customer", text)
        self.assertEqual(self.get_buttons(attempt), {"action_ask_provider"})
        self.assertEqual(
            self.get_buttons(attempt.with_user(self.manager)), {"action_ask_provider", "action_say_what_happened"}
        )

    def test_the_link_to_confirm_is_sent_again_as_often_as_somebody_asks_for_it(self):
        self.consent(self.account)
        self.answer(Answer(WAITING, "w-1", url="https://bank.example/confirm"))
        attempt = self.debit()
        self.assertEqual(attempt.state, "waiting")
        self.assertEqual(self.get_buttons(attempt), {"action_ask_provider", "action_send_link"})
        self.assertIn("has to confirm", self.get_standing()[1])
        for moment in ("2026-11-02 11:00:00", "2026-11-02 12:00:00"):
            with freeze_time(moment):
                attempt.action_send_link()
        links = [one for one in self.get_messages(self.account) if "https://bank.example/confirm" in one.body]
        self.assertEqual(len(links), 3)
        attempt_of_other = self.env["billing.payment.attempt"].with_user(self.clerk)
        with self.assertRaisesRegex(UserError, "nothing to confirm"):
            attempt_of_other.action_send_link()

    def test_planned_debits_are_stopped_from_the_list(self):
        self.consent(self.account)
        self.run_jobs("2026-10-30 10:00:00")
        attempt = self.get_attempts(self.account).with_user(self.clerk)
        self.assertEqual(self.get_buttons(attempt), {"action_stop"})
        attempt.action_stop()
        state, text = self.get_standing()
        self.assertEqual(state, "failed")
        self.assertIn("was not made: Stopped by", text)

    def test_a_debit_that_could_not_be_sent_on_its_day_is_not_planned_once_more(self):
        self.consent(self.account)
        self.run_jobs("2026-10-30 10:00:00")
        with freeze_time("2026-11-03 10:00:00"), self.worker() as env:
            env["billing.payment.consent"]._cron_plan_debits()
        self.env.invalidate_all()
        self.assertAttempts(self.account, [("2026-11-02", "119.00", "planned")])
        self.assertFalse(self.account.activity_ids, self.account.activity_ids.mapped("note"))

    def test_smart_buttons_lead_to_what_belongs_together(self):
        self.consent(self.account)
        attempt = self.debit()
        self.assertEqual(attempt.state, "succeeded")
        invoice, payment = self.invoice.with_user(self.clerk), attempt.payment_id
        account = self.account.with_user(self.clerk)
        for button, expected in (
            (account.action_view_attempts, attempt),
            (account.action_view_consents, account.consent_id),
            (account.consent_id.action_view_attempts, attempt),
            (invoice.action_view_billing_attempts, attempt),
            (payment.action_view_billing_attempts, attempt),
            (attempt.action_view_invoices, invoice),
        ):
            action = button()
            found = self.env[action["res_model"]].with_user(self.clerk).search(action["domain"])
            self.assertEqual(found, expected, button)
        self.assertEqual(attempt.action_view_payment()["res_id"], payment.id)
        self.assertEqual(attempt.action_view_transaction()["res_id"], attempt.transaction_id.id)
        self.assertTrue(Form(attempt).id)
        self.assertTrue(Form(account).id)
        self.assertTrue(Form(invoice).id)

    def test_the_case_says_that_a_debit_is_coming(self):
        self.make_policy(("overdue", 7))
        self.owe(self.account, "2026-10-01", 50)
        self.collect("2026-10-30")
        self.consent(self.account)
        self.run_jobs("2026-10-30 10:00:00")
        case = self.get_case(self.account).with_user(self.clerk)
        self.assertEqual((str(case.next_debit_day), case.attempt_count), ("2026-11-02", 1))
        self.assertEqual(case.action_view_attempts()["domain"], [("account_id", "=", self.account.id)])

    def test_consents_are_paused_resumed_and_withdrawn_by_the_clerk(self):
        consent = self.consent(self.account).with_user(self.clerk)
        self.assertEqual(self.get_buttons(consent), {"action_pause", "action_withdraw"})
        self.run_jobs("2026-10-30 10:00:00")
        consent.action_pause()
        self.assertEqual((consent.state, self.get_attempts(self.account).state), ("paused", "given_up"))
        self.assertEqual(self.get_buttons(consent), {"action_resume", "action_withdraw"})
        consent.action_resume()
        consent.action_withdraw()
        self.assertEqual((consent.state, consent.ended_by_id), ("withdrawn", self.clerk.partner_id))
        self.assertEqual(self.get_buttons(consent), set())

    def test_methods_are_put_in_order_on_the_form_of_the_consent(self):
        first, second = (self.save_method(self.account.partner_id, name=name) for name in ("1111", "2222"))
        consent = self.consent(self.account, first, second).with_user(self.clerk)
        with Form(consent) as form, form.method_ids.edit(0) as line:
            line.sequence = 30
            line.purpose = "other"
        methods = consent.method_ids.sorted("sequence")
        self.assertEqual([(one.token_id, one.purpose) for one in methods], [(second, "all"), (first, "other")])

    def test_attempts_are_grouped_by_the_kind_of_their_method(self):
        self.consent(self.account)
        attempt = self.debit()
        groups = attempt._read_group([("id", "=", attempt.id)], ["payment_method_id", "state"], ["__count"])
        self.assertEqual(groups, [(self.method, "succeeded", 1)])

    def test_the_first_page_counts_what_is_coming_and_what_nobody_knows(self):
        self.consent(self.account)
        home = self.env["res.company"].with_user(self.clerk)
        self.run_jobs("2026-10-30 10:00:00")
        [coming] = [one for one in home.get_billing_home()["coming"] if one["label"] == "Debits"]
        self.assertEqual(sum(one["count"] for one in coming["counts"]), 1)
        self.answer(Answer(UNKNOWN))
        self.run_jobs("2026-11-02 10:00:00")
        waiting = {one["name"]: one["count"] for one in home.get_billing_home()["waiting"]}
        self.assertEqual(waiting["debits"], 1)
        action = home.open_billing_home_list("debits")
        found = self.env[action["res_model"]].search(action["domain"])
        self.assertEqual(found, self.get_attempts(self.account))

    def test_codes_that_nobody_has_described_are_listed_first(self):
        codes = self.env["billing.decline.code"].with_user(self.manager)
        new = codes.create({"provider_code": "demo", "code": "x1"})
        self.assertEqual(codes.search([])[:1], new)
        self.assertEqual(codes.search([("is_known", "=", False)]), new)
        new.text = "The card was lost."
        self.assertTrue(new.is_known)
