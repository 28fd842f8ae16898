from odoo import api, fields, models


class AccountMoveLine(models.Model):
    _inherit = "account.move.line"

    billing_account_id = fields.Many2one(
        "billing.account",
        string="Billing Account",
        readonly=True,
        copy=False,
        ondelete="restrict",
        groups="base.group_user",
        help="Of money that was matched straight from a bank statement: the account on which it stands.",
    )

    # the latest of an account; all, the latest first, also within some months; each as `billing.money` numbers it
    _billing_account_idx = models.Index("(billing_account_id, date DESC, id DESC) WHERE billing_account_id IS NOT NULL")
    _billing_date_idx = models.Index("(date DESC, id DESC) WHERE billing_account_id IS NOT NULL")
    _billing_money_idx = models.Index("((-id)) WHERE billing_account_id IS NOT NULL")

    @api.model_create_multi
    def create(self, vals_list):
        """Note on which account money stands that is matched with a customer."""
        lines = super().create(vals_list)
        if banked := lines.filtered("statement_line_id"):
            self.env["billing.money.book"].note(banked)
        return lines

    def write(self, vals):
        """Note it anew where money turns out to be somebody else's, or none of a customer."""
        written = super().write(vals)
        if not vals.keys().isdisjoint(("account_id", "partner_id")):
            # sudo: who matches need not be allowed to see accounts
            banked = self.sudo().filtered(lambda line: line.statement_line_id or line.billing_account_id)
            self.env["billing.money.book"].note(banked)
        return written
