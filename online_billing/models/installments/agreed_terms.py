from odoo import fields, models


class BillingInstallmentAgreedTerms(models.AbstractModel):
    """What is agreed of a plan besides its dates: a rule proposes it, the dialogue asks for it, the plan keeps it."""

    _name = "billing.installment.agreed.terms"
    _description = "Terms of Installment Plans"

    interest_rate = fields.Float(
        string="Interest per Year", digits=(7, 4), help="In percent; charged on its own, with its own tax. 0: none."
    )
    interest_code_id = fields.Many2one(
        "billing.code",
        string="Billing Code of Interest",
        check_company=True,
        ondelete="restrict",
        help="Its product gives the tax and the income account of the interest.",
    )
    fee_code_id = fields.Many2one(
        "billing.code",
        string="Billing Code of the Fee",
        check_company=True,
        ondelete="restrict",
        help="Its product gives the tax and the income account of the fee.",
    )
    charge_timing = fields.Selection(
        [("next", "With the next bill"), ("now", "At once")],
        default="next",
        required=True,
        string="Invoicing of Interest and Fee",
        help="When interest and fee of the plan are invoiced.",
    )
    grace_days = fields.Integer(
        default=3, string="Days of Grace", help="Days after its date before an installment counts as missed."
    )
    missed_limit = fields.Integer(
        default=2,
        string="Missed Installments",
        help="So many missed installments at a time break the plan. 0: it is never broken by itself.",
    )
    on_break = fields.Selection(
        [("due", "The rest falls due"), ("decide", "Staff decide")],
        default="due",
        required=True,
        string="When Broken",
        help="Staff decide: the dates stay as they are, and the manager gets a task.",
    )
    overpayment = fields.Selection(
        [("next", "Goes to the next installment"), ("shorten", "Shortens the plan from its end")],
        default="next",
        required=True,
        string="Paying More than Due",
        help="What happens when the customer pays more than is due.",
    )
