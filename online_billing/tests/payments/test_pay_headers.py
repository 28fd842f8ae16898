"""Pages whose address is a right tell it to nobody: A-19."""

from odoo.tests import tagged

from ..delivery.delivery_common import DeliveryCase
from .pay_common import PayCase


@tagged("post_install", "-at_install")
class TestPayHeaders(PayCase, DeliveryCase):
    def test_a19_no_other_site_learns_or_frames_a_pay_page_and_no_cache_keeps_it(self):
        account = self.make_account("Grace")
        self.env.flush_all()
        link = self.get_path(self.env["billing.pay.links"].get_pay_url(account, account.currency_id))
        headers = self.url_open(link).headers
        self.assertEqual(headers["Referrer-Policy"], "no-referrer")
        self.assertIn("no-store", headers["Cache-Control"])
        self.assertIn("frame-ancestors 'self'", headers["Content-Security-Policy"])
