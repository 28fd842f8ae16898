"""Where Odoo's shop is installed too: its quick checkout adds an address of the customer by the rule of all forms."""

import unittest

from odoo.tests import tagged
from odoo.tools import mute_logger

from .portal_common import PortalCase

ADDRESS = {
    "name": "Quick Checkout", "email": "quick@example.com", "phone": "1", "street": "Another Street 1", "street2": "",
    "city": "Berlin", "zip": "10115", "country": "DE", "state": "",
}  # fmt: skip


@tagged("post_install", "-at_install")
class TestShop(PortalCase):
    """Done at night, on the database that has Odoo's shop beside ours; without the shop there is nothing to close."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        if cls.env["ir.module.module"]._get("website_sale").state != "installed":
            raise unittest.SkipTest("website_sale is not installed")
        cls.env["website"].search([]).company_id = cls.company
        cls.product = cls.env["product.product"].create({"name": "Cable", "list_price": 5, "is_published": True})
        cls.env.flush_all()

    def call(self, path, **params):
        body = {"id": 0, "jsonrpc": "2.0", "method": "call", "params": params}
        return self.opener.post(self.base_url() + path, json=body).json()

    def count_people(self):
        self.env.invalidate_all()
        return self.env["res.partner"].search_count([("commercial_partner_id", "=", self.account.partner_id.id)])

    def test_the_quick_checkout_adds_no_address_for_whoever_may_not(self):
        before = self.count_people()
        quick = {"/shop/express_checkout": "billing_address", "/shop/express/shipping_address_change":
                 "partial_delivery_address"}  # fmt: skip
        for name, adds in (("viewer", False), ("payer", False), ("colleague", False), ("owner", True)):
            for path, given in quick.items():
                with self.subTest(person=name, path=path), self.undone(), mute_logger("odoo.http"):
                    self.enter(name)
                    added = self.call(
                        "/shop/cart/add", product_template_id=self.product.product_tmpl_id.id,
                        product_id=self.product.id, quantity=1,
                    )  # fmt: skip
                    self.assertIn("result", added)
                    answer = self.call(path, **{given: dict(ADDRESS)})
                    error = answer.get("error", {}).get("data", {})
                    # by this name a script of Odoo knows that its text is for people
                    self.assertEqual(error.get("name") == "odoo.exceptions.AccessError", not adds, answer)
                    self.assertEqual("An owner of the account adds it" in error.get("message", ""), not adds, answer)
                    self.assertEqual(self.count_people() > before, adds)

    def test_the_form_of_the_shop_says_who_adds_an_address(self):
        before = self.count_people()
        for name, adds in (("viewer", False), ("payer", False), ("colleague", False), ("owner", True)):
            with self.subTest(person=name), self.undone(), mute_logger("odoo.http"):
                self.enter(name)
                self.call(
                    "/shop/cart/add", product_template_id=self.product.product_tmpl_id.id, product_id=self.product.id,
                    quantity=1,
                )  # fmt: skip
                status, text = self.open("/shop/address?address_type=delivery")
                self.assertEqual((status, "An owner of the account adds it" in text), (200 if adds else 403, not adds))
                form = {**ADDRESS, "country_id": self.env.ref("base.de").id, "address_type": "delivery"}
                answer = self.post("/shop/address/submit", **form)
                self.assertEqual(answer.status_code, 200 if adds else 403)
                told = " ".join(answer.json().get("messages", ()))
                self.assertEqual("An owner of the account adds it" in told, not adds, told)
                self.assertEqual(self.count_people() > before, adds)
