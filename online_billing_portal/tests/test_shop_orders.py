"""Where Odoo's shop is installed too: orders of the shop, from the cart to the paid invoice, beside what is billed."""

import re
import unittest

from odoo.addons.online_billing.tests.payments.pay_common import PayCase
from odoo.tests import tagged

from .portal_common import PortalCase

ADDRESS = {
    "name": "Vera Visitor", "email": "vera@example.com", "phone": "1", "street": "Street 1", "street2": "",
    "city": "Berlin", "zip": "10115", "state_id": "", "address_type": "billing", "use_delivery_as_billing": "true",
}  # fmt: skip


@tagged("post_install", "-at_install")
class TestShopOrders(PayCase, PortalCase):
    """Done at night, on the database that has Odoo's shop beside ours."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        if cls.env["ir.module.module"]._get("website_sale").state != "installed":
            raise unittest.SkipTest("website_sale is not installed")
        cls.env["website"].search([]).company_id = cls.company
        cls.account.partner_id.write(
            {
                "street": "Street 2",
                "city": "Berlin",
                "zip": "10115",
                "country_id": cls.env.ref("base.de").id,
                "phone": "1",
            }
        )
        cls.product = cls.env["product.product"].create(
            {"name": "Cable", "list_price": 80, "is_published": True, "type": "service", "taxes_id": False,
             "invoice_policy": "order"}
        )  # fmt: skip
        cls.env.flush_all()

    def put_in_cart(self, product=None):
        product = product or self.product
        self.env.flush_all()
        self.make_jsonrpc_request(
            "/shop/cart/add",
            {"product_template_id": product.product_tmpl_id.id, "product_id": product.id, "quantity": 1},
        )

    def get_order(self):
        return self.env["sale.order"].search([], order="id desc", limit=1)

    def give_address(self):
        form = {**ADDRESS, "country_id": self.env.ref("base.de").id}
        text = self.url_open("/shop/address?address_type=billing").text
        token = text.partition('csrf_token: "')[2].partition('"')[0]
        return self.url_open("/shop/address/submit", data={"csrf_token": token, **form})

    def check_out(self):
        for page in ("checkout?try_skip_step=true", "payment"):
            self.assertEqual(self.url_open(f"/shop/{page}").status_code, 200)

    def pay(self, state="done"):
        order = self.get_order()
        token = order._portal_ensure_token()
        params = self.get_payment_params(order.amount_total, "/shop/payment/validate", access_token=token)
        params.pop("amount")
        self.env.flush_all()
        processing = self.make_jsonrpc_request(f"/shop/payment/transaction/{order.id}", params)
        self.make_jsonrpc_request(
            "/payment/demo/simulate_payment",
            {"reference": processing["reference"], "payment_details": "4242", "simulated_state": state},
        )
        self.make_jsonrpc_request("/payment/status/poll", {})
        self.url_open("/shop/payment/validate")
        self.env.invalidate_all()
        return order

    def get_figures(self):
        """Return what the page of the customer and the pay page of the account ask for."""
        account, items = self.account, self.env["billing.open.items"]
        day = self.env["billing.days"].get_local_day(account)
        link = self.env["billing.pay.links"].get_pay_url(account, account.currency_id)
        _status, home = self.open("/my/billing")
        _status, page = self.open(self.get_path(link))
        asked = items.sum_up(items.get_items(account.ids)[account.id], day)["all"]
        return float(asked), set(re.findall(r"currency_value\">[^<0-9]*([0-9.]+)<", home + page))

    def invoice_orders(self, automatically):
        self.env["ir.config_parameter"].set_param("sale.automatic_invoice", str(automatically))

    def test_a_visitor_pays_and_gets_an_invoice_of_no_account(self):
        self.invoice_orders(True)
        self.enter(None)
        self.put_in_cart()
        self.assertEqual(self.give_address().json().get("redirectUrl"), "/shop/checkout?try_skip_step=true")
        self.check_out()
        order = self.pay()
        self.assertEqual((order.partner_id.name, order.state), ("Vera Visitor", "sale"))
        self.assertEqual((order.invoice_ids.payment_state, order.invoice_ids.amount_residual), ("paid", 0))
        self.assertFalse(order.invoice_ids.billing_account_id)

    def test_a_customer_pays_an_order_and_owes_what_was_billed(self):
        for automatically in (True, False):
            with self.subTest(automatically=automatically), self.undone():
                self.invoice_orders(automatically)
                self.enter("customer")
                before = self.get_figures()
                self.assertEqual(before[0], 150)
                self.put_in_cart()
                self.check_out()
                order = self.pay()
                self.assertEqual((order.state, order.partner_id), ("sale", self.account.partner_id))
                self.assertEqual(order.transaction_ids.payment_id.amount, 80)
                self.assertEqual(self.get_figures(), before)
                if not automatically:
                    order._create_invoices().action_post()
                self.assertEqual((order.invoice_ids.payment_state, order.invoice_ids.amount_residual), ("paid", 0))
                self.assertEqual(self.get_figures(), before)

    def test_what_waits_for_a_transfer_has_not_been_paid(self):
        self.enter("customer")
        before = self.get_figures()
        self.put_in_cart()
        self.check_out()
        order = self.pay("pending")
        self.assertEqual((order.state, order.transaction_ids.state), ("sent", "pending"))
        self.assertEqual(self.get_figures(), before)

    def test_what_is_billed_can_be_bought_in_the_shop_too(self):
        """An order of a product of the billing is Odoo's: it makes no charge, and runs bill what they billed before."""
        self.invoice_orders(True)
        product = self.code.product_id
        product.write({"is_published": True, "sale_ok": True, "list_price": 50, "taxes_id": False})
        self.enter("customer")
        before, charges = self.get_figures(), self.account.charge_ids
        self.put_in_cart(product)
        self.check_out()
        order = self.pay()
        self.assertEqual((order.amount_total, order.invoice_ids.payment_state), (50, "paid"))
        self.assertEqual((self.get_figures(), self.account.charge_ids), (before, charges))
        self.bill(self.account, "2026-04-01")
        self.assertEqual(len(self.account.charge_ids - charges), 1)
