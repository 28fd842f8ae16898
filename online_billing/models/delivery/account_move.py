from odoo import models

from .batch import get_batch

# what sending writes on an invoice; none of it touches an amount
MARKS = frozenset(
    """access_token billing_delivery_attempt_count billing_delivery_date billing_delivery_error
    billing_delivery_message_id billing_delivery_retry_date billing_delivery_state is_move_sent
    message_main_attachment_id sending_data""".split()
)


class AccountMove(models.Model):
    _inherit = "account.move"

    def write(self, vals):
        """Leave the journal items alone while marks of a batch are written: they need not be looked at for each."""
        if not get_batch(self) or not vals.keys() <= MARKS:
            return super().write(vals)
        return super(AccountMove, self.with_context(skip_invoice_sync=True, check_move_validity=False)).write(vals)

    def button_draft(self):
        res = super().button_draft()
        self.env["billing.invoice.delivery"].call_back(self)
        return res
