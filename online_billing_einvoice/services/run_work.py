from odoo import models


class BillingRunWork(models.AbstractModel):
    _inherit = "billing.run.work"

    def _preview_batch(self, targets, answer, limit):
        """Name the accounts of a run whose electronic invoices lack something."""
        res = super()._preview_batch(targets, answer, limit)
        accounts = self.env["billing.account"].browse(targets)
        _companies, lacking = self.env["billing.einvoice.readiness"].find(self.env["res.company"], accounts)
        answer.setdefault("einvoice_lacking", []).extend(lacking)
        return res
