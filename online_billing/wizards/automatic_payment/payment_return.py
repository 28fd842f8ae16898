from odoo import api, fields, models

from ...services.shared.numbers import as_float


class BillingPaymentReturn(models.TransientModel):
    """Note that a bank has taken a payment back: a returned debit, a cheque without cover, a charge-back."""

    _name = "billing.payment.return"
    _description = "Payment Taken Back by the Bank"

    payment_id = fields.Many2one(
        "account.payment",
        string="Payment",
        required=True,
        readonly=True,
        help="What came in, and the bank has taken back.",
    )
    currency_id = fields.Many2one(related="payment_id.currency_id")
    paid = fields.Monetary(related="payment_id.amount", string="Came In", help="With this payment.")
    left = fields.Monetary(compute="_compute_left", help="What came in, without what was given or taken back already.")
    seen = fields.Integer(
        compute="_compute_seen",
        store=True,
        readonly=False,
        help="How many returns the payment had when the dialogue showed it: what is decided on that is made once.",
    )
    amount = fields.Monetary(
        string="Taken Back",
        compute="_compute_amount",
        store=True,
        readonly=False,
        help="What it had paid is open again by as much. The fee of the bank is no part of it.",
    )
    day = fields.Date(
        default=fields.Date.context_today, required=True, help="On which the bank took it, as its statement says."
    )
    reason = fields.Char(help="As the bank says it. Kept with the payment, for whoever asks later.")
    reference = fields.Char(
        help="The bank's number of the return, if it has one. The same number is booked once.",
    )

    @api.depends("payment_id")
    def _compute_left(self):
        for one in self:
            payment = one.payment_id
            one.left = as_float(self.env["billing.payment.refunds"].get_left(payment)) if payment else 0.0

    @api.depends("payment_id")
    def _compute_seen(self):
        for one in self:
            one.seen = len(one.payment_id.billing_return_ids)

    @api.depends("payment_id")
    def _compute_amount(self):
        for one in self:
            one.amount = max(one.left, 0.0)

    def action_take_back(self):
        """Open again what the payment had paid, and show the payment."""
        self.ensure_one()
        payment = self.payment_id
        self.env["billing.payment.returns"].note(payment, self.amount, self.day, self.reason, self.reference, self.seen)
        return {
            "type": "ir.actions.act_window",
            "res_model": payment._name,
            "res_id": payment.id,
            "views": [(False, "form")],
        }
