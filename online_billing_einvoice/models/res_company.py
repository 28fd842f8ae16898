from odoo import fields, models


class ResCompany(models.Model):
    _inherit = "res.company"

    einvoice_lacks = fields.Text(
        compute="_compute_einvoice_lacks",
        string="Missing for Electronic Invoices",
        groups="base.group_user",
        help="What the company lacks for valid electronic invoices, one a line. Empty where nothing is missing, or"
        " where no customer gets any.",
    )

    def _compute_einvoice_lacks(self):
        lacking, _accounts = self.env["billing.einvoice.readiness"].find(self._origin, self.env["billing.account"])
        for company in self:
            company.einvoice_lacks = "\n".join(lack.text for lack in lacking.get(company._origin.id, ()))
