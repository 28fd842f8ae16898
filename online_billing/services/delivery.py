from odoo import models


class BillingDelivery(models.AbstractModel):
    _name = "billing.delivery"
    _description = "Deliver Invoices and Receipts"

    def _trigger(self):
        """Wake the delivery cron."""

    def _deliver(self, moves):
        """Send invoices."""

    def _work(self):
        """Send what waits."""

    def _send_receipts(self, payments):
        """Mail receipts."""

    def _work_receipts(self):
        """Mail receipts that wait."""
