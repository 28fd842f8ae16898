from odoo import models

from ..accounts.unfinished import Unfinished
from ..receivables.account import EXEMPTION


class BillingAccount(models.Model):
    _name = "billing.account"
    _inherit = ["billing.account", "billing.late.fee.not.owed"]

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
