from odoo import api, models


class BillingReadByRuns(models.AbstractModel):
    """What a run reads of an account: whoever changes it holds the account that the run locks, and renews its row.

    A transaction that has begun before the other has ended reads what was before it. So of a change and a run at the
    same moment, the one that comes to the account second finds its row renewed and is begun anew by whoever called it:
    it then sees what the first has done, as if one had come after the other.
    """

    _name = "billing.read.by.runs"
    _description = "Read by Runs"

    # fields that only follow from others, which were changed under the lock
    _follows = frozenset()
    # fields that say to which account it belongs
    _belongs = frozenset({"account_id"})

    def _get_reading_accounts(self):
        """Return the accounts whose bills depend on these records."""
        return self.account_id

    def _hold_accounts(self):
        self.sudo()._get_reading_accounts().hold()  # sudo: a lock; whether the change is allowed is not decided here

    @api.model_create_multi
    def create(self, vals_list):
        records = super().create(vals_list)
        records._hold_accounts()
        return records

    def write(self, vals):
        names = set(vals) - self._follows
        if names:
            self._hold_accounts()
        res = super().write(vals)
        if names & self._belongs:
            self._hold_accounts()
        return res

    def unlink(self):
        self._hold_accounts()
        return super().unlink()
