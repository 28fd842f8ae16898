"""One customer at Stripe for each paying partner."""

from odoo.exceptions import ValidationError
from odoo.tests import tagged

from .stripe_common import StripeCase


@tagged("post_install", "-at_install")
class TestCustomers(StripeCase):
    def get(self, partner=None):
        return self.env["billing.stripe.customers"].get_reference(self.provider, partner or self.account.partner_id)

    def test_a_partner_is_one_customer_however_often_it_pays(self):
        first = self.get()
        self.account.partner_id.name = "Grace Brewster Hopper"
        self.assertEqual(self.get(), first)
        [customer] = self.simulator.objects("customer")
        self.assertEqual((customer["id"], customer["name"]), (first, "Grace Brewster Hopper"))

    def test_c11_who_asks_again_after_a_lost_transaction_gets_the_same_customer(self):
        with self.assertRaisesRegex(ZeroDivisionError, "lost"), self.env.cr.savepoint():
            first = self.get()
            raise ZeroDivisionError("lost")
        self.assertFalse(self.env["billing.stripe.customer"].search([]))
        self.assertEqual(self.get(), first)
        self.assertEqual(len(self.simulator.objects("customer")), 1)
        keys = {request.key for request in self.simulator.requests("customers.create")}
        self.assertEqual(len(keys), 1)
        self.assertNotIn(None, keys)

    def test_the_customer_of_an_earlier_saved_method_is_used_on(self):
        token = self.save_card(self.account.partner_id)
        self.assertEqual(self.get(), token.provider_ref)

    def test_a_customer_that_was_deleted_there_is_made_anew(self):
        first = self.get()
        self.client.v1.customers.delete(first)
        second = self.get()
        self.assertNotEqual(second, first)
        self.assertEqual(self.get(), second)

    def test_other_partners_are_other_customers(self):
        self.assertNotEqual(self.get(), self.get(self.env["res.partner"].create({"name": "Somebody"})))

    def test_what_cannot_be_reached_says_so(self):
        self.simulator.fail("customers.create", "error_before", count=None)
        with self.assertRaisesRegex(ValidationError, "cannot be reached"):
            self.get()
