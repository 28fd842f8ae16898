from odoo import api, fields, models
from odoo.exceptions import ValidationError
from odoo.tools import format_date

from ..accounts.unfinished import Unfinished
from ..receivables.account import EXEMPTION


class BillingAccount(models.Model):
    _name = "billing.account"
    _inherit = ["billing.account", "billing.late.fee.not.owed"]

    late_fee_exempt = fields.Boolean(
        string="No Late Fees", tracking=True, help="No late fee is announced or charged on this account."
    )
    late_fee_exempt_reason = fields.Char(string="Why No Late Fees", tracking=True)
    late_fee_exempt_from = fields.Date(
        string="No Late Fees From",
        tracking=True,
        help="First day without late fees; the form proposes today. Empty: the days before count too. A late fee that"
        " was charged on one of the days is shown as not owed, and can be given back.",
    )
    late_fee_exempt_until = fields.Date(
        string="No Late Fees Until",
        tracking=True,
        help="Last day without late fees. Empty: for ever. Days that have passed stay exempt, also where this is"
        " changed or the exemption is removed later.",
    )
    late_fee_day = fields.Date(
        readonly=True, copy=False, help="The last local day on which the job of the late fees looked at this account."
    )
    late_fee_count = fields.Integer(compute="_compute_late_fee_count", string="Number of Late Fees")

    def _compute_late_fee_count(self):
        fees = self.env["billing.late.fee"]
        counts = dict(fees._read_group([("account_id", "in", self.ids)], ["account_id"], ["__count"]))
        for account in self:
            account.late_fee_count = counts.get(account, 0)

    @api.constrains("late_fee_exempt", "late_fee_exempt_reason")
    def _check_late_fee_exempt(self):
        for account in self:
            if account.late_fee_exempt and not (account.late_fee_exempt_reason or "").strip():
                raise ValidationError(
                    self.env._("Say why account %(account)s is exempt from late fees.", account=account.name)
                )

    @api.constrains("late_fee_exempt_from", "late_fee_exempt_until")
    def _check_late_fee_exempt_days(self):
        for account in self:
            first, last = account.late_fee_exempt_from, account.late_fee_exempt_until
            if first and last and last < first:
                raise ValidationError(
                    self.env._(
                        "Account %(account)s is exempt from late fees until %(last)s, which lies before the first day"
                        " (%(first)s). Correct one of the days.",
                        account=account.name,
                        last=format_date(self.env, last),
                        first=format_date(self.env, first),
                    )
                )

    @api.onchange("late_fee_exempt")
    def _onchange_late_fee_exempt(self):
        """Propose that an exemption begins today, so that what was owed before it stays owed."""
        if self.late_fee_exempt and not self._origin.late_fee_exempt:
            self.late_fee_exempt_from = self.env["billing.days"].get_local_day(self)
            self.late_fee_exempt_until = False

    def write(self, vals):
        """Look again at charged fees whose days are exempt now."""
        written = super().write(vals)
        if vals.keys() & EXEMPTION:
            self.env["billing.late.fee.review"].note_accounts(self)
        return written

    def _get_fee_account(self):
        return self._origin

    def action_give_late_fees_back(self):
        """Give the late fees back that turned out not to be owed."""
        self._give_late_fees_back()

    def _get_unfinished(self):
        reasons = super()._get_unfinished()
        # sudo: whether any exists
        fees = self.env["billing.late.fee"].sudo()
        if fees.search_count([("account_id", "=", self.id), ("state", "=", "announced")], limit=1):
            reason = self.env._("a late fee was announced and is not charged yet. Waive it first, or wait for its day.")
            reasons.append(Unfinished("fee", reason))
        return reasons

    def action_view_late_fees(self):
        return self._get_related_action(
            "online_billing.billing_late_fee_action", [("account_id", "=", self.id)], search_default_in_force=1
        )
