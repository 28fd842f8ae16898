from odoo import fields, models


class BillingLateFeeNotOwed(models.AbstractModel):
    """Shows the late fees of a record that were charged and turned out not to be owed, and gives them back."""

    _name = "billing.late.fee.not.owed"
    _description = "Late Fees Not Owed"

    not_owed_fee_ids = fields.Many2many(
        "billing.late.fee",
        compute="_compute_not_owed_fee_ids",
        string="Late Fees Not Owed",
        help="They were charged, and what was entered since shows that they were not owed, or too high.",
    )

    def _compute_not_owed_fee_ids(self):
        fees = self.env["billing.late.fee"]
        accounts = self._get_fee_account()
        if fees.has_access("read"):
            fees = fees.search([("account_id", "in", accounts.ids), ("not_owed", "!=", False)])
        for record in self:
            record.not_owed_fee_ids = record._filter_own_fees(fees)

    def _get_fee_account(self):
        """Return the accounts whose fees are meant."""
        raise NotImplementedError

    def _filter_own_fees(self, fees):
        """Return those of some fees that one record shows."""
        return fees.filtered(lambda fee: fee.account_id == self._get_fee_account())

    def _give_late_fees_back(self):
        self.check_access("write")
        self.not_owed_fee_ids.action_give_back()
