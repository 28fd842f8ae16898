from odoo import api, fields, models

from ..shared.guarded import Life


class BillingRunOutcome(models.Model):
    """What a run did for one account."""

    _name = "billing.run.outcome"
    _description = "Result of a Billing Run"
    _inherit = ["billing.guarded"]
    _order = "id desc"
    _check_company_auto = True
    _life = Life()

    run_id = fields.Many2one("billing.run", required=True, index=True, ondelete="cascade", check_company=True)
    company_id = fields.Many2one("res.company", required=True)
    # the unique key begins with it: no index of its own
    account_id = fields.Many2one("billing.account", required=True, ondelete="cascade", check_company=True)
    partner_id = fields.Many2one(related="account_id.partner_id", string="Customer")
    currency_id = fields.Many2one("res.currency")
    result = fields.Selection(
        [("billed", "Billed"), ("nothing", "Nothing to Bill"), ("parked", "Could Not Be Billed")],
        required=True,
        help="Billed, nothing due, or not billed for the reason beside it.",
    )
    invoice_count = fields.Integer(string="Invoices")
    rendered_count = fields.Integer(string="Written in Batches")
    path_reasons = fields.Json(help="Why invoices of the batch were not written in batches, with their number.")
    charge_count = fields.Integer(string="Charges")
    amount = fields.Monetary(help="Total of the invoices with tax.")
    reason = fields.Text(help="Why the account could not be billed, and what to do.")

    _parked_idx = models.Index("(run_id) WHERE result = 'parked'")
    _account_once_per_run = models.Constraint(
        "UNIQUE (account_id, run_id, currency_id)", "A run handles each account once."
    )

    @api.depends("run_id.name", "account_id")
    def _compute_display_name(self):
        for outcome in self:
            outcome.display_name = f"{outcome.run_id.name}: {outcome.account_id.display_name}"

    def action_view_account(self):
        self.ensure_one()
        return self.account_id._get_page_action()

    def action_view_invoices(self):
        self.ensure_one()
        return dict(
            self.env["ir.actions.act_window"]._for_xml_id("online_billing.account_move_action_billing"),
            domain=[("billing_run_id", "=", self.run_id.id), ("billing_account_id", "=", self.account_id.id)],
        )
