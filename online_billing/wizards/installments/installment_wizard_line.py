from datetime import timedelta
from decimal import Decimal
from dateutil.relativedelta import relativedelta
from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools.misc import format_date
from ...services.installments.terms import PlanTerms



class BillingInstallmentWizardLine(models.TransientModel):
    _name = "billing.installment.wizard.line"
    _description = "Amount of an Installment"
    _order = "sequence, id"

    wizard_id = fields.Many2one("billing.installment.wizard", required=True, ondelete="cascade", index=True)
    sequence = fields.Integer(default=10)
    kind = fields.Selection(
        [("amount", "Amount"), ("percent", "Percent"), ("rest", "The rest")], default="amount", required=True
    )
    value = fields.Float(digits=(16, 4), string="Amount or Percent")
    date = fields.Date(help="Empty: the next date of the interval.")
