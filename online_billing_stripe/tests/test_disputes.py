"""Disputes: opened, won, lost, asked about first; what was paid is open again for as long as it has to be."""

from odoo import fields
from odoo.tests import tagged

from .stripe_common import StripeCase


@tagged("post_install", "-at_install")
class TestDisputes(StripeCase):
    def setUp(self):
        super().setUp()
        self.set_webhook()
        self.attempt = self.charge(self.save_card(self.account.partner_id))
        self.invoice = self.attempt.line_ids.move_id
        self.bring_events()

    def get_dispute(self):
        return self.env["billing.stripe.dispute"].search([("payment_id", "=", self.attempt.payment_id.id)])

    def test_w12_a_dispute_opens_the_bill_again_and_lets_it_rest(self):
        self.simulator.dispute(self.attempt.provider_reference)
        self.bring_events(lambda messages: messages[::-1])
        dispute = self.get_dispute()
        self.assertEqual((dispute.status, dispute.amount, dispute.fee), ("needs_response", 119, 20))
        self.assertEqual(self.invoice.amount_residual, 119)
        self.assertTrue(self.invoice._is_in_dispute())
        self.assertEqual(self.account.consent_id.state, "paused")
        self.assertEqual(len(dispute.activity_ids), 1)
        self.assertEqual(dispute.activity_ids.date_deadline, dispute.evidence_by.date())
        seen = dispute.with_user(self.clerk).activity_ids.search([("res_id", "=", dispute.id)])
        self.assertEqual(seen.filtered(lambda one: one.res_model == dispute._name), dispute.activity_ids)
        self.assertEqual(self.env["billing.payment.refunds"].get_left(self.attempt.payment_id), 0)
        self.assertEqual(self.find_on_the_first_page(), dispute)

    def test_the_reason_is_said_in_words_also_one_that_is_not_known(self):
        self.simulator.dispute(self.attempt.provider_reference, reason="product_not_received")
        self.bring_events()
        dispute = self.get_dispute()
        self.assertEqual((dispute.reason, dispute.reason_text), ("product_not_received", "Not received"))
        self.assertIn("(Not received)", dispute.taken_move_id.line_ids.mapped("name")[0] + dispute.taken_move_id.ref)
        for code, words in (("of_the_future", "of_the_future"), (False, "No reason given")):
            dispute.sudo().reason = code
            self.assertEqual(dispute.reason_text, words)

    def find_on_the_first_page(self):
        """Return the disputes that a clerk sees among what needs a person, by the list that the figure opens."""
        lists, today = self.env["billing.home.lists"].with_user(self.clerk), fields.Date.today()
        waiting = {one["name"]: one["count"] for one in lists.get_waiting(today)}
        found = self.env["billing.stripe.dispute"].search(lists.get_action("stripe_disputes", today)["domain"])
        self.assertEqual(waiting.get("stripe_disputes", 0), len(found))
        return found

    def test_the_attempt_leads_to_its_disputes_and_to_what_stripe_has_told(self):
        attempt = self.attempt.with_user(self.clerk)
        self.assertEqual(attempt.stripe_dispute_count, 0)
        self.simulator.dispute(attempt.provider_reference)
        self.bring_events()
        attempt.invalidate_recordset()
        events = self.events.search([("attempt_id", "=", attempt.id)])
        self.assertEqual((attempt.stripe_dispute_count, attempt.stripe_event_count), (1, len(events)))
        for action, expected in (
            (attempt.action_view_stripe_disputes(), self.get_dispute()),
            (attempt.action_view_stripe_events(), events),
        ):
            found = self.env[action["res_model"]].with_user(self.clerk).search(action["domain"])
            self.assertTrue(found)
            self.assertEqual(set(found.ids), set(expected.ids))

    def test_w12_a_dispute_that_is_won_pays_the_bill_again(self):
        found = self.simulator.dispute(self.attempt.provider_reference)
        self.bring_events()
        self.simulator.close_dispute(found["id"], "won")
        self.bring_events(lambda messages: [*messages, *messages[::-1]])
        dispute = self.get_dispute()
        self.assertEqual((dispute.status, dispute.is_closed), ("won", True))
        self.assertEqual(self.invoice.amount_residual, 0)
        self.assertFalse(self.invoice._is_in_dispute())
        self.assertEqual(dispute.stop_ids.verdict, "company")
        self.assertFalse(dispute.activity_ids)
        self.assertFalse(self.find_on_the_first_page())
        self.assertEqual(self.attempt.returned_amount, 0)

    def test_w12_a_dispute_that_is_lost_leaves_the_bill_open_and_asked_for(self):
        found = self.simulator.dispute(self.attempt.provider_reference)
        self.bring_events()
        self.simulator.close_dispute(found["id"], "lost")
        self.bring_events()
        self.assertEqual((self.get_dispute().status, self.invoice.amount_residual), ("lost", 119))
        self.assertFalse(self.invoice._is_in_dispute())
        entries = self.env["account.move"].search([("ref", "=", found["id"])])
        self.assertEqual(len(entries), 1)

    def test_w12_an_inquiry_takes_nothing_until_it_becomes_a_dispute(self):
        found = self.simulator.dispute(self.attempt.provider_reference, inquiry=True)
        self.bring_events()
        dispute = self.get_dispute()
        self.assertEqual((dispute.status, self.invoice.amount_residual), ("warning_needs_response", 0))
        self.assertEqual(len(dispute.activity_ids), 1)
        self.simulator.escalate(found["id"])
        self.bring_events()
        self.assertEqual((dispute.status, self.invoice.amount_residual), ("needs_response", 119))
        self.assertEqual(len(dispute.activity_ids), 1)

    def test_w12_an_inquiry_that_is_closed_leaves_all_as_it_was(self):
        found = self.simulator.dispute(self.attempt.provider_reference, inquiry=True)
        self.bring_events()
        self.simulator.close_dispute(found["id"], "warning_closed")
        self.bring_events()
        self.assertEqual((self.get_dispute().status, self.invoice.amount_residual), ("warning_closed", 0))
        self.assertFalse(self.get_dispute().activity_ids)

    def test_a_dispute_of_a_part_opens_that_part(self):
        self.simulator.dispute(self.attempt.provider_reference, amount=1900)
        self.bring_events()
        self.assertEqual((self.get_dispute().amount, self.invoice.amount_residual), (19, 19))

    def test_a_dispute_of_an_account_that_settles_in_another_currency_is_booked_in_that_of_the_payment(self):
        self.simulator.set(exchange={"currency": "eur", "rate": 0.92})
        found = self.simulator.dispute(self.attempt.provider_reference)
        [movement] = self.simulator.objects("balance_transaction", source=found["id"])
        self.assertEqual((movement["amount"], movement["currency"]), (-10948, "eur"))  # 119 * 0.92
        self.bring_events()
        dispute = self.get_dispute()
        self.assertEqual((self.invoice.amount_residual, dispute.taken_move_id.amount_total), (119, 119))
        self.assertEqual((movement["fee"], dispute.fee), (2000, 21.74))  # 20 EUR / 0.92

    def test_a_bill_rests_as_long_as_any_of_its_disputes_is_open(self):
        first = self.simulator.dispute(self.attempt.provider_reference, amount=1000)
        self.bring_events()
        second = self.simulator.dispute(self.attempt.provider_reference, amount=2000)
        self.bring_events()
        self.assertEqual(self.invoice.amount_residual, 30)
        self.simulator.close_dispute(first["id"], "lost")
        self.bring_events()
        self.assertTrue(self.invoice._is_in_dispute())
        self.simulator.close_dispute(second["id"], "won")
        self.bring_events()
        self.assertEqual(self.invoice.amount_residual, 10)
        self.assertFalse(self.invoice._is_in_dispute())
        open_one = self.get_dispute().filtered(lambda one: one.status == "won").stop_ids
        self.assertEqual((open_one.verdict, bool(open_one.date_to)), ("company", True))
