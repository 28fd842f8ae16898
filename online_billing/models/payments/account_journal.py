from odoo import api, models


class AccountJournal(models.Model):
    _name = "account.journal"
    _inherit = ["account.journal", "billing.configuration"]

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
