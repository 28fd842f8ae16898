from odoo import fields, models


class BillingRunPreview(models.TransientModel):
    _inherit = "billing.run.preview"

    einvoice_lacking_count = fields.Integer(compute="_compute_einvoice_lacking_count", string="Accounts that Lack Data")

    def _compute_einvoice_lacking_count(self):
        for preview in self:
            preview.einvoice_lacking_count = len(preview._get_einvoice_lacking())

    def action_view_einvoice_lacking(self):
        """Open the accounts of this run that lack something for their electronic invoices."""
        self.ensure_one()
        self.check_access("read")
        view = self.env.ref("online_billing_einvoice.billing_account_view_list_einvoice")
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Missing for Electronic Invoices"),
            "res_model": "billing.account",
            "views": [(view.id, "list"), (False, "form")],
            "domain": [("id", "in", self._get_einvoice_lacking())],
        }

    def _get_einvoice_lacking(self):
        return (self.answer or {}).get("einvoice_lacking", [])
