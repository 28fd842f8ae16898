from odoo import api, models

CHEQUE = "billing_cheque"


class AccountPaymentMethod(models.Model):
    _inherit = "account.payment.method"

    @api.model
    def _get_payment_method_information(self):
        """Let cheques of customers be registered on every bank journal."""
        return {**super()._get_payment_method_information(), CHEQUE: {"mode": "multi", "type": ("bank",)}}


class AccountJournal(models.Model):
    _inherit = "account.journal"

    def _default_inbound_payment_methods(self):
        methods = super()._default_inbound_payment_methods()
        cheque = self.env.ref("online_billing.account_payment_method_cheque", raise_if_not_found=False)
        return methods | cheque if cheque and self.type == "bank" else methods

    @api.model
    def _ensure_billing_cash_journals(self, companies=None):
        """Give companies that keep accounts a cash journal, to register cash; one archived on purpose counts.

        :param companies: res.company; all of them if left out
        """
        companies = companies or self.env["res.company"].search([("chart_template", "!=", False)])
        for company in companies.filtered("chart_template"):
            journals = self.with_company(company).with_context(active_test=False)
            if not journals.search_count([("company_id", "=", company.id), ("type", "=", "cash")], limit=1):
                journals.create(
                    {"name": self.env._("Cash"), "type": "cash", "company_id": company.id, "show_on_dashboard": False}
                )


class AccountChartTemplate(models.AbstractModel):
    _inherit = "account.chart.template"

    def _post_load_data(self, template_code, company, template_data):
        """Odoo's charts bring a bank, but no cash journal."""
        res = super()._post_load_data(template_code, company, template_data)
        self.env["account.journal"]._ensure_billing_cash_journals(company or self.env.company)
        return res
