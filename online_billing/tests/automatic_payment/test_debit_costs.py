"""What a debit costs the database where many are made together."""

from unittest.mock import patch

from odoo.tests import tagged
from odoo.tests.common import freeze_time

from ...services.automatic_payment.settling import BillingAttemptSettling
from ...services.charges.documents import BillingChargeDocuments
from ...services.delivery.queue import BillingDeliveryQueue
from ..statements import Statements
from .debit_common import DebitCase

FEW, MANY = 3, 9
# statements of one more debit: until its answer is recorded, and until its payment is matched
RECORDED, BOOKED = 8, 25


@tagged("post_install", "-at_install")
@freeze_time("2026-10-20 08:00:00")
class TestDebitCosts(DebitCase):
    def plan_debits(self, count):
        """Let so many customers owe a bill that is debited on November 2nd."""
        for number in range(count):
            account = self.make_account(f"Customer {number} of {count}")
            self.owe(account, "2026-11-02", 100)
            self.consent(account)
        self.run_jobs("2026-10-30 10:00:00")

    def count_statements(self, count):
        self.plan_debits(count)
        with freeze_time("2026-11-02 10:00:00"), self.worker() as env, Statements() as statements:
            env["billing.payment.attempt"]._cron_send()
        self.env.invalidate_all()
        # a commit of the tests is a savepoint
        return len([statement for statement in statements if "SAVEPOINT" not in statement])

    def count_more(self):
        """Return how many statements each further debit takes."""
        self.count_statements(1)  # what is asked for once in a process
        return (self.count_statements(MANY) - self.count_statements(FEW)) / (MANY - FEW)

    def test_until_its_answer_is_recorded_a_debit_has_a_bound_of_statements(self):
        with patch.object(BillingAttemptSettling, "work", lambda _self, _attempts=None: None):
            self.assertLessEqual(self.count_more(), RECORDED)

    def test_a_debit_that_is_booked_has_a_bound_of_statements(self):
        self.assertLessEqual(self.count_more(), BOOKED)
        booked = self.env["billing.payment.attempt"].search([("is_booked", "=", True)])
        self.assertEqual(len(booked), 1 + FEW + MANY)
        for attempt in booked:
            move = attempt.payment_id.move_id
            self.assertEqual((move.origin_payment_id, move.state), (attempt.payment_id, "posted"))
            self.assertEqual(attempt.line_ids.move_id.payment_state, "paid")

    def test_nothing_is_followed_where_no_document_is_drawn_back_or_deleted(self):
        """As Odoo does it with each journal item that is written."""
        nothing = self.env["account.move"]
        with (
            patch.object(BillingChargeDocuments, "release") as release,
            patch.object(BillingChargeDocuments, "restore") as restore,
            patch.object(BillingDeliveryQueue, "call_back") as call_back,
        ):
            nothing.button_draft()
            nothing.unlink()
        for follow in (release, restore, call_back):
            follow.assert_not_called()
