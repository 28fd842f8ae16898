"""The taxes of credit notes: what is given back has the taxes with which it was posted."""

from odoo import api, models
from odoo.exceptions import UserError


class BillingChargeNoteTaxes(models.AbstractModel):
    _name = "billing.charge.note.taxes"
    _description = "Taxes of Credit Notes"

    @api.private
    def check(self, notes):
        """See to it that credit notes give back the taxes that were posted, or say why they do not.

        :raise UserError: with the lines whose taxes differ
        """
        for note in notes.filtered(lambda move: move.move_type == "out_refund"):
            lines = note.invoice_line_ids
            differences = self.get_differences({line: line.billing_origin_line_id for line in lines})
            if not differences:
                continue
            reason = (note.billing_tax_reason or "").strip()
            if not reason:
                raise UserError(
                    self.env._(
                        "%(note)s would not give back the tax that was charged. %(differences)s Give these lines the"
                        " taxes of the invoice. If the taxes differ on purpose, write the reason in the field “Why the"
                        " Taxes Differ” of the credit note, and confirm it again.",
                        note=note.display_name,
                        differences=" ".join(differences),
                    )
                )
            note.message_post(
                body=self.env._(
                    "Confirmed with other taxes than the invoice. %(differences)s Reason: %(reason)s",
                    differences=" ".join(differences),
                    reason=reason,
                )
            )

    @api.private
    def get_differences(self, origins):
        """Return sentences that say where lines of credit notes have other taxes than what they credit.

        :param dict origins: {line: line of the invoice that it credits}
        """
        sentences = []
        for line, origin in origins.items():
            if not self._differs(line, origin):
                continue
            names = {
                "line": line.name or line.product_id.display_name or "",
                "taxes": self._get_names(origin),
                "invoice": origin.move_id.display_name,
            }
            if line.tax_ids._origin != origin.tax_ids:
                sentences.append(
                    self.env._(
                        "“%(line)s” has %(given)s, but on %(invoice)s it was charged with %(taxes)s.",
                        given=self._get_names(line),
                        **names,
                    )
                )
            else:
                sentences.append(
                    self.env._(
                        "“%(line)s” gives back %(given)s of tax (%(taxes)s), but %(posted)s of tax was charged for this"
                        " amount on %(invoice)s.",
                        given=line.currency_id.format(line.price_total - line.price_subtotal),
                        posted=line.currency_id.format(self._get_posted_tax(line, origin)),
                        **names,
                    )
                )
        return sentences

    @api.private
    def get_amount(self, line):
        """Return how much of the line that it credits a line gives back, before tax.

        Where the taxes differ on purpose, what the customer gets back with tax decides: the rest of the invoice then
        is the rest of what was charged.
        """
        origin = line.billing_origin_line_id
        if not origin.price_total or not self._differs(line, origin):
            return line.price_subtotal
        return line.currency_id.round(line.price_total * origin.price_subtotal / origin.price_total)

    def _differs(self, line, origin):
        """Tell whether a line of a credit note has other taxes than the line of an invoice that it credits."""
        if line.move_id.move_type != "out_refund" or origin.move_id.move_type != "out_invoice":
            return False
        if not origin.price_subtotal:
            return False  # nothing was charged, so nothing can be given back
        if line.tax_ids._origin != origin.tax_ids:
            return True
        # what a button copies has the same taxes by itself; it cannot be told to have the rate of then
        is_by_hand = line.move_id.billing_credited_invoice_id
        if not is_by_hand or any(tax.amount_type == "fixed" for tax in origin.tax_ids.flatten_taxes_hierarchy()):
            return False
        rest = line.price_total - line.price_subtotal - self._get_posted_tax(line, origin)
        # both were rounded by themselves
        return line.currency_id.compare_amounts(abs(rest), line.currency_id.rounding) > 0

    def _get_posted_tax(self, line, origin):
        """Return the tax that was posted on the invoice for the amount of a line."""
        tax = origin.price_total - origin.price_subtotal
        return line.currency_id.round(line.price_subtotal * tax / origin.price_subtotal)

    def _get_names(self, line):
        return ", ".join(line.tax_ids.mapped("name")) or self.env._("no tax")
