"""A customer whose data is erased is deleted at Stripe: noted first, asked for afterwards, until it is known."""

from unittest.mock import patch

import stripe
from odoo import fields
from odoo.tests import tagged

from .stripe_common import StripeCase


@tagged("post_install", "-at_install")
class TestRemovals(StripeCase):
    def setUp(self):
        super().setUp()
        self.token = self.save_card(self.account.partner_id)
        self.customer = self.token.provider_ref

    def forget(self):
        """Do as an erasure does."""
        self.env["billing.payment.adapter"].get_adapter(self.provider).forget(self.provider, self.account.partner_id)
        self.token.write({"active": False, "provider_ref": "…"})
        self.env.flush_all()
        return self.env["billing.stripe.removal"].search([("reference", "=", self.customer)])

    def work(self, later=False):
        if later:
            self.env["billing.stripe.removal"].search([]).next_time = fields.Datetime.now()
            self.env.flush_all()
        with self.worker() as env:
            env["billing.stripe.removal"]._cron_remove_customers()

    def is_deleted(self):
        return bool(getattr(self.client.v1.customers.retrieve(self.customer), "deleted", False))

    def test_the_customer_is_deleted_with_the_saved_methods(self):
        removal = self.forget()
        self.assertEqual(removal.state, "asked")
        self.assertFalse(self.simulator.requests("customers.delete"))
        self.work()
        self.assertTrue(self.is_deleted())
        self.assertEqual((removal.state, removal.reference), ("done", False))
        self.assertTrue(removal.ended_at)

    def test_it_is_noted_as_unknown_and_committed_before_stripe_is_asked(self):
        removal, seen = self.forget(), []

        def look(service, reference):
            removal.invalidate_recordset()
            seen.append((removal.state, removal.asked))
            raise stripe.APIConnectionError("lost")

        with patch.object(stripe.CustomerService, "delete", look):
            self.work()
        self.assertEqual(seen, [("unknown", 1)])
        self.assertEqual(removal.state, "unknown")

    def test_what_is_not_answered_is_unknown_and_asked_again(self):
        removal = self.forget()
        self.simulator.fail("customers.delete", "reset_before", count=None)
        self.work()
        self.assertEqual((removal.state, removal.asked), ("unknown", 1))
        self.assertIn("Stripe was asked", removal.error)
        self.work()
        self.assertEqual(removal.asked, 1, "it is not time yet")
        self.simulator.clear_faults()
        self.work(later=True)
        self.assertEqual((removal.state, removal.asked, removal.error), ("done", 2, False))
        self.assertTrue(self.is_deleted())

    def test_a_lost_answer_is_found_by_looking(self):
        removal = self.forget()
        self.simulator.fail("customers.delete", "reset_after")
        self.work()
        self.assertTrue(self.is_deleted())
        self.assertEqual(removal.state, "done")

    def test_a_key_that_is_missing_or_of_the_other_mode_is_waited_for(self):
        removal = self.forget()
        key = self.provider.stripe_secret_key
        for wrong in (False, key.replace("_test_", "_live_")):
            self.provider.write({"state": "disabled", "stripe_secret_key": wrong})
            self.env.flush_all()
            self.work(later=True)
            self.assertEqual((removal.state, removal.asked), ("asked", 0), "nobody was asked")
            self.assertTrue(removal.error)
            self.assertGreater(removal.next_time, fields.Datetime.now())
        self.assertFalse(self.is_deleted())
        self.provider.stripe_secret_key = key
        self.env.flush_all()
        self.work(later=True)
        self.assertEqual(removal.state, "done")
        self.assertTrue(self.is_deleted())

    def test_what_nobody_knows_stays_unknown_while_a_key_is_missing(self):
        removal = self.forget()
        self.simulator.fail("customers.delete", "reset_before", count=None)
        self.work()
        self.provider.write({"state": "disabled", "stripe_secret_key": False})
        self.env.flush_all()
        self.work(later=True)
        self.assertEqual((removal.state, removal.asked), ("unknown", 1))
        self.assertFalse(self.get_tasks(self.customer))
        self.env.cr.execute("UPDATE billing_stripe_removal SET create_date = create_date - interval '8 days'")
        self.env.invalidate_all()
        for _time in range(2):
            self.work(later=True)
        self.assertEqual(len(self.get_tasks(self.customer)), 1)

    def test_what_stripe_does_not_know_is_given_to_somebody(self):
        removal = self.forget()
        removal.reference = "cus_of_another_account"
        self.env.flush_all()
        self.work()
        self.assertEqual(removal.state, "refused")
        self.assertIn("no such customer", removal.error)
        self.assertTrue(self.get_tasks("cus_of_another"))

    def get_tasks(self, reference):
        return self.connection.activity_ids.filtered(lambda one: reference in (one.summary or ""))

    def refuse(self):
        """Return a row that Stripe has refused."""
        removal, customer = self.forget(), self.customer
        removal.reference = "cus_of_another_account"
        self.env.flush_all()
        self.work()
        removal.reference = customer
        task = {"summary": f"Delete {customer} at Stripe", "billing_key": f"stripe.removal:{customer}"}
        self.get_tasks("cus_of").write(task)
        self.env.flush_all()
        self.assertEqual((removal.state, len(self.get_tasks(customer))), ("refused", 1))
        return removal

    def test_what_was_refused_is_asked_again_once_it_is_mended(self):
        removal = self.refuse()
        removal.with_user(self.manager).action_ask_again()
        self.env.flush_all()
        self.work()
        self.assertEqual((removal.state, removal.reference, removal.error), ("done", False, False))
        self.assertTrue(self.is_deleted())
        self.assertFalse(self.get_tasks(self.customer))

    def test_somebody_notes_what_they_have_deleted_by_hand(self):
        removal = self.refuse()
        removal.with_user(self.manager).action_note_deleted()
        self.assertEqual((removal.state, removal.reference), ("done", False))
        self.assertFalse(self.get_tasks(self.customer))
        removal.with_user(self.manager).action_ask_again()
        self.assertEqual(removal.state, "done")

    def test_stripe_tells_what_was_deleted_by_hand(self):
        removal = self.refuse()
        self.set_webhook()
        self.client.v1.customers.delete(self.customer)
        events = self.bring_events()
        self.assertEqual(events.filtered(lambda one: one.type == "customer.deleted").state, "done")
        removal.invalidate_recordset()
        self.assertEqual((removal.state, removal.reference), ("done", False))
        self.assertFalse(self.get_tasks(self.customer))

    def test_nobody_is_asked_for_twice_and_who_comes_back_is_another_customer(self):
        customers = self.env["billing.stripe.customers"]
        first = customers.get_reference(self.provider, self.account.partner_id)
        self.assertEqual(first, self.customer)
        self.forget()
        self.forget()
        self.assertEqual(self.env["billing.stripe.removal"].search_count([("provider_id", "=", self.provider.id)]), 1)
        again = customers.get_reference(self.provider, self.account.partner_id)
        self.assertNotEqual(again, first)
        self.work()
        self.assertTrue(self.is_deleted())
        self.assertFalse(getattr(self.client.v1.customers.retrieve(again), "deleted", False))
