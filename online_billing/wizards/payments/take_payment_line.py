from odoo import fields, models


class BillingTakePaymentLine(models.TransientModel):
    """One open document, or one due date of it, and what of the money goes to it."""

    _name = "billing.take.payment.line"
    _description = "Part of a Payment"

    take_id = fields.Many2one("billing.take.payment", required=True, ondelete="cascade")
    currency_id = fields.Many2one(related="take_id.currency_id")
    move_line_id = fields.Many2one("account.move.line", readonly=True)
    move_id = fields.Many2one("account.move", string="Document", readonly=True)
    due = fields.Char(string="Due On", readonly=True)
    text = fields.Char(
        string="Remark", readonly=True, help="Why it is not asked for at the moment, and how late it is."
    )
    amount_open = fields.Monetary(string="Open", readonly=True, help="Credits taken off.")
    share = fields.Monetary(string="Pays", help="What of the money goes to this document.")
