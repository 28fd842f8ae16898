"""Whether a bill becomes an invoice, and in which journal: known before anything is written."""

from odoo import api, models

from ..posting import configuration
from ..posting.known import ADDONS
from ..shared.origins import is_only_of


class BillingInvoiceChoice(models.AbstractModel):
    _name = "billing.invoice.choice"
    _description = "Which Invoice a Bill Becomes"

    @api.private
    def get_journal(self, company_id, currency_id):
        """Return the sales journal that Odoo chooses for accounts without one of their own.

        :raise UserError: the company has none
        """
        moves = self.env["account.move"]

        def choose():
            vals = {"move_type": "out_invoice", "company_id": company_id, "currency_id": currency_id}
            return moves.with_company(company_id).new(vals).journal_id.id

        # whatever else an addon may look at is asked each time
        is_settled = is_only_of(moves, ("_compute_journal_id", "_search_default_journal"), ADDONS)
        journal_id = (
            configuration.once(self.env, ("journal", company_id, currency_id), choose) if is_settled else choose()
        )
        return self.env["account.journal"].with_company(company_id).browse(journal_id)

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
