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
        help=(
            "Equal installments: interest comes on top. Equal payments: interest is in them. Or name "
            "days and amounts yourself."
        ),
    )
    interval_unit = fields.Selection(
        [("day", "Days"), ("week", "Weeks"), ("month", "Months"), ("year", "Years")],
        default="month",
        string="Unit of the Interval",
        help="With the number before it: the time from one installment to the next.",
    )
    interval_count = fields.Integer(
        default=1, string="Every", help="With the unit behind it: the time from one installment to the next."
    )
    first_date = fields.Date(
        string="First Installment on", help="Due day of the first installment; the others follow at the interval."
    )
    deposit = fields.Monetary(help="Paid first, without interest.")
    fee = fields.Monetary(help="Charged once, before tax.")
