from odoo import fields, models


class BillingInstallmentWizardLine(models.TransientModel):
    _name = "billing.installment.wizard.line"
    _description = "Amount of an Installment"
    _order = "sequence, id"

    wizard_id = fields.Many2one("billing.installment.wizard", required=True, ondelete="cascade", index=True)
    sequence = fields.Integer(default=10)
    kind = fields.Selection(
        [("amount", "Amount"), ("percent", "Percent"), ("rest", "The rest")],
        default="amount",
        required=True,
        help="An amount, a share of the whole, or what the other lines leave.",
    )
    value = fields.Float(digits=(16, 4), string="Amount or Percent", help="The amount, or the share in percent.")
    date = fields.Date(help="Empty: the next date of the interval.")
