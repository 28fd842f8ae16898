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

    @api.private
    def let_go(self, notes, invoice):
        """Take credit notes off the invoice that they named, because they are about to name another one, or none.

        What they took back of it stands again.

        :param invoice: the one that they will name
        :raise UserError: one is no draft: it would say that it credits what it does not
        """
        changed = notes.filtered(lambda note: note.billing_credited_invoice_id != invoice)
        for note in changed:
            if note.state != "draft":
                raise UserError(
                    self.env._(
                        "%(note)s is no draft any more, so the invoice that it credits cannot be changed. Reset it to"
                        " draft first, and confirm it again afterwards.",
                        note=note.display_name,
                    )
                )
        for note in changed.filtered("billing_credited_invoice_id"):
            before = note.billing_credited_invoice_id
            if note.reversed_entry_id != before:
                continue  # it was never posted under that name
            # a draft stays matched with what it was matched with
            matched = note.line_ids.matched_debit_ids
            matched.filtered(lambda one, before=before: one.debit_move_id.move_id == before).unlink()
            note.write({"reversed_entry_id": False, "billing_account_id": False})
            note.invoice_line_ids.write({"billing_origin_line_id": False})
            # sudo: as above
            charges = self.env["billing.charge"].sudo()
            counted = charges.search([("invoice_id", "=", note.id), ("state", "=", "invoiced")])
            book = self.env["billing.charge.book"]
            book.void(counted, self.env._("The credit note no longer names the invoice."))
            book.detach(counted)

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

    @api.private
    def find_origins(self, note):
        """Return {line: line of the invoice that it credits}: the chosen one, or the only one that fits; else none."""
        # on a form that is not saved yet, the line is known by its origin alone
        invoice = note.billing_credited_invoice_id._origin
        lines = note.invoice_line_ids.filtered(lambda line: line.display_type == "product")
        found = {line: line.billing_origin_line_id._origin for line in lines}
        if unnamed := [line for line in lines if found[line].move_id != invoice]:
            billed = invoice.invoice_line_ids.filtered(
                lambda line: line.display_type == "product" and line.price_subtotal > 0
            )
            left = self.env["billing.charge.documents"].get_left(billed)
            found.update({line: self._choose(line, billed, left) for line in unnamed})
        return found

    def _name_lines(self, note, invoice):
        """Tell each line which line of the invoice it credits, unless somebody chose it."""
        for line, origin in self.find_origins(note).items():
            if not origin:
                raise UserError(
                    self.env._(
                        "“%(line)s” does not say what it credits, because %(invoice)s has several lines or none of the"
                        " kind. Choose the line in the column “Credits” of the credit note.",
                        line=line.name or line.product_id.display_name or "",
                        invoice=invoice.display_name,
                    )
                )
            if line.billing_origin_line_id != origin:
                line.billing_origin_line_id = origin

    def _choose(self, line, billed, left):
        """Return the line that a line credits: of its product, else any; one with something left, if there are more."""
        found = billed.filtered(lambda one: one.product_id == line.product_id) or billed
        if len(found) > 1:
            found = found.filtered(lambda one: not one.currency_id.is_zero(left[one])) or found
        return found if len(found) == 1 else found.browse()
