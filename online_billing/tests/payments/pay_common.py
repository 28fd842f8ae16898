"""Paying over real HTTP with the demo provider, as the pay form in a browser does."""

import json
import unittest
from urllib.parse import urlsplit

from odoo.tests import HttpCase


class PayCase(HttpCase):
    """To be put in front of the case whose company sells, because the provider is made ready after it."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        if cls.env["ir.module.module"]._get("payment_demo").state != "installed":
            raise unittest.SkipTest("payment_demo is not installed")
        # one test asks more often than any visitor; those of the limits switch them on
        cls.env["ir.config_parameter"].sudo().set_param("online_billing.request_limits", "off")
        cls.provider = cls.env.ref("payment.payment_provider_demo")
        cls.provider.write({"state": "test", "is_published": True, "company_id": cls.company.id})
        cls.method = cls.provider.payment_method_ids[:1]
        cls.method.active = True

    @staticmethod
    def get_path(address):
        """Return path and query of an address of this server."""
        parts = urlsplit(address)
        return f"{parts.path.replace('//', '/')}?{parts.query}"

    def get_payment_params(self, amount, landing_route="/my", **changes):
        """Return what the pay form sends to start a payment."""
        return {
            "provider_id": self.provider.id,
            "payment_method_id": self.method.id,
            "token_id": None,
            "amount": amount,
            "flow": "direct",
            "tokenization_requested": False,
            "landing_route": landing_route,
            **changes,
        }

    def start_payment(self, route, amount, landing_route="/my", **changes):
        """Start a payment; return what the provider needs to go on."""
        return self.make_jsonrpc_request(route, self.get_payment_params(amount, landing_route, **changes))

    def call(self, route, params):
        """Call a route as a program would, which may send anything at all."""
        body = json.dumps({"jsonrpc": "2.0", "id": 0, "method": "call", "params": params})
        return self.url_open(route, data=body, headers={"Content-Type": "application/json"})

    def get_refusal(self, route, amount, **changes):
        """Return in which words a payment is refused."""
        error = self.call(route, self.get_payment_params(amount, **changes)).json()["error"]["data"]
        self.assertEqual(error["name"], "odoo.exceptions.ValidationError")
        return error["message"]

    def finish_payment(self, processing):
        """Let the demo provider take the money; return what the page that waits for it is told."""
        self.make_jsonrpc_request(
            "/payment/demo/simulate_payment",
            {"reference": processing["reference"], "payment_details": "4242", "simulated_state": "done"},
        )
        status = self.make_jsonrpc_request("/payment/status/poll", {})
        self.env.invalidate_all()
        return status
