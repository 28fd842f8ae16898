from odoo import models

from .consent import HOLDING


class PaymentToken(models.Model):
    _inherit = "payment.token"

    def _handle_archiving(self):
        """Go on with the next method of each consent, and tell the customer where none is left."""
        result = super()._handle_archiving()
        self.env["billing.payment.consents"].follow_archived(self)
        return result

    def get_linked_records_info(self):
        """Say on the customer's page of saved methods which accounts are paid with this one."""
        self.check_access("read")
        found = super().get_linked_records_info()
        # sudo: it is shown to whoever may delete the method
        methods = self.env["billing.payment.consent.method"].sudo()
        domain = [("token_id", "=", self.id), ("consent_id.state", "in", HOLDING)]
        return found + [
            {
                "description": self.env._("Automatic Payment"),
                "id": method.consent_id.id,
                "name": method.consent_id.account_id.name,
                "url": self._get_billing_page(),
            }
            for method in methods.search(domain)
        ]

    def _get_billing_page(self):
        """Return where customers decide on automatic payment; an addon that has such a page says so."""
        return "/my/payment_method"
