"""Credit notes that somebody wrote by hand, for an invoice of the billing: each line credits a line of that invoice."""

from odoo import api, models
from odoo.exceptions import UserError


class BillingChargeHandWritten(models.AbstractModel):
    _name = "billing.charge.hand.written"
    _description = "Credit Notes Written by Hand"

    @api.private
    def adopt(self, moves):
        """Make credit notes belong to the invoices that they say they credit, before they are posted.

        From then on they are as if made by the button of that invoice: they name it, are matched with it, and count
        against what it charged.

        :raise UserError: an invoice of somebody else, or a line of which nobody can tell what it credits
        """
        for note in moves.filtered("billing_credited_invoice_id"):
            invoice = note.billing_credited_invoice_id
            self._check_invoice(note, invoice)
            # sudo: accountants who write a credit note need not be allowed to see accounts
            account = invoice.sudo().billing_account_id
            note.write({"reversed_entry_id": invoice.id, "billing_account_id": account.id})
            self._name_lines(note, invoice)

    def _check_invoice(self, note, invoice):
        is_own = (
            invoice.commercial_partner_id == note.commercial_partner_id
            and invoice.company_id == note.company_id
            and invoice.currency_id == note.currency_id
        )
        # sudo: as above
        is_billed = (
            invoice.move_type == "out_invoice" and invoice.state == "posted" and invoice.sudo().billing_account_id
        )
        if note.move_type != "out_refund" or not is_own or not is_billed:
            raise UserError(
                self.env._(
                    "%(note)s cannot credit %(invoice)s: that must be a posted invoice of the billing, of the same"
                    " customer, company and currency. Choose another invoice, or leave the field empty.",
                    note=note.display_name,
                    invoice=invoice.display_name,
                )
            )

    def _name_lines(self, note, invoice):
        """Tell each line which line of the invoice it credits, unless somebody chose it."""
        lines = note.invoice_line_ids.filtered(lambda line: line.display_type == "product")
        unnamed = lines.filtered(lambda line: line.billing_origin_line_id.move_id != invoice)
        if not unnamed:
            return
        # sudo: as above
        charges = self.env["billing.charge"].sudo()
        counted = charges.search([("invoice_line_id", "in", unnamed.ids), ("state", "=", "invoiced")])
        if counted:
            book = self.env["billing.charge.book"]
            book.void(counted, self.env._("The credit note names another invoice."))
            book.detach(counted)
        billed = charges.search([("invoice_id", "=", invoice.id), ("state", "=", "invoiced"), ("amount", ">", 0)])
        standing = self.env["billing.charge.book"].get_standing(billed)
        for line in unnamed:
            line.billing_origin_line_id = self._choose(line, billed, standing).invoice_line_id

    def _choose(self, line, billed, standing):
        """Return the charge that a line credits: of its product, else any; that which stands, where there are more."""
        found = billed.filtered(lambda charge: charge.invoice_line_id.product_id == line.product_id) or billed
        if len(found) > 1:
            found = found.filtered(lambda charge: not charge.currency_id.is_zero(standing[charge])) or found
        if len(found.invoice_line_id) == 1:
            return found[:1]
        raise UserError(
            self.env._(
                "“%(line)s” does not say what it credits, because %(invoice)s has several lines or none of the kind."
                " Choose the line in the column “Credits” of the credit note.",
                line=line.name or line.product_id.display_name or "",
                invoice=line.move_id.billing_credited_invoice_id.display_name,
            )
        )
