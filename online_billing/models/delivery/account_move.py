from odoo import fields, models

from .batch import ask_once, get_batch
from .deliverable import STAFF

# what sending writes on an invoice; none of it touches an amount
MARKS = frozenset(
    """access_token billing_delivery_attempt_count billing_delivery_date billing_delivery_error
    billing_delivery_message_id billing_delivery_retry_date billing_delivery_state billing_network_state is_move_sent
    message_main_attachment_id sending_data""".split()
)
# what the whole batch has already when Odoo writes it on one after the other
SETTLED = ({"is_move_sent": True}, {"sending_data": False})


class AccountMove(models.Model):
    _inherit = "account.move"

    billing_network_state = fields.Selection(
        [
            ("pending", "To Ask"),
            ("queued", "Being Handed Over"),
            ("sent", "Handed Over"),
            ("failed", "Failed"),
        ],
        string="Network",
        readonly=True,
        copy=False,
        help="Whether a network or an authority was told of a document that is not mailed. Empty: none is for it, or"
        " it is told with the mail.",
        groups=STAFF,
    )

    _billing_network_idx = models.Index("(id) WHERE billing_network_state IN ('pending', 'failed')")

    def write(self, vals):
        """Leave the journal items alone while marks of a batch are written: they need not be looked at for each."""
        if not get_batch(self) or not vals.keys() <= MARKS:
            return super().write(vals)
        if vals in SETTLED and all(bool(move[name]) == value for move in self for name, value in vals.items()):
            return True
        return super(AccountMove, self.with_context(skip_invoice_sync=True, check_move_validity=False)).write(vals)

    def _get_invoice_report_filename(self, extension="pdf", report=None):
        """Name the file of a document of a batch once: Odoo asks for every place in which it shows the name."""
        key = ("file name", self.id, extension, report, self.env.su)
        find = super()._get_invoice_report_filename
        return ask_once(self.env, key, lambda: find(extension=extension, report=report))

    def _prepare_product_base_line_for_taxes_computation(self, product_line):
        """Read a line of a document of a batch once for its taxes: the PDF and the data in it ask for the same."""
        key, find = (
            ("base line", product_line.id, self.env.su),
            super()._prepare_product_base_line_for_taxes_computation,
        )
        # who asks adds the taxes to what they get
        return dict(ask_once(self.env, key, lambda: find(product_line)))

    def button_draft(self):
        res = super().button_draft()
        if self:
            self.env["billing.invoice.delivery"].call_back(self)
        return res
