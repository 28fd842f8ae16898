"""What is open and overdue on an account."""

from odoo import fields, models


class BillingAccount(models.Model):
    _inherit = "billing.account"

    invoice_count = fields.Integer(compute="_compute_invoice_figures", string="Number of Invoices")
    amount_due = fields.Monetary(
        compute="_compute_invoice_figures", string="Open Amount", help="What is open on posted invoices."
    )
    amount_overdue = fields.Monetary(
        compute="_compute_invoice_figures", string="Overdue Amount", help="Without what is in dispute."
    )

    def _compute_invoice_figures(self):
        moves = self.env["account.move"]
        own = [("billing_account_id", "in", self.ids)]
        posted = [*own, ("state", "=", "posted"), ("payment_state", "not in", ("paid", "reversed", "in_payment"))]
        counts = dict(moves._read_group(own, ["billing_account_id"], ["__count"]))
        due = self._get_signed_residuals(posted)
        overdue = self._get_overdue_amounts(fields.Date.context_today(self))
        for account in self:
            account.invoice_count = counts.get(account, 0)
            account.amount_due = due.get(account, 0.0)
            account.amount_overdue = overdue.get(account._origin.id, 0.0)

    def _get_overdue_amounts(self, day):
        """Return {account id: what is overdue}: the same that reminders and the pay page name, without disputes."""
        receivables = self.env["billing.open.items"]
        currencies = {account._origin.id: account.currency_id.id for account in self if account._origin}
        amounts = {}
        for account_id, items in receivables.get_items(list(currencies)).items():
            own = [item for item in items if item.currency_id == currencies[account_id]]
            amounts[account_id] = float(receivables.sum_up(own, day)["overdue"])
        return amounts

    def _get_signed_residuals(self, domain):
        """Return {account: open amount} over moves, credit notes counted negative."""
        sums = {}
        for account, move_type, residual in self.env["account.move"]._read_group(
            domain, ["billing_account_id", "move_type"], ["amount_residual:sum"]
        ):
            sums[account] = sums.get(account, 0.0) + (-residual if move_type == "out_refund" else residual)
        return sums
