from odoo import api, fields, models

from ...services.shared.numbers import as_float

# payments of an account that are offered, the newest first
OFFERED = 20


class BillingPaymentRefund(models.TransientModel):
    """Show what is left of an online payment, and give an amount of it back by the way it came."""

    _name = "billing.payment.refund"
    _description = "Give Money Back"

    credit_note_id = fields.Many2one(
        "account.move",
        string="Credit Note",
        help="Posted and open; the refund settles it. Without one, the bill that the payment has paid is open again.",
    )
    account_id = fields.Many2one("billing.account", compute="_compute_account_id", string="Account")
    payment_ids = fields.Many2many("account.payment", compute="_compute_payment_ids", string="Payments Offered")
    payment_id = fields.Many2one(
        "account.payment",
        string="Payment",
        compute="_compute_payment_id",
        store=True,
        readonly=False,
        help="An online payment of the account, of which something is left.",
    )
    currency_id = fields.Many2one(related="payment_id.currency_id")
    paid = fields.Monetary(related="payment_id.amount", string="Came In", help="With this payment.")
    left = fields.Monetary(
        compute="_compute_left",
        string="Can Still Be Given Back",
        help="What came in, without what was given or taken back already.",
    )
    seen = fields.Integer(
        compute="_compute_seen",
        store=True,
        readonly=False,
        help="How many refunds the payment had when the dialogue showed it: what is decided on that is made once.",
    )
    under_way = fields.Monetary(
        compute="_compute_under_way",
        string="On Its Way",
        help="What of the credit note is being given back already.",
    )
    decline = fields.Text(
        compute="_compute_decline", help="Why the latest refund of this payment did not go back, and what to do."
    )
    amount = fields.Monetary(
        string="Give Back",
        compute="_compute_amount",
        store=True,
        readonly=False,
        help="Never more than is left, and with a credit note not more than it leaves open.",
    )
    reason = fields.Char(help="Kept with the refund, for whoever asks later.")

    @api.depends("payment_id", "credit_note_id")
    def _compute_account_id(self):
        for refund in self:
            refund.account_id = refund.credit_note_id.billing_account_id or refund.payment_id.billing_account_id

    @api.depends("account_id")
    def _compute_payment_ids(self):
        for refund in self:
            payments = self.env["account.payment"].search(
                [
                    ("billing_account_id", "=", refund.account_id.id),
                    ("payment_type", "=", "inbound"),
                    ("payment_transaction_id", "!=", False),
                    ("state", "in", ("in_process", "paid")),
                ],
                order="date desc, id desc",
                limit=OFFERED,
            )
            refund.payment_ids = payments.filtered("billing_refund_left") if refund.account_id else False

    @api.depends("credit_note_id")
    def _compute_payment_id(self):
        """Propose the payment of the bill that is credited, else the newest one."""
        for refund in self:
            if refund.payment_id or not refund.credit_note_id:
                continue
            invoice = refund.credit_note_id.reversed_entry_id
            own = refund.payment_ids.filtered(lambda one, invoice=invoice: invoice in one.reconciled_invoice_ids)
            refund.payment_id = (own or refund.payment_ids)[:1]

    @api.depends("payment_id")
    def _compute_left(self):
        for refund in self:
            refund.left = refund.payment_id.billing_refund_left

    @api.depends("payment_id")
    def _compute_seen(self):
        for refund in self:
            refund.seen = len(refund.payment_id.billing_refund_ids)

    @api.depends("payment_id")
    def _compute_decline(self):
        for refund in self:
            refund.decline = self.env["billing.payment.refunds"].get_decline(refund.payment_id)

    @api.depends("credit_note_id")
    def _compute_under_way(self):
        given_back = self.env["billing.rests"].get_being_given_back(self.credit_note_id.ids)
        for refund in self:
            amount = given_back.get(refund.credit_note_id.id)
            refund.under_way = as_float(amount) if amount else 0.0

    @api.depends("payment_id", "credit_note_id")
    def _compute_amount(self):
        for refund in self:
            note = refund.credit_note_id
            left = as_float(self.env["billing.payment.refunds"].get_left_of_note(note)) if note else refund.left
            refund.amount = max(min(refund.left, left), 0.0)

    def action_refund(self):
        """Give the amount back, and show what came of it."""
        self.ensure_one()
        attempt = self.env["billing.payment.refunds"].refund(
            self.payment_id, self.amount, self.reason, self.credit_note_id or None, self.seen
        )
        return {
            "type": "ir.actions.act_window",
            "res_model": attempt._name,
            "res_id": attempt.id,
            "views": [(False, "form")],
        }
