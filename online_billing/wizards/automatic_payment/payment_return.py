from odoo import api, fields, models
from odoo.exceptions import UserError


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
            one.left = float(self.env["billing.payment.refunds"].get_left(one.payment_id)) if one.payment_id else 0.0

    @api.depends("payment_id")
    def _compute_amount(self):
        for one in self:
            one.amount = max(one.left, 0.0)

    def action_take_back(self):
        """Open again what the payment had paid, and show the payment.

        :raise UserError: it cannot be taken back here, or something is missing
        """
        self.ensure_one()
        payment = self.payment_id
        payment._check_billing_can_be_taken_back()
        reason = (self.reason or "").strip()
        if not reason:
            raise UserError(self.env._("Say why it was taken back, as the bank does."))
        wanted = self.env["billing.paying"].read_wanted(self.amount, payment.currency_id)
        left = self.env["billing.payment.refunds"].get_left(payment)
        if not 0 < wanted <= left:
            raise UserError(
                self.env._(
                    "%(left)s of %(payment)s can still be taken back.",
                    left=payment.currency_id.format(float(left)),
                    payment=payment.display_name,
                )
            )
        if self.day < payment.date:
            raise UserError(self.env._("A payment is taken back on the day on which it came, or later."))
        entry = self.env["billing.payment.returns"].take_back(
            payment, wanted, self.day, reason, (self.reference or "").strip()
        )
        if not entry:
            raise UserError(
                self.env._("%(reference)s has been booked already.", reference=(self.reference or "").strip())
            )
        return {
            "type": "ir.actions.act_window",
            "res_model": payment._name,
            "res_id": payment.id,
            "views": [(False, "form")],
        }
