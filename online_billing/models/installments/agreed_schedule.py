from odoo import fields, models


class BillingInstallmentAgreedSchedule(models.AbstractModel):
    """How an open amount is divided: the dialogue asks for it, the plan keeps it."""

    _name = "billing.installment.agreed.schedule"
    _inherit = ["billing.installment.agreed.terms"]
    _description = "Schedule of Installment Plans"

    currency_id = fields.Many2one("res.currency")
    method = fields.Selection(
        [
            ("equal", "Equal installments"),
            ("annuity", "Equal payments with interest"),
            ("parts", "Amounts of your choice"),
        ],
        required=True,
        default="equal",
        string="Divide into",
    )
    interval_unit = fields.Selection(
        [("day", "Days"), ("week", "Weeks"), ("month", "Months"), ("year", "Years")],
        default="month",
        string="Unit of the Interval",
    )
    interval_count = fields.Integer(default=1, string="Every")
    first_date = fields.Date(string="First Installment on")
    deposit = fields.Monetary(help="Paid first, without interest.")
    fee = fields.Monetary(help="Charged once, before tax.")
