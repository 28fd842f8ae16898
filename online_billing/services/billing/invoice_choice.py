"""Whether a bill becomes an invoice, and in which journal: known before anything is written."""

from odoo import api, models


class BillingInvoiceChoice(models.AbstractModel):
    _name = "billing.invoice.choice"
    _description = "Which Invoice a Bill Becomes"

    @api.private
    def get_journal(self, company_id, currency_id):
        """Return the sales journal that Odoo chooses for accounts without one of their own.

        :raise UserError: the company has none
        """
        return (
            self.env["account.move"]
            .with_company(company_id)
            .new({"move_type": "out_invoice", "company_id": company_id, "currency_id": currency_id})
            .journal_id
        )

    @api.private
    def is_skipped(self, bill):
        """Return whether the charges of a bill add up to nothing and the company issues no such invoices."""
        company = self.env["res.company"].browse(bill.account.company_id)
        return company.billing_zero_invoice == "skip" and not bill.amount
