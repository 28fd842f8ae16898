"""Providers that only Odoo's own code charges: what it calls an error is unknown, unless its text is listed."""

from unittest.mock import patch

from odoo.tests import tagged
from odoo.tests.common import freeze_time

from .debit_common import DebitCase


@tagged("post_install", "-at_install")
@freeze_time("2026-10-20 08:00:00")
class TestWithoutAdapter(DebitCase):
    def setUp(self):
        super().setUp()
        # Odoo's demo provider as one that has no adapter of its own
        base = self.registry["billing.payment.adapter"]
        self.startPatcher(patch.object(base, "get_adapter", lambda adapter, provider: adapter.env[base._name]))

    def send(self, *answers):
        """Let one debit be sent of each saved method, which answers through Odoo's code; return the first attempts."""
        accounts = [self.make_account(f"Who says {answer}") for answer in answers]
        for account, answer in zip(accounts, answers, strict=True):
            self.owe(account, "2026-11-02", 100)
            self.consent(account, self.save_method(account.partner_id, answer))
        self.run_jobs("2026-10-30 10:00:00")
        self.run_jobs("2026-11-02 10:00:00")
        return [self.get_attempts(account)[0] for account in accounts]

    def test_done_pending_and_cancelled_are_what_odoo_says(self):
        attempts = self.send("done", "pending", "cancel")
        self.assertEqual([one.state for one in attempts], ["succeeded", "sent", "failed"])
        self.assertEqual([one.is_booked for one in attempts], [True, False, False])
        self.assertEqual(attempts[2].decline_code, "cancelled")
        self.assertFalse(attempts[0].activity_ids | attempts[1].activity_ids | attempts[2].activity_ids)

    def test_an_error_that_is_not_listed_is_unknown_and_a_task_for_staff(self):
        [attempt] = self.send("error")
        self.assertEqual((attempt.transaction_id.state, attempt.state), ("error", "unknown"))
        self.assertIn("demo payment status", attempt.reason)
        self.assertEqual(attempt.activity_ids.mapped("billing_key"), ["debits.cannot_be_asked"])
        self.assertIn("“Say What Happened”", attempt.activity_ids.note)
        self.run_jobs("2026-11-02 10:05:00")
        self.run_jobs("2026-11-03 10:05:00")
        self.assertEqual(self.get_attempts(attempt.account_id), attempt, "nothing else is tried meanwhile")
        self.assertEqual((attempt.state, len(attempt.activity_ids)), ("unknown", 1))
        with freeze_time("2026-11-03 12:00:00"), self.worker() as env:
            said = {"attempt_id": attempt.id, "verdict": "succeeded", "reason": "Seen on their page"}
            env["billing.attempt.verdict"].create(said).action_settle()
        self.env.invalidate_all()
        self.assertEqual((attempt.state, attempt.is_booked, attempt.activity_ids.ids), ("succeeded", True, []))
        self.assertEqual(attempt.line_ids.move_id.payment_state, "paid")

    def test_an_error_whose_text_is_listed_is_a_decline(self):
        text = "You selected the following demo payment status: error"
        codes = self.env["billing.decline.code"]
        codes.create({"provider_code": "demo", "code": text, "decline_class": "later", "text": "The bank refuses."})
        codes.create({"provider_code": "stripe", "code": "error", "decline_class": "gone", "text": "Of another."})
        [attempt] = self.send("error")
        self.assertEqual((attempt.state, attempt.decline_class), ("failed", "later"))
        self.assertEqual((attempt.decline_code, attempt.reason), (text, "The bank refuses."))
        self.assertFalse(attempt.activity_ids)
        following = self.get_attempts(attempt.account_id) - attempt
        self.assertEqual((following.state, following.origin), ("planned", "retry"))
