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
        """Return whether a bill adds up to nothing, tax included, and the company issues no such invoices.

        Charges that cancel out and leave a tax are no such bill.
        """
        company = self.env["res.company"].browse(bill.account.company_id)
        return company.billing_zero_invoice == "skip" and not bill.amount and not bill.total

    @api.private
    def get_document(self, bill):
        """Return what a bill becomes: "invoice", "credit note" or "nothing"."""
        if self.is_skipped(bill):
            return "nothing"
        return "credit note" if bill.sign < 0 else "invoice"
