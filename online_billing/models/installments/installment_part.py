from odoo import api, fields, models

from ..shared.guarded import Life


class BillingInstallmentPart(models.Model):
    """A dated part of one invoice's receivable: what makes the due dates of a planned invoice.

    Parts of an invoice in split mode sum to its total: one for each journal item, those that were paid before the plan
    among them. Those of an invoice in virtual mode sum to what was open when the plan began.
    """

    _name = "billing.installment.part"
    _description = "Part of an Invoice in an Installment Plan"
    _inherit = ["billing.guarded"]
    _order = "date, id"
    _check_company_auto = True
    _life = Life()

    move_id = fields.Many2one(
        "account.move", string="Invoice", required=True, index=True, ondelete="cascade", check_company=True
    )
    installment_id = fields.Many2one(
        "billing.installment", index="btree_not_null", ondelete="cascade", check_company=True
    )
    plan_id = fields.Many2one(related="installment_id.plan_id", string="Plan")
    company_id = fields.Many2one("res.company", required=True, index=True)
    currency_id = fields.Many2one("res.currency", required=True)
    company_currency_id = fields.Many2one(related="company_id.currency_id", string="Currency of the Company")
    date = fields.Date(required=True)
    amount = fields.Monetary(required=True, help="In the currency of the invoice.")
    company_amount = fields.Monetary(currency_field="company_currency_id", help="In the currency of the company.")
    is_virtual = fields.Boolean(string="On the Plan Alone", help="The invoice itself does not have this due date.")
    amount_open = fields.Monetary(
        compute="_compute_amount_open", store=True, string="Open", help="What of it is still to be paid."
    )
    state = fields.Selection(related="installment_id.state", string="State of the Installment")

    _date_unique_per_move = models.Constraint("UNIQUE (move_id, date, is_virtual)", "An invoice has one part a day.")

    @api.depends(
        "date",
        "amount",
        "is_virtual",
        "move_id.state",
        "move_id.line_ids.amount_residual_currency",
        "move_id.line_ids.date_maturity",
        "installment_id.plan_id.overpayment",
        "installment_id.plan_id.reviewed_on",
    )
    def _compute_amount_open(self):
        for (move, is_virtual), parts in self.grouped(lambda part: (part.move_id, part.is_virtual)).items():
            if move.state == "cancel":
                parts.amount_open = 0.0
            elif is_virtual:
                # sudo: the parts of one invoice belong together
                every = move.sudo().billing_installment_part_ids.filtered("is_virtual")
                found = self.env["billing.installment.virtual.parts"].get_open(every)
                for part in parts:
                    part.amount_open = found[part]
            else:
                # sudo: journal items of an invoice whose plan may be read
                terms = move.sudo().line_ids.filtered(lambda line: line.display_type == "payment_term")
                for part in parts:
                    own = terms.filtered(lambda line, part=part: line.date_maturity == part.date)
                    part.amount_open = abs(sum(own.mapped("amount_residual_currency")))

    def _get_lines(self):
        """Return the journal items that carry these parts; of a virtual plan, the due lines of the invoice."""
        lines = self.env["account.move.line"]
        for part in self:
            terms = part.move_id.line_ids.filtered(lambda line: line.display_type == "payment_term")
            lines |= (
                terms if part.is_virtual else terms.filtered(lambda line, part=part: line.date_maturity == part.date)
            )
        return lines
