from odoo import api, fields, models
from odoo.exceptions import UserError


class BillingAccount(models.Model):
    _inherit = "billing.account"

    einvoice_lacks = fields.Text(
        compute="_compute_einvoice_lacks",
        string="Missing for Electronic Invoices",
        groups="online_billing.group_billing_user",
        help="What is missing on this account for a valid electronic invoice, one a line. Empty where nothing is, or"
        " where none is wanted.",
    )

    @api.depends("partner_id", "company_id", "currency_id", "fiscal_position_id", "document_format_ids")
    def _compute_einvoice_lacks(self):
        stored = self._origin
        _companies, lacking = self.env["billing.einvoice.readiness"].find(self.env["res.company"], stored)
        for account in self:
            account.einvoice_lacks = "\n".join(lack.text for lack in lacking.get(account._origin.id, ()))

    def action_activate(self):
        """Say what electronic invoices lack; refuse where XML is among the formats and cannot be made without it.

        :raise UserError: an account whose formats name XML lacks what no valid document can do without
        """
        self.check_access("write")
        readiness = self.env["billing.einvoice.readiness"]
        drafts = self.filtered(lambda account: account.state == "draft")
        of_companies, of_accounts = readiness.find(readiness.filter_wanting(drafts).company_id, drafts)
        warnings = []
        for account in readiness.filter_wanting(drafts):
            lacks = [*of_companies.get(account.company_id.id, ()), *of_accounts.get(account.id, ())]
            blocking = [lack.text for lack in lacks if lack.is_blocking]
            if blocking and readiness.is_wanted(account):
                raise UserError(
                    self.env._(
                        "%(account)s is to get its invoices as XML, which cannot be made yet: %(reasons)s Enter what is"
                        " missing, or take XML out of its formats.",
                        account=account.display_name,
                        reasons=" ".join(blocking),
                    )
                )
            warnings += [lack.text for lack in lacks if lack.text not in warnings]
        res = super().action_activate()
        return self._get_einvoice_warning(warnings) if warnings and not res else res

    def _get_format_obstacles(self):
        by_customer, by_company = super()._get_format_obstacles()
        readiness = self.env["billing.einvoice.readiness"]
        if readiness.is_wanted(self):
            of_companies, of_accounts = readiness.find(self.company_id, self)
            lacks = [*of_accounts.get(self.id, ()), *of_companies.get(self.company_id.id, ())]
            blocking = [lack for lack in lacks if lack.is_blocking]
            by_customer += [lack.text for lack in blocking if lack.is_of_buyer]
            by_company += [lack.text for lack in blocking if not lack.is_of_buyer]
        return by_customer, by_company

    def _get_einvoice_warning(self, sentences):
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {
                "type": "warning",
                "title": self.env._("Missing for electronic invoices"),
                "message": " ".join(sentences),
                "sticky": True,
                "next": {"type": "ir.actions.client", "tag": "soft_reload"},
            },
        }
