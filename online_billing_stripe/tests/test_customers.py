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

    def test_g04_contacts_that_are_merged_keep_all_their_customers_at_stripe(self):
        gone, stays, other = (self.env["res.partner"].create({"name": name}) for name in ("Gone", "Stays", "Other"))
        references = {partner: self.get(partner) for partner in (gone, stays, other)}
        gone_ref = references[gone]
        with self.worker() as env:
            merge, kept = env["base.partner.merge.automatic.wizard"].create({}), stays.with_env(env)
            merge._merge((gone | stays).ids, kept)
        self.env.invalidate_all()
        self.assertEqual(self.get(stays), references[stays], "the present one")
        # also where whoever stays had none
        late = self.env["res.partner"].create({"name": "Late"})
        with self.worker() as env:
            merge = env["base.partner.merge.automatic.wizard"].create({})
            merge._merge((other | late).ids, late.with_env(env))
        self.env.invalidate_all()
        self.assertEqual(self.get(late), references[other])
        with self.worker() as env:
            env["billing.stripe.removals"].ask(self.provider.with_env(env), stays.with_env(env))
        asked = self.env["billing.stripe.removal"].search([("provider_id", "=", self.provider.id)])
        self.assertEqual(sorted(asked.mapped("reference")), sorted([gone_ref, references[stays]]))
