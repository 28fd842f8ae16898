from odoo import models


class AccountChartTemplate(models.AbstractModel):
    _inherit = "account.chart.template"

    def _post_load_data(self, template_code, company, template_data):
        """Odoo's charts bring a bank, but no cash journal."""
        res = super()._post_load_data(template_code, company, template_data)
        self.env["account.journal"]._ensure_billing_cash_journals(company or self.env.company)
        return res
